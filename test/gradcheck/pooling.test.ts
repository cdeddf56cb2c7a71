import { nn, type Tensor } from 'tinygrad-ts';
import { apart, channelsLast, checkOp, leaf, normal } from './check-op.ts';

const F = nn.functional;

type Size = number | [number, number];
const max =
  (size: Size, options?: Parameters<typeof F.maxPool2d>[2]) =>
  (x: Tensor): Tensor =>
    F.maxPool2d(x, size, options);
const avg =
  (size: Size, options?: Parameters<typeof F.avgPool2d>[2]) =>
  (x: Tensor): Tensor =>
    F.avgPool2d(x, size, options);

checkOp('maxPool2d', 'maxPool2d', [
  ['kernel 2', () => [apart(1, 2, 4, 4)], max(2)],
  ['two images, a rest left over', () => [apart(2, 1, 5, 3)], max(2)],
  ['kernel [1, 3]', () => [apart(1, 1, 2, 6)], max([1, 3])],
  ['overlapping windows', () => [apart(1, 1, 4, 4)], max(3, { stride: 1 })],
  ['stride larger than the kernel', () => [apart(1, 1, 5, 5)], max(2, { stride: 3 })],
  ['stride [2, 1]', () => [apart(1, 1, 4, 3)], max(2, { stride: [2, 1] })],
  ['padding 1', () => [apart(1, 1, 4, 4)], max(3, { stride: 2, padding: 1 })],
  ['padding [0, 1]', () => [apart(1, 1, 3, 4)], max([3, 2], { padding: [0, 1] })],
  ['padding around negative numbers', () => [leaf([-1, -2, -3, -4], [1, 1, 2, 2])], max(2, { padding: 1 })],
  ['dilation 2', () => [apart(1, 1, 5, 5)], max(2, { stride: 1, dilation: 2 })],
  ['ceilMode', () => [apart(1, 1, 5, 5)], max(2, { ceilMode: true })],
  ['ceilMode and padding', () => [apart(1, 1, 4, 5)], max(3, { stride: 2, padding: 1, ceilMode: true })],
  ['1e-3 from a tie', () => [leaf([1, 1.001, 0.999, 1.002], [1, 1, 2, 2])], max(2)],
  ['one element', () => [normal(1, 1, 1, 1)], max(1)],
  ['no image', () => [normal(0, 1, 2, 2)], max(2)],
  ['an image without batch', () => [apart(2, 4, 4)], max(2)],
  ['channels innermost', () => [apart(1, 3, 2, 4)], x => max(2)(channelsLast(x))],
]);

checkOp('avgPool2d', 'avgPool2d', [
  ['kernel 2', () => [normal(1, 2, 4, 4)], avg(2)],
  ['two images, a rest left over', () => [normal(2, 1, 5, 3)], avg(2)],
  ['kernel [1, 3]', () => [normal(1, 1, 2, 6)], avg([1, 3])],
  ['overlapping windows', () => [normal(1, 1, 4, 4)], avg(3, { stride: 1 })],
  ['stride larger than the kernel', () => [normal(1, 1, 5, 5)], avg(2, { stride: [3, 2] })],
  ['padding counted', () => [normal(1, 1, 4, 4)], avg(3, { stride: 2, padding: 1 })],
  [
    'padding not counted',
    () => [normal(1, 1, 4, 4)],
    avg(3, { stride: 2, padding: 1, countIncludePad: false }),
  ],
  ['padding [1, 0]', () => [normal(1, 1, 3, 4)], avg([2, 2], { padding: [1, 0] })],
  ['ceilMode', () => [normal(1, 1, 5, 5)], avg(2, { ceilMode: true })],
  ['ceilMode and padding', () => [normal(1, 1, 4, 5)], avg(3, { stride: 2, padding: 1, ceilMode: true })],
  [
    'ceilMode and padding not counted',
    () => [normal(1, 1, 4, 5)],
    avg(3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false }),
  ],
  ['divisorOverride', () => [normal(1, 1, 4, 4)], avg(2, { divisorOverride: 3 })],
  ['one element', () => [normal(1, 1, 1, 1)], avg(1)],
  ['no image', () => [normal(0, 1, 2, 2)], avg(2)],
  ['an image without batch', () => [normal(2, 4, 4)], avg(2)],
  ['channels innermost', () => [normal(1, 3, 2, 4)], x => avg(2)(channelsLast(x))],
]);
