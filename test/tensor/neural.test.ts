import { DTypeError, nn, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const list = (x: Tensor) => Array.from(x.data);

describe('matmul', () => {
  const shapes = (a: number[], b: number[]) => Tensor.ones(a).matmul(Tensor.ones(b));

  it.each([
    [[3], [3], []],
    [[2, 3], [3], [2]],
    [[3], [3, 4], [4]],
    [
      [2, 3],
      [3, 4],
      [2, 4],
    ],
    [[5, 2, 3], [3], [5, 2]],
    [[3], [5, 3, 4], [5, 4]],
    [
      [5, 2, 3],
      [3, 4],
      [5, 2, 4],
    ],
    [
      [5, 1, 2, 3],
      [6, 3, 4],
      [5, 6, 2, 4],
    ],
    [
      [1, 3],
      [3, 1],
      [1, 1],
    ],
    [[1, 3], [3], [1]],
    [
      [2, 0],
      [0, 3],
      [2, 3],
    ],
    [
      [0, 2],
      [2, 3],
      [0, 3],
    ],
  ])('of %j and %j is %j', (a, b, out) => {
    const y = shapes(a, b);
    expect(y.shape).toEqual(out);
    expect(list(y).every(v => v === a.at(-1))).toBe(true);
  });

  it('multiplies row by column', () => {
    const a = Tensor.from([
      [1, 2],
      [3, 4],
    ]);
    expect(a.matmul(Tensor.from([[5], [6]])).toArray()).toEqual([[17], [39]]);
    expect(list(a.matmul(Tensor.from([5, 6])))).toEqual([17, 39]);
    expect(list(Tensor.from([5, 6]).matmul(a))).toEqual([23, 34]);
    expect(a.t().matmul(a).toArray()).toEqual([
      [10, 14],
      [14, 20],
    ]);
  });

  it.each([
    [
      [2, 3],
      [2, 3],
    ],
    [[3], [4]],
    [
      [2, 2, 3],
      [3, 3, 4],
    ],
    [[2, 3], [2]],
  ])('of %j and %j is refused with both shapes', (a, b) => {
    expect(() => shapes(a, b)).toThrow(ShapeError);
    expect(() => shapes(a, b)).toThrow(/^matmul: /);
  });

  it('names the shapes that came', () => {
    expect(() => shapes([2, 3], [4, 5])).toThrow(/\[2, 3\] and \[4, 5\]/);
  });

  it('refuses scalars and other dtypes', () => {
    expect(() => Tensor.from(1).matmul(Tensor.from([1]))).toThrow(/at least 1-D, got \[\] and \[1\]/);
    expect(() => Tensor.ones([1]).matmul(Tensor.from(1))).toThrow(ShapeError);
    expect(() => Tensor.ones([1]).matmul(Tensor.ones([1], { dtype: 'int32' }))).toThrow(DTypeError);
    expect(() => Tensor.ones([1]).matmul(Tensor.ones([1], { dtype: 'float64' }))).toThrow(
      /float32 and float64/,
    );
  });

  it('sends gradients back to vectors and through broadcasting', () => {
    const v = Tensor.from([1, 2], { requiresGrad: true });
    const m = Tensor.ones([3, 2, 2], { requiresGrad: true });
    v.matmul(m).backward(Tensor.ones([3, 2]));
    expect([v.grad?.toArray(), m.grad?.select(0, 2).toArray()]).toEqual([
      [6, 6],
      [
        [1, 1],
        [2, 2],
      ],
    ]);
  });
});

describe('conv2d', () => {
  it('takes weights that another convolution computed', () => {
    const F = nn.functional;
    const [x, seeds, mix] = [Tensor.rand([2, 3, 5, 5]), Tensor.rand([4, 3, 3, 3]), Tensor.rand([3, 3, 1, 1])];
    const computed = F.conv2d(seeds, mix).detach();
    const copied = Tensor.from(computed.toArray());
    const [found, want] = [computed, copied].map(weight => {
      const [image, w] = [x.clone().requiresGrad_(), weight.requiresGrad_()];
      const y = F.conv2d(image, w);
      y.mul(y).sum().backward();
      return [y, image.grad!, w.grad!].map(t => t.toArray());
    });
    expect(found).toEqual(want);
  });
});

describe('gradients', () => {
  /** As a convolution stores it, channels last. */
  const stored = (shape: number[]) =>
    nn.functional.conv2d(Tensor.rand(shape), Tensor.eye(shape[1]!).reshape(shape[1]!, shape[1]!, 1, 1));
  const [x, weight, g] = [stored([2, 3, 4, 5]), Tensor.rand([5, 5]), Tensor.rand([2, 3, 4, 5])];

  it.each<[string, (x: Tensor) => Tensor]>([
    ['linear', t => t.linear(weight, null)],
    ['sum', t => t.sum({ dim: 2, keepdim: true })],
    ['mean', t => t.mean({ dim: 2, keepdim: true })],
    ['var', t => t.var({ dim: 2, keepdim: true })],
  ])('of %s do not depend on how operands and results are stored', (_, f) => {
    const gradient = (operand: Tensor, other: (shape: number[]) => Tensor) => {
      const leaf = operand.clone().requiresGrad_();
      const y = f(leaf);
      y.add(other([...y.shape]).mul(0))
        .mul(g.slice(2, 0, y.shape[2]))
        .sum()
        .backward();
      return leaf.grad!.toArray();
    };
    const want = gradient(Tensor.from(x.toArray()), shape => Tensor.zeros(shape));
    expect(gradient(x, shape => Tensor.zeros(shape))).toEqual(want);
    expect(gradient(x, stored)).toEqual(want);
  });
});

describe('softmax and logSoftmax', () => {
  it('sum to one along the dim, at any height', () => {
    const x = Tensor.from([
      [1000, 1001, 1002],
      [-1000, -1000, -1000],
    ]);
    for (const row of [0, 1]) expect(x.softmax(1).select(0, row).sum().item()).toBeCloseTo(1, 6);
    expect(x.logSoftmax(-1).exp().allclose(x.softmax(-1), { atol: 1e-6 })).toBe(true);
    expect(list(x.softmax(0)).every(v => v === 0 || v === 1)).toBe(true);
  });

  it('take a scalar', () => {
    expect([Tensor.from(3).softmax(0).item(), Tensor.from(3).logSoftmax(-1).item()]).toEqual([1, 0]);
  });

  it('refuse dims out of range and whole numbers', () => {
    expect(() => Tensor.ones([2]).softmax(1)).toThrow(/^softmax: Dimension out of range/);
    expect(() => nn.functional.logSoftmax(Tensor.ones([2]), 1)).toThrow(/^logSoftmax: /);
    expect(() => Tensor.ones([2], { dtype: 'int32' }).softmax(0)).toThrow(DTypeError);
  });
});

it('softmax and logSoftmax take their dim alone or among options', () => {
  const x = Tensor.from([
    [1, 2],
    [3, 5],
  ]);
  expect(list(x.softmax({ dim: 0 }))).toEqual(list(x.softmax(0)));
  expect(list(x.logSoftmax({ dim: 0 }))).toEqual(list(x.logSoftmax(0)));
  expect(() => x.softmax({ axis: 0 } as never)).toThrow(
    /^softmax: unknown option 'axis'; the options are dim/,
  );
  expect(() => x.logSoftmax({} as never)).toThrow(/^logSoftmax: .*undefined/);
});

it('the ops of layers tell where their defaults are', () => {
  const x = Tensor.ones([1, 1, 4, 4]);
  const calls = {
    maxPool2d: [2],
    avgPool2d: [2],
    conv2d: [x, null],
    batchNorm: [null, null],
    dropout: [0.5],
    nllLoss: [x, null],
  };
  for (const [op, args] of Object.entries(calls)) {
    const call = x[op as keyof typeof calls] as (...args: unknown[]) => Tensor;
    expect(() => call.apply(x, args)).toThrow(`call nn.functional.${op}(x, …)`);
  }
});
