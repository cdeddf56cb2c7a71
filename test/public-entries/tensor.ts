/** One right call of every public entry of Tensor. */
import { Tensor } from 'tinygrad-ts';
import { type Row, row } from './row.ts';

const made = { dtype: 'float32', requiresGrad: false };
const matrix = () => Tensor.arange(6).reshape(2, 3);
const mask = () => matrix().gt(2);
const of = (name: keyof Tensor & string, args: () => readonly unknown[], settings = {}) => ({
  [`Tensor#${name}`]: row(
    (...given) => (matrix()[name] as (...args: never[]) => unknown).apply(matrix(), given),
    args,
    settings,
  ),
});
const make = (name: keyof typeof Tensor, args: () => readonly unknown[]) => ({
  [`Tensor.${name}`]: row(Tensor[name] as (...args: never[]) => unknown, args),
});

export const tensorRows: Readonly<Record<string, Row>> = {
  Tensor: row(
    (array: never) => new Tensor(array),
    () => [],
  ),
  ...make('from', () => [[1, 2], { shape: [2], ...made }]),
  ...make('zeros', () => [[2, 3], { ...made }]),
  ...make('ones', () => [[2, 3], { ...made }]),
  ...make('full', () => [[2, 3], 7, { ...made }]),
  ...make('arange', () => [0, 4, 1, { ...made }]),
  ...make('linspace', () => [0, 4, 5, { ...made }]),
  ...make('eye', () => [2, 3, { ...made }]),
  ...make('rand', () => [[2, 3], { ...made }]),
  ...make('randn', () => [[2, 3], { ...made }]),
  ...make('randint', () => [0, 9, [2, 3], { ...made }]),
  ...make('zerosLike', () => [matrix(), { ...made }]),
  ...make('onesLike', () => [matrix(), { ...made }]),
  ...make('fullLike', () => [matrix(), 7, { ...made }]),
  ...make('randLike', () => [matrix(), { ...made }]),
  ...make('randnLike', () => [matrix(), { ...made }]),
  ...make('randintLike', () => [matrix(), 0, 9, { ...made }]),
  ...make('cat', () => [[matrix(), matrix()], 0]),
  ...make('stack', () => [[matrix(), matrix()], 0]),
  ...make('where', () => [mask(), matrix(), matrix()]),
  ...of('add', () => [matrix()]),
  ...of('sub', () => [matrix()]),
  ...of('mul', () => [matrix()]),
  ...of('div', () => [matrix()]),
  ...of('pow', () => [matrix()]),
  ...of('eq', () => [matrix()]),
  ...of('ne', () => [matrix()]),
  ...of('lt', () => [matrix()]),
  ...of('le', () => [matrix()]),
  ...of('gt', () => [matrix()]),
  ...of('ge', () => [matrix()]),
  ...of('add_', () => [matrix()]),
  ...of('sub_', () => [matrix()]),
  ...of('mul_', () => [matrix()]),
  ...of('div_', () => [matrix()]),
  ...of('copy_', () => [matrix()]),
  ...of('fill_', () => [7]),
  ...of('clamp', () => [{ min: 0, max: 1 }]),
  ...of('clamp_', () => [{ min: 0, max: 1 }]),
  ...of('allclose', () => [matrix(), { rtol: 1e-5, atol: 1e-8 }]),
  ...of('matmul', () => [matrix().t()]),
  ...of('softmax', () => [{ dim: 1 }]),
  ...of('logSoftmax', () => [{ dim: 1 }]),
  ...of('sum', () => [1, { keepdim: true }]),
  ...of('mean', () => [{ dim: [1], keepdim: true }]),
  ...of('var', () => [{ dim: 1, keepdim: true, correction: 0 }]),
  ...of('std', () => [1, { keepdim: true, correction: 0 }]),
  ...of('max', () => [1, { keepdim: true }]),
  ...of('min', () => [{ dim: 1, keepdim: true }], { anyResult: true }),
  ...of('argmax', () => [[1], { keepdim: true }]),
  ...of('argmin', () => [{ dim: 1, keepdim: true }]),
  ...of('reshape', () => [3, 2]),
  ...of('view', () => [[3, 2]]),
  ...of('expand', () => [[2, 2, 3]]),
  ...of('permute', () => [1, 0]),
  ...of('transpose', () => [0, 1]),
  ...of('flatten', () => [0, 1]),
  ...of('squeeze', () => [[0]]),
  ...of('unsqueeze', () => [0]),
  ...of('slice', () => [1, 0, 2, 1]),
  ...of('select', () => [1, 2]),
  ...of('size', () => [1]),
  ...of('to', () => ['float64']),
  ...of('requiresGrad_', () => [true]),
  'Tensor#requiresGrad=': row(
    (value: never) => Object.assign(matrix(), { requiresGrad: value }),
    () => [true],
  ),
  'Tensor#grad=': row(
    (value: never) => Object.assign(matrix().requiresGrad_(), { grad: value }),
    () => [matrix()],
  ),
  'Tensor#backward': row(
    (gradient: never, options: never) => matrix().requiresGrad_().mul(2).backward(gradient, options),
    () => [matrix(), { retainGraph: false }],
  ),
};
