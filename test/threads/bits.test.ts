/** The invariant that results do not depend on the number of threads, not in a single bit. */
import { createHash } from 'node:crypto';
import { configure, manualSeed, nn, optim, runtimeInfo, Tensor } from 'tinygrad-ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Team } from '../../src/backend/wasm/threads/team.ts';
import { ResNet } from '../golden/resnet.ts';

const F = nn.functional;
const initial = runtimeInfo();

/** Returns the result of `fn`, and the gradients of its operands for a random cotangent. */
function withGradients(fn: (...operands: Tensor[]) => Tensor, ...shapes: number[][]): Tensor[] {
  const operands = shapes.map(shape => Tensor.randn(shape, { requiresGrad: true }));
  const y = fn(...operands);
  y.backward(Tensor.randn(y.shape));
  return [y.detach(), ...operands.map(x => x.grad!)];
}

const product = (rows: number, inner: number, columns: number) =>
  withGradients((a, b) => a!.matmul(b!), [rows, inner], [inner, columns]);

function convolution(x: number[], w: number[], options: nn.functional.Conv2dOptions = {}): Tensor[] {
  return withGradients((a, b, c) => F.conv2d(a!, b!, c!, options), x, w, [w[0]!]);
}

/** The result and the gradient of a function of images. */
const ofImages = (fn: (x: Tensor) => Tensor) => withGradients(x => fn(x!), [8, 20, 24, 22]);

function descent(options: optim.SGDOptions): Tensor[] {
  const params = [[50_000], [3], [101, 133]].map(shape => Tensor.randn(shape, { requiresGrad: true }));
  const optimizer = new optim.SGD(params, options);
  for (let step = 0; step < 3; step++) {
    for (const p of params) p.grad = Tensor.randn(p.shape);
    optimizer.step();
  }
  return params;
}

const computations: Readonly<Record<string, () => Tensor[]>> = {
  'conv 3x3': () => convolution([8, 16, 20, 20], [24, 16, 3, 3], { padding: 1 }),
  'conv 5x5 of odd sizes': () => convolution([5, 3, 31, 29], [10, 3, 5, 5]),
  'conv with stride': () => convolution([6, 12, 33, 31], [20, 12, 3, 3], { stride: 2, padding: 1 }),
  'conv with dilation': () => convolution([6, 8, 30, 30], [16, 8, 3, 3], { dilation: [2, 3], padding: 2 }),
  'conv in groups': () => convolution([6, 24, 20, 20], [36, 6, 3, 3], { groups: 4, padding: 'same' }),
  'conv by channels': () => convolution([6, 36, 30, 30], [36, 1, 3, 3], { groups: 36, stride: [1, 2] }),
  'conv 1x1 of many channels': () => convolution([4, 300, 12, 12], [70, 300, 1, 1]),
  'matmul 600 65 130': () => product(600, 65, 130),
  'matmul 33 1000 34': () => product(33, 1000, 34),
  'matmul 1 2000 200': () => product(1, 2000, 200),
  'matmul 2000 200 1': () => product(2000, 200, 1),
  'matmul 7 10000 3': () => product(7, 10_000, 3),
  'matmul of a batch': () => withGradients((a, b) => a!.matmul(b!), [6, 60, 70], [6, 70, 50]),
  'matmul by one for all': () => withGradients((a, b) => a!.matmul(b!.t()), [5, 50, 60], [70, 60]),
  linear: () => withGradients((x, w, b) => F.linear(x!, w!, b!), [500, 120], [90, 120], [90]),
  'max pooling': () => ofImages(x => F.maxPool2d(x, 2)),
  'max pooling that overlaps': () => ofImages(x => F.maxPool2d(x, 3, { stride: 2, padding: 1 })),
  'average pooling': () => ofImages(x => F.avgPool2d(x, 3, { stride: 2, padding: 1 })),
  'batch norm': () => ofImages(x => F.batchNorm(x, null, null, { training: true })),
  dropout: () => ofImages(x => F.dropout(x, { p: 0.3 })),
  'dropout of channels': () => ofImages(x => F.dropout2d(x)),
  softmax: () => ofImages(x => F.softmax(x, 1)),
  'log softmax': () => ofImages(x => F.logSoftmax(x, 3)),
  'cross entropy': () => withGradients(x => F.crossEntropy(x!, Tensor.randint(0, 40, [6000])), [6000, 40]),
  'sum of all': () => ofImages(x => x.sum()),
  'sums along some dims': () => ofImages(x => x.sum({ dim: [0, 2] })),
  'mean and variance': () => ofImages(x => x.mean({ dim: 3 }).add(x.var({ dim: 3 }))),
  'another order': () => ofImages(x => x.permute(3, 1, 0, 2).mul(1).flatten()),
  elementwise: () => ofImages(x => x.exp().add(1).log().sigmoid().mul(x.tanh()).relu().sub(x.abs().sqrt())),
  broadcast: () =>
    withGradients((a, b, c) => a!.mul(b!).div(c!.exp()).add(b!), [30, 50, 60], [60], [30, 1, 1]),
  'in place': () => ofImages(x => x.detach().mul_(2).add_(x).clamp_({ min: -2 })),
  sgd: () => descent({ lr: 0.1 }),
  'sgd with momentum': () => descent({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01 }),
  'sgd with damping': () => descent({ lr: 0.1, momentum: 0.9, dampening: 0.5, maximize: true }),
};

function training(): Tensor[] {
  const model = new ResNet();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  const images = Tensor.rand([64, 1, 28, 28]);
  const labels = Tensor.randint(0, 10, [64]);
  for (let step = 0; step < 20; step++) {
    optimizer.zeroGrad();
    F.nllLoss(model.call(images), labels).backward();
    optimizer.step();
  }
  return Object.values(model.stateDict());
}

function hashOf(results: () => Tensor[]): string {
  manualSeed(1);
  const hash = createHash('sha256');
  for (const tensor of results()) hash.update(tensor.clone().data);
  return hash.digest('hex');
}

const hashes = () =>
  Object.fromEntries(Object.entries(computations).map(([name, results]) => [name, hashOf(results)]));

let alone: { ops: Record<string, string>; training: string };

/** Lets the clock run like mad: kernels seem to take long enough to be shared out, however small their work is. */
function stretchTime(): void {
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 1000;
    return now;
  });
}

beforeAll(() => {
  configure({ backend: 'wasm', threads: 1 });
  alone = { ops: hashes(), training: hashOf(training) };
  // A kernel runs on one thread a few times, until it is known how long it takes.
  configure({ threads: 2 });
  stretchTime();
  for (let i = 0; i < 3; i++) hashes();
}, 60_000);

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(() => {
  configure({ backend: initial.backend, threads: initial.threads });
});

describe.each([2, 3, 4, 8])('on %s threads, the bits are those of one thread', threads => {
  it('of all ops and their gradients', () => {
    configure({ threads });
    stretchTime();
    const shared = vi.spyOn(Team.prototype, 'start');
    expect(hashes()).toEqual(alone.ops);
    expect(shared.mock.calls.length).toBeGreaterThan(3 * Object.keys(computations).length);
  });

  it('of all parameters after 20 training steps', () => {
    configure({ threads });
    const shared = vi.spyOn(Team.prototype, 'start');
    expect(hashOf(training)).toBe(alone.training);
    expect(shared).toHaveBeenCalled();
  });
});
