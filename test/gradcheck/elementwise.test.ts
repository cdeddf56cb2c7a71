import { Tensor } from 'tinygrad-ts';
import { apart, channelsLast, checkOp, fixed, leaf, normal, positive, type Row } from './check-op.ts';

type Make = (...shape: number[]) => Tensor;
type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

/** The configurations that every function of one element shares. */
function unary(make: Make, run: Unary): Row[] {
  return [
    ['a scalar', () => [make()], run],
    ['one element [1, 1]', () => [make(1, 1)], run],
    ['no element [0, 3]', () => [make(0, 3)], run],
    ['a vector', () => [make(5)], run],
    ['three dims', () => [make(2, 3, 2)], run],
    ['channels innermost in memory', () => [make(1, 2, 2, 3)], x => run(channelsLast(x))],
    ['applied to a transposed matrix', () => [make(2, 3)], x => run(x.t())],
  ];
}

/** The configurations that every function of two elements shares. */
function binary(make: Make, run: Binary): Row[] {
  return [
    ['equal shapes', () => [make(2, 3), make(2, 3)], run],
    ['scalars', () => [make(), make()], run],
    ['one element each', () => [make(1), make(1, 1)], run],
    ['no element [0, 3] with [3]', () => [make(0, 3), make(3)], run],
    ['a row broadcast over a matrix', () => [make(2, 3), make(3)], run],
    ['a matrix over a row', () => [make(3), make(2, 3)], run],
    ['both stretched [2, 1, 3] with [4, 1]', () => [make(2, 1, 3), make(4, 1)], run],
    ['a scalar on either side', () => [make(), make(2, 2)], run],
    ['one tensor on both sides', () => [make(3)], x => run(x, x)],
    [
      'channels innermost with a channel vector',
      () => [make(1, 3, 2, 2), make(3, 1, 1)],
      (x, y) => run(channelsLast(x), y),
    ],
    ['the left operand alone', () => [make(2, 2), make(2, 2).detach()], run],
    ['the right operand alone', () => [make(2, 2).detach(), make(2, 2)], run],
  ];
}

/** Adds the in-place form, on a value in the middle of a graph: of equal shape, broadcast, and with a number. */
function inPlace(make: Make, run: Binary, withNumber: Unary): Row[] {
  return [
    ['in place, equal shapes', () => [make(2, 3), make(2, 3)], (x, y) => run(x.clone(), y)],
    ['in place, a row broadcast', () => [make(2, 3), make(3)], (x, y) => run(x.clone(), y)],
    ['in place with a number', () => [make(2, 3)], x => withNumber(x.clone())],
    [
      'in place on a reshaped value',
      () => [make(2, 3), make(3, 2).detach()],
      (x, y) => run(x.reshape(3, 2), y),
    ],
    [
      'in place on a value that needs no gradient',
      () => [make(3).detach(), make(3)],
      (x, y) => run(x.clone(), y),
    ],
  ];
}

checkOp('add', 'add', [
  ...binary(normal, (a, b) => a.add(b)),
  ...inPlace(
    normal,
    (a, b) => a.add_(b),
    x => x.add_(3),
  ),
  ['a number', () => [normal(2, 3)], x => x.add(2.5)],
]);

checkOp('sub', 'sub', [
  ...binary(normal, (a, b) => a.sub(b).mul(a)),
  ...inPlace(
    normal,
    (a, b) => a.sub_(b),
    x => x.sub_(3),
  ),
  ['a number', () => [normal(2, 3)], x => x.sub(2.5)],
]);

checkOp('mul', 'mul', [
  ...binary(normal, (a, b) => a.mul(b)),
  ...inPlace(
    normal,
    (a, b) => a.mul_(b),
    x => x.mul_(-3),
  ),
  ['in place by a tensor without gradient', () => [normal(2, 3)], x => x.clone().mul_(fixed([1, 2, -3]))],
  ['a number', () => [normal(2, 3)], x => x.mul(-2.5)],
  ['by zeros', () => [normal(3), leaf([0, 0, 0])], (a, b) => a.mul(b)],
]);

checkOp('div', 'div', [
  ...binary(positive, (a, b) => a.div(b)),
  ...inPlace(
    positive,
    (a, b) => a.div_(b),
    x => x.div_(-3),
  ),
  ['a number', () => [normal(2, 3)], x => x.div(-2.5)],
  ['negative and zero numerators', () => [leaf([-2, 0, 3]), leaf([4, -1, -2])], (a, b) => a.div(b)],
]);

checkOp('pow', 'pow', [
  ...binary(positive, (a, b) => a.pow(b)),
  ['a square of either sign and zero', () => [leaf([-2, -0.5, 0, 1, 3])], x => x.pow(2)],
  ['a cube of either sign', () => [apart(2, 3)], x => x.pow(3)],
  ['a root', () => [positive(4)], x => x.pow(0.5)],
  ['a negative exponent', () => [leaf([-2, -0.5, 1.5])], x => x.pow(-2)],
  ['exponent 0, also at base 0', () => [leaf([-1, 0, 2])], x => x.pow(0)],
  ['exponent 1, also at base 0', () => [leaf([-1, 0, 2])], x => x.pow(1)],
  ['exponents by element', () => [leaf([-1, 0, 2, 3])], x => x.pow(fixed([0, 2, 3, 1]))],
]);

