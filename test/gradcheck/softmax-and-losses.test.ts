import { nn, type Tensor } from 'tinygrad-ts';
import { channelsLast, checkOp, classes, fixed, leaf, normal, type Row } from './check-op.ts';

const F = nn.functional;

function along(run: (x: Tensor, dim: number) => Tensor): Row[] {
  return [
    ['a vector', () => [normal(4)], x => run(x, 0)],
    ['the rows of a matrix', () => [normal(2, 3)], x => run(x, 1)],
    ['the columns of a matrix', () => [normal(3, 2)], x => run(x, 0)],
    ['the middle dim', () => [normal(2, 3, 2)], x => run(x, 1)],
    ['the last of four dims', () => [normal(1, 2, 2, 3)], x => run(x, -1)],
    ['channels innermost', () => [normal(1, 3, 2, 2)], x => run(channelsLast(x), 1)],
    ['a scalar', () => [normal()], x => run(x, 0)],
    ['one class', () => [normal(3, 1)], x => run(x, 1)],
    ['no row', () => [normal(0, 3)], x => run(x, 1)],
    ['large logits', () => [leaf([800, 801, 799.5, -800], [2, 2])], x => run(x, 1)],
    ['equal logits', () => [leaf([1, 1, 1])], x => run(x, 0)],
  ];
}

checkOp('softmax', 'softmax', along(F.softmax));
checkOp('logSoftmax', 'logSoftmax', along(F.logSoftmax));

type Loss = (x: Tensor, target: Tensor, options?: Parameters<typeof F.nllLoss>[2]) => Tensor;

function losses(loss: Loss): Row[] {
  const weight = fixed([0.5, 2, 1.5]);
  return [
    ['mean', () => [normal(4, 3)], x => loss(x, classes([0, 2, 1, 2]))],
    ['sum', () => [normal(3, 3)], x => loss(x, classes([0, 2, 2]), { reduction: 'sum' })],
    ['none', () => [normal(3, 3)], x => loss(x, classes([1, 0, 2]), { reduction: 'none' })],
    ['weighted mean', () => [normal(4, 3)], x => loss(x, classes([0, 2, 1, 2]), { weight })],
    ['weighted sum', () => [normal(3, 3)], x => loss(x, classes([1, 1, 2]), { weight, reduction: 'sum' })],
    ['weighted, none', () => [normal(3, 3)], x => loss(x, classes([1, 0, 2]), { weight, reduction: 'none' })],
    ['a target ignored', () => [normal(3, 3)], x => loss(x, classes([0, -100, 2]))],
    [
      'another index ignored, weighted',
      () => [normal(4, 3)],
      x => loss(x, classes([0, 1, 2, 1]), { weight, ignoreIndex: 1 }),
    ],
    [
      'ignored, none',
      () => [normal(3, 3)],
      x => loss(x, classes([0, -1, 2]), { ignoreIndex: -1, reduction: 'none' }),
    ],
    ['all ignored, sum', () => [normal(2, 3)], x => loss(x, classes([-100, -100]), { reduction: 'sum' })],
    [
      'a class of weight 0',
      () => [normal(3, 3)],
      x => loss(x, classes([0, 1, 2]), { weight: fixed([0, 1, 2]) }),
    ],
    ['one input [C]', () => [normal(3)], x => loss(x, classes([1], []))],
    ['one input [C], none', () => [normal(3)], x => loss(x, classes([1], []), { reduction: 'none' })],
    ['[N, C, L]', () => [normal(2, 3, 2)], x => loss(x, classes([0, 1, 2, 2], [2, 2]))],
    [
      '[N, C, H, W], channels innermost',
      () => [normal(1, 3, 2, 2)],
      x => loss(channelsLast(x), classes([0, 1, 2, 2], [1, 2, 2]), { weight }),
    ],
    ['one class', () => [normal(2, 1)], x => loss(x, classes([0, 0]))],
    ['no row, sum', () => [normal(0, 3)], x => loss(x, classes([]), { reduction: 'sum' })],
    ['no row, none', () => [normal(0, 3)], x => loss(x, classes([]), { reduction: 'none' })],
    ['scaled afterwards', () => [normal(3, 3)], x => loss(x, classes([0, 1, 2])).mul(-3)],
  ];
}

checkOp('nllLoss', 'nllLoss', losses(F.nllLoss));
checkOp('nllLoss', 'crossEntropy', losses(F.crossEntropy));
