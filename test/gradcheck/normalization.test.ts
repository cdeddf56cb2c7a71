import { nn, Tensor } from 'tinygrad-ts';
import { channelsLast, checkOp, fixed, normal, positive, type Row } from './check-op.ts';

const F = nn.functional;

const means = () => fixed([0.3, -0.2]);
const variances = () => fixed([1.5, 0.4]);

function rows(training: boolean): Row[] {
  // Made anew for each call, since training changes them.
  const norm = (x: Tensor, weight: Tensor | null = null, bias: Tensor | null = null, eps = 1e-5) =>
    F.batchNorm(x, means(), variances(), { weight, bias, training, eps });
  const affine = (x: Tensor, weight: Tensor, bias: Tensor) => norm(x, weight, bias);
  return [
    ['[N, C]', () => [normal(4, 2), normal(2), normal(2)], affine],
    ['[N, C, L]', () => [normal(2, 2, 3), normal(2), normal(2)], affine],
    ['[N, C, H, W]', () => [normal(2, 2, 2, 3), normal(2), normal(2)], affine],
    ['one image', () => [normal(1, 2, 3, 2), normal(2), normal(2)], affine],
    ['[N, C], not affine', () => [normal(4, 2)], x => norm(x)],
    ['[N, C, L], not affine', () => [normal(2, 2, 3)], x => norm(x)],
    ['[N, C, H, W], not affine', () => [normal(2, 2, 2, 2)], x => norm(x)],
    ['a weight alone', () => [normal(4, 2), normal(2)], (x, w) => norm(x, w)],
    ['a bias alone', () => [normal(4, 2), normal(2)], (x, b) => norm(x, null, b)],
    ['a large eps', () => [normal(4, 2), normal(2), normal(2)], (x, w, b) => norm(x, w, b, 0.5)],
    ['an input without gradient', () => [normal(4, 2).detach(), normal(2), normal(2)], affine],
    ['a frozen weight', () => [normal(2, 2, 2, 2), positive(2).detach(), normal(2)], affine],
    [
      'channels innermost',
      () => [normal(2, 2, 2, 2), normal(2), normal(2)],
      (x, w, b) => affine(channelsLast(x), w, b),
    ],
    [
      'twice in a row',
      () => [normal(4, 2), normal(2), normal(2)],
      (x, w, b) => affine(affine(x, w, b), w, b),
    ],
    [
      'relu_ on the result',
      () => [normal(2, 2, 2, 2), normal(2), normal(2)],
      (x, w, b) => affine(x, w, b).relu_(),
    ],
  ];
}

checkOp('batchNorm', 'batchNorm in training', [
  ...rows(true),
  ['without running statistics', () => [normal(3, 2)], x => F.batchNorm(x, null, null, { training: true })],
  [
    'one channel',
    () => [normal(2, 1, 2, 2), normal(1)],
    (x, weight) => F.batchNorm(x, null, null, { weight, training: true }),
  ],
  ['no channel', () => [normal(2, 0, 2, 2)], x => F.batchNorm(x, null, null, { training: true })],
]);

checkOp('batchNorm', 'batchNorm in evaluation', [
  ...rows(false),
  [
    'one element per channel',
    () => [normal(1, 2), normal(2), normal(2)],
    (x, weight, bias) => F.batchNorm(x, means(), variances(), { weight, bias }),
  ],
  [
    'no image',
    () => [normal(0, 2, 2, 2), normal(2), normal(2)],
    (x, weight, bias) => F.batchNorm(x, means(), variances(), { weight, bias }),
  ],
  [
    'statistics of ones and zeros',
    () => [normal(3, 2)],
    x => F.batchNorm(x, Tensor.zeros([2], { dtype: 'float64' }), Tensor.ones([2], { dtype: 'float64' })),
  ],
]);