checkOp(
  'neg',
  'neg',
  unary(normal, x => x.neg()),
);

checkOp('abs', 'abs', [
  ...unary(apart, x => x.abs()),
  // Central differences at the kink give 0, PyTorch's choice.
  ['at the kink', () => [leaf([0, 0, 0.5])], x => x.abs()],
  ['1e-3 from the kink', () => [leaf([-1e-3, 1e-3])], x => x.abs()],
]);

checkOp('exp', 'exp', [
  ...unary(normal, x => x.exp()),
  ['large and small results', () => [leaf([-20, 0, 5])], x => x.exp()],
]);

checkOp('log', 'log', [
  ...unary(positive, x => x.log()),
  ['near zero', () => [leaf([0.01, 0.1, 100])], x => x.log()],
]);

checkOp('sqrt', 'sqrt', [
  ...unary(positive, x => x.sqrt()),
  ['near zero', () => [leaf([0.01, 0.1, 100])], x => x.sqrt()],
]);

checkOp('relu', 'relu', [
  ...unary(apart, x => x.relu()),
  ['1e-3 from the kink', () => [leaf([-1e-3, 1e-3])], x => x.relu()],
  ['all negative', () => [leaf([-1, -2, -3])], x => x.relu()],
  ['in place', () => [apart(2, 3)], x => x.clone().relu_()],
  ['in place after a product', () => [apart(2, 3), positive(3)], (x, y) => x.mul(y).relu_().mul(2)],
  ['in place, channels innermost', () => [apart(1, 2, 2, 2)], x => channelsLast(x).relu_()],
  [
    'in place on a reshaped value that is used again',
    () => [apart(2, 3)],
    x => x.view(3, 2).relu_().add(x.view(3, 2)),
  ],
]);

checkOp('sigmoid', 'sigmoid', [
  ...unary(normal, x => x.sigmoid()),
  ['saturated on both sides', () => [leaf([-40, -5, 0, 5, 40])], x => x.sigmoid()],
]);

checkOp('tanh', 'tanh', [
  ...unary(normal, x => x.tanh()),
  ['saturated on both sides', () => [leaf([-30, -2, 0, 2, 30])], x => x.tanh()],
]);

checkOp('clamp', 'clamp', [
  ...unary(apart, x => x.clamp({ min: -0.12, max: 0.22 })),
  ['only a lower bound', () => [apart(2, 3)], x => x.clamp({ min: 0 })],
  ['only an upper bound', () => [apart(2, 3)], x => x.clamp({ max: 0 })],
  ['bounds that cross', () => [apart(4)], x => x.clamp({ min: 1, max: -1 })],
  ['1e-3 from the bounds', () => [leaf([-1.001, -0.999, 0.999, 1.001])], x => x.clamp({ min: -1, max: 1 })],
  ['in place', () => [apart(2, 3)], x => x.clone().clamp_({ min: -0.1, max: 0.2 })],
  ['in place after a product', () => [apart(4)], x => x.mul(x).clamp_({ min: 0.01 })],
]);

const mask = (values: readonly number[], shape: readonly number[] = [values.length]) =>
  Tensor.from([...values], { dtype: 'bool', shape });

checkOp('where', 'where', [
  ['equal shapes', () => [normal(4), normal(4)], (a, b) => Tensor.where(mask([1, 0, 0, 1]), a, b)],
  ['a scalar', () => [normal(), normal()], (a, b) => Tensor.where(mask([0], []), a, b)],
  ['no element', () => [normal(0, 2), normal(2)], (a, b) => Tensor.where(mask([1, 0]), a, b)],
  [
    'a stretched condition',
    () => [normal(2, 3), normal(2, 3)],
    (a, b) => Tensor.where(mask([1, 0, 1]), a, b),
  ],
  [
    'stretched operands',
    () => [normal(3), normal(2, 1)],
    (a, b) => Tensor.where(mask([1, 0, 1, 0, 0, 1], [2, 3]), a, b),
  ],
  [
    'operands smaller than the condition',
    () => [normal(), normal(1)],
    (a, b) => Tensor.where(mask([1, 0, 1, 0], [2, 2]), a, b),
  ],
  ['a number on the left', () => [normal(3)], b => Tensor.where(mask([1, 0, 1]), 2, b)],
  ['a number on the right', () => [normal(3)], a => Tensor.where(mask([1, 0, 1]), a, 2)],
  ['one tensor on both sides', () => [normal(3)], a => Tensor.where(mask([1, 0, 1]), a, a)],
  ['a condition computed from the operands', () => [apart(4)], a => Tensor.where(a.gt(0), a.mul(2), a.neg())],
  [
    'channels innermost',
    () => [normal(1, 2, 2, 2), normal(2, 1, 1)],
    (a, b) => Tensor.where(mask([1, 0]), channelsLast(a), b),
  ],
]);
