import { AutogradError, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const F = nn.functional;
const { from } = Tensor;
const image = (x: Tensor) => x.reshape(1, 1, 2, 2);
const classes = () => from([0, 1], { dtype: 'int32' });

type Gradients = 'error' | readonly (readonly number[] | null)[];

/** Ops of a [2, 2] and b [2, 2], and the gradients that PyTorch 2.13 gives if one is added to their result in place. */
const table: readonly (readonly [string, (a: Tensor, b: Tensor) => Tensor, Gradients])[] = [
  [
    'add',
    (a, b) => a.add(b),
    [
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ],
  ],
  [
    'sub',
    (a, b) => a.sub(b),
    [
      [1, 2, 1, 2],
      [-1, -2, -1, -2],
    ],
  ],
  [
    'mul',
    (a, b) => a.mul(b),
    [
      [2, 1, 1.5, 8],
      [0.5, 3, 1, 4],
    ],
  ],
  [
    'div',
    (a, b) => a.div(b),
    [
      [0.5, 4, 0.666667, 0.5],
      [-0.125, -12, -0.444444, -0.25],
    ],
  ],
  ['div by a number', a => a.div(2), [[0.5, 1, 0.5, 1], null]],
  ['pow', (a, b) => a.pow(b), 'error'],
  ['pow to a number', a => a.pow(3), [[0.75, 13.5, 3, 24], null]],
  ['neg', a => a.neg(), [[-1, -2, -1, -2], null]],
  ['abs', a => a.abs(), [[1, 2, 1, 2], null]],
  ['exp', a => a.exp(), 'error'],
  ['log', a => a.log(), [[2, 1.333333, 1, 1], null]],
  ['sqrt', a => a.sqrt(), 'error'],
  ['relu', a => a.relu(), 'error'],
  ['sigmoid', a => a.sigmoid(), 'error'],
  ['tanh', a => a.tanh(), 'error'],
  ['clamp', a => a.clamp({ min: 0.6, max: 1.6 }), [[0, 2, 1, 0], null]],
  ['clone', a => a.clone(), [[1, 2, 1, 2], null]],
  ['sum', a => a.sum({ dim: 1 }), [[1, 1, 2, 2], null]],
  ['mean', a => a.mean({ dim: 1 }), [[0.5, 0.5, 1, 1], null]],
  ['var', a => a.var({ dim: 1 }), [[-1, 1, -2, 2], null]],
  ['std', a => a.std({ dim: 1 }), 'error'],
  ['max', a => a.max(), 'error'],
  ['max along a dim', a => a.max({ dim: 1 }).values, [[0, 1, 0, 2], null]],
  [
    'matmul',
    (a, b) => a.matmul(b),
    [
      [3, 9.5, 3, 9.5],
      [1.5, 3, 3.5, 7],
    ],
  ],
  [
    'linear',
    (a, b) => F.linear(a, b),
    [
      [5, 8.5, 5, 8.5],
      [1.5, 3.5, 3, 7],
    ],
  ],
  ['softmax', a => a.softmax(1), 'error'],
  ['logSoftmax', a => a.logSoftmax(1), 'error'],
  ['nllLoss', a => F.nllLoss(a, classes()), [[-0.5, 0, 0, -0.5], null]],
  ['crossEntropy', a => F.crossEntropy(a, classes()), [[-0.365529, 0.365529, 0.134471, -0.134471], null]],
  [
    'conv2d',
    (a, b) => F.conv2d(image(a), image(b)),
    [
      [2, 0.5, 1.5, 4],
      [0.5, 1.5, 1, 2],
    ],
  ],
  ['maxPool2d', a => F.maxPool2d(image(a), 2), [[0, 0, 0, 1], null]],
  ['avgPool2d', a => F.avgPool2d(image(a), 2), [[0.25, 0.25, 0.25, 0.25], null]],
  ['batchNorm training', a => F.batchNorm(a, null, null, { training: true }), [[0, 0, 0, 0], null]],
  [
    'batchNorm evaluation',
    a => F.batchNorm(a, from([1, 2]), from([3, 4])),
    [[0.577349, 0.999999, 0.577349, 0.999999], null],
  ],
  [
    'cat',
    (a, b) => Tensor.cat([a, b], 1),
    [
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ],
  ],
  [
    'stack',
    (a, b) => Tensor.stack([a, b]),
    [
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ],
  ],
  [
    'where',
    (a, b) => Tensor.where(from([true, false]), a, b),
    [
      [1, 0, 1, 0],
      [0, 2, 0, 2],
    ],
  ],
  ['permute', a => a.permute(1, 0), [[1, 1, 2, 2], null]],
  ['expand', a => a.unsqueeze(0).expand(2, 2, 2), [[2, 4, 2, 4], null]],
  ['slice', a => a.slice(1, 0, 1), [[1, 0, 1, 0], null]],
];

/** The same for ops in place. */
const inPlace: typeof table = [
  [
    'add_',
    (a, b) => a.add_(b),
    [
      [1, 2, 1, 2],
      [1, 2, 1, 2],
    ],
  ],
  [
    'sub_',
    (a, b) => a.sub_(b),
    [
      [1, 2, 1, 2],
      [-1, -2, -1, -2],
    ],
  ],
  [
    'mul_',
    (a, b) => a.mul_(b),
    [
      [2, 1, 1.5, 8],
      [0.5, 3, 1, 4],
    ],
  ],
  [
    'div_',
    (a, b) => a.div_(b),
    [
      [0.5, 4, 0.666667, 0.5],
      [-0.125, -12, -0.444444, -0.25],
    ],
  ],
  ['relu_', a => a.relu_(), [[1, 2, 1, 2], null]],
  ['clamp_', a => a.clamp_({ min: 0.6, max: 1.6 }), [[0, 2, 1, 0], null]],
  [
    'mul_ twice',
    (a, b) => a.mul_(b).mul_(b),
    [
      [4, 0.5, 2.25, 32],
      [2, 3, 3, 32],
    ],
  ],
  [
    'div_ twice',
    (a, b) => a.div_(b).div_(b),
    [
      [0.25, 8, 0.444444, 0.125],
      [-0.125, -48, -0.592593, -0.125],
    ],
  ],
  [
    'copy_',
    (a, b) => a.copy_(b),
    [
      [0, 0, 0, 0],
      [1, 2, 1, 2],
    ],
  ],
  ['mul_ by itself', a => a.mul_(a), 'error'],
  ['div_ by itself', a => a.div_(a), 'error'],
];

/** Runs `op` on a and b and goes back from its result; checks their gradients, or that there is none to be had. */
function check(op: (a: Tensor, b: Tensor) => Tensor, gradients: Gradients): void {
  const leaves = [
    from([0.5, 1.5, 1, 2], { shape: [2, 2], requiresGrad: true }),
    from([2, 0.5, 1.5, 4], { shape: [2, 2], requiresGrad: true }),
  ] as const;
  const y = op(...leaves);
  const backward = () => (y.shape.at(-1) === 2 ? y.mul(from([1, 2])) : y).sum().backward();
  if (gradients === 'error') {
    expect(backward).toThrow(AutogradError);
    return;
  }
  backward();
  for (const [i, { grad }] of leaves.entries()) {
    const want = gradients[i];
    if (!want) expect(grad).toBeNull();
    else expect(grad?.allclose(from([...want], { shape: [2, 2] }), { atol: 2e-6 }), `${grad}`).toBe(true);
  }
}

describe('what an op has saved', () => {
  it.each(table)('is as it was when the result of %s is changed, or that is noticed', (_, op, gradients) => {
    check((a, b) => op(a, b).add_(1), gradients);
  });

  it.each(inPlace)('is the operand from before for %s', (_, op, gradients) => {
    check((a, b) => op(a.clone(), b), gradients);
  });
});
