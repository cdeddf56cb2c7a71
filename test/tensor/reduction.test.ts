import fc from 'fast-check';
import { ArgumentError, DTypeError, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const list = (x: Tensor) => Array.from(x.data);
const wrong = (value: unknown) => value as never;
const x = Tensor.from([
  [1, 5, 3],
  [4, 5, 0],
]);
const cube = Tensor.arange(24).reshape(2, 3, 4);

describe('sum, mean, var, std', () => {
  it('reduce all, one dim, or several', () => {
    expect([x.sum().item(), x.mean().item(), x.sum().shape]).toEqual([18, 3, []]);
    expect([list(x.sum({ dim: 0 })), list(x.sum({ dim: -1 }))]).toEqual([
      [5, 10, 3],
      [9, 9],
    ]);
    expect(list(cube.sum({ dim: [0, 2] }))).toEqual([60, 92, 124]);
    expect(list(cube.sum({ dim: [-1, 0] }))).toEqual([60, 92, 124]);
    expect(list(cube.mean({ dim: [0, 1] }))).toEqual([10, 11, 12, 13]);
  });

  it('keep dims when asked', () => {
    expect(cube.sum({ dim: [0, 2], keepdim: true }).shape).toEqual([1, 3, 1]);
    expect(cube.mean({ keepdim: true }).shape).toEqual([1, 1, 1]);
    expect(cube.var({ dim: 1, keepdim: true }).shape).toEqual([2, 1, 4]);
  });

  it('take an empty list of dims for all', () => {
    expect(cube.sum({ dim: [] }).item()).toBe(276);
  });

  it('var takes one off the count unless told otherwise', () => {
    // torch.tensor([[1., 3.], [3., 0.]]).var() is 2.25
    const y = Tensor.from([
      [1, 3],
      [3, 0],
    ]);
    expect(y.var().item()).toBe(2.25);
    expect(y.var({ correction: 0 }).item()).toBe(1.6875);
    expect(y.std().item()).toBe(1.5);
    expect(list(y.var({ dim: 0 }))).toEqual([2, 4.5]);
    expect(Tensor.from([1]).var().item()).toBeNaN();
  });

  it('sum of whole numbers and bools is int32, their mean is refused', () => {
    const flags = Tensor.from([true, true, false]);
    expect([flags.sum().dtype, flags.sum().item()]).toEqual(['int32', 2]);
    expect(flags.to('int32').sum().dtype).toBe('int32');
    expect(() => flags.mean()).toThrow(DTypeError);
    expect(() => flags.to('int32').mean()).toThrow(/^mean: .*int32/);
    expect(() => flags.var()).toThrow(DTypeError);
  });

  it('the gradient of std is 0 where all are equal', () => {
    // PyTorch 2.13
    const leaf = Tensor.from([1, 1, 1, 1, 2, 4], { shape: [2, 3], requiresGrad: true });
    leaf.std({ dim: 1 }).sum().backward();
    expect(
      leaf.grad?.allclose(Tensor.from([0, 0, 0, -0.436436, -0.109109, 0.545545], { shape: [2, 3] })),
    ).toBe(true);
    expect(leaf.std().gradFn).toBe('StdBackward');
  });

  describe('of integers', () => {
    const billions = (...values: number[]) => Tensor.from(values, { dtype: 'int32' }).mul(1_000_000_000);

    it('is exact, however large the sums on the way', () => {
      expect(billions(2, 2, -2, -1).sum().item()).toBe(1_000_000_000);
      expect(list(billions(1, 1, 2, -2).reshape(2, 2).sum({ dim: 1 }))).toEqual([2_000_000_000, 0]);
      // Past 2^53, where float64 has no odd numbers any more.
      const [ups, downs] = [2 ** 31 - 1, 1 - 2 ** 31].map(v =>
        Tensor.full([5_000_000], v, { dtype: 'int32' }),
      );
      expect(
        Tensor.cat([ups, Tensor.ones([1], { dtype: 'int32' }), downs])
          .sum()
          .item(),
      ).toBe(1);
    });

    it('is refused where it does not fit, by all dims and by one', () => {
      const y = billions(2, 2, 2, -2, 0, -1).reshape(2, 3);
      expect(() => billions(2, 2, 2).sum()).toThrow(DTypeError);
      expect(() => billions(2, 2, 2).sum()).toThrow(
        "sum: the sum 6000000000 of an int32 tensor of shape [3] does not fit int32; use x.to('float64').sum()",
      );
      expect(() => y.sum({ dim: -1, keepdim: true })).toThrow(/sum 6000000000 .*\[2, 3\]/);
      expect(() => y.neg().sum()).toThrow(/sum -3000000000 /);
      expect(list(y.sum({ dim: 0 }))).toEqual([0, 2_000_000_000, 1_000_000_000]);
      expect(y.to('float64').sum({ dim: 1 }).toArray()).toEqual([6_000_000_000, -3_000_000_000]);
    });

    it('reaches to the last int32', () => {
      const most = Tensor.from([2 ** 31 - 2, 1, 0, -1], { dtype: 'int32' });
      expect(most.slice(0, 0, 2).sum().item()).toBe(2 ** 31 - 1);
      expect(() => Tensor.from([2 ** 31 - 1, 1], { dtype: 'int32' }).sum()).toThrow(/2147483648/);
      expect(
        Tensor.from([-(2 ** 31), 0], { dtype: 'int32' })
          .sum()
          .item(),
      ).toBe(-(2 ** 31));
      expect(() => Tensor.from([-(2 ** 31), -1], { dtype: 'int32' }).sum()).toThrow(/-2147483649/);
    });
  });

  it('of nothing are 0 and NaN', () => {
    const none = Tensor.zeros([0, 3]);
    expect([none.sum().item(), list(none.sum({ dim: 0 })), none.sum({ dim: 1 }).shape]).toEqual([
      0,
      [0, 0, 0],
      [0],
    ]);
    expect(none.mean().item()).toBeNaN();
    expect(list(none.mean({ dim: 0 }))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('work on scalars', () => {
    const scalar = Tensor.from(3);
    expect([scalar.sum().item(), scalar.sum({ dim: 0 }).item(), scalar.mean({ dim: -1 }).item()]).toEqual([
      3, 3, 3,
    ]);
  });

  it('reduce dims one after another as all at once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(2), { minLength: 1 }), fc.boolean(), (dims, keepdim) => {
        const together = cube.sum({ dim: dims, keepdim });
        const inTurn = [...dims].sort((a, b) => b - a).reduce((y, dim) => y.sum({ dim, keepdim }), cube);
        expect([together.shape, list(together)]).toEqual([inTurn.shape, list(inTurn)]);
      }),
      { numRuns: 30 },
    );
  });

  it('refuse wrong dims and unknown options', () => {
    expect(() => x.sum({ dim: 2 })).toThrow(/^sum: Dimension out of range .*\[-2, 1\], but got 2/);
    expect(() => x.mean({ dim: [0, -2] })).toThrow(/^mean: dim 0 appears multiple times/);
    expect(() => x.sum({ dim: 0.5 })).toThrow(ShapeError);
    expect(() => x.sum(wrong({ dims: 0 }))).toThrow(
      /^sum: unknown option 'dims'; the options are dim, keepdim/,
    );
    expect(() => x.mean(wrong({ axis: 0 }))).toThrow(ArgumentError);
    expect(() => x.var(wrong({ unbiased: false }))).toThrow(/unknown option 'unbiased'.*correction/);
  });

  it('send gradients back to every element', () => {
    const leaf = Tensor.ones([2, 3], { requiresGrad: true });
    leaf.sum({ dim: 0 }).backward(Tensor.from([1, 2, 3]));
    expect(leaf.grad?.toArray()).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    leaf.grad = null;
    leaf.mean({ dim: 1, keepdim: true }).backward(Tensor.from([[3], [6]]));
    for (const [i, row] of [1, 2].entries()) {
      for (const value of list(leaf.grad!.select(0, i))) expect(value).toBeCloseTo(row, 6);
    }
  });
});

describe('max and min', () => {
  it('of all elements', () => {
    expect([x.max().item(), x.min().item(), x.max().shape]).toEqual([5, 0, []]);
    expect(Tensor.from([true, false]).max().dtype).toBe('bool');
    expect(Tensor.from([2, 1], { dtype: 'int32' }).min().dtype).toBe('int32');
  });

  it('along a dim, the first of equals', () => {
    const { values, indices } = x.max({ dim: 1 });
    expect([list(values), list(indices), indices.dtype]).toEqual([[5, 5], [1, 1], 'int32']);
    expect(list(x.max({ dim: 0 }).indices)).toEqual([1, 0, 0]);
    expect(list(x.min({ dim: -1 }).indices)).toEqual([0, 2]);
    expect(x.max({ dim: 1, keepdim: true }).values.shape).toEqual([2, 1]);
    expect(x.max({ dim: 1, keepdim: true }).indices.shape).toEqual([2, 1]);
  });

  it('along several dims, indices counted row by row through them', () => {
    const { values, indices } = cube.max({ dim: [0, 2], keepdim: true });
    expect([values.shape, list(values), list(indices)]).toEqual([
      [1, 3, 1],
      [15, 19, 23],
      [7, 7, 7],
    ]);
    const all = x.max({ dim: [1, 0] });
    expect([all.values.item(), all.indices.item(), all.values.shape]).toEqual([5, 1, []]);
  });

  it('take NaN before all', () => {
    const nan = Tensor.from([1, Number.NaN, 3, Number.NaN]);
    expect([nan.max().item(), nan.min().item()]).toEqual([Number.NaN, Number.NaN]);
    expect([nan.argmax().item(), nan.min({ dim: 0 }).indices.item()]).toEqual([1, 1]);
    expect(Tensor.from([-Infinity, -Infinity]).max({ dim: 0 }).indices.item()).toBe(0);
  });

  it('share the gradient among equals without a dim, give it to the first with one', () => {
    const leaf = Tensor.from([5, 1, 5], { requiresGrad: true });
    leaf.max().backward();
    expect(leaf.grad?.toArray()).toEqual([0.5, 0, 0.5]);
    leaf.grad = null;
    leaf.max({ dim: 0 }).values.backward();
    expect((leaf.grad as Tensor | null)?.toArray()).toEqual([1, 0, 0]);
  });

  it('need an element', () => {
    const none = Tensor.zeros([0, 3]);
    expect(() => none.max()).toThrow(ShapeError);
    expect(() => none.max({ dim: 0 })).toThrow(/reduction dim 0 .*\[0, 3\]/);
    expect(none.max({ dim: 1 }).values.shape).toEqual([0]);
    expect(() => none.argmin()).toThrow(ShapeError);
  });

  it('work on scalars', () => {
    expect(Tensor.from(3).max({ dim: 0 }).values.item()).toBe(3);
    expect(Tensor.from(3).argmax({ dim: -1 }).item()).toBe(0);
  });

  it('refuse wrong dims and options', () => {
    expect(() => x.max(wrong({ axis: 0 }))).toThrow(/^max: unknown option 'axis'/);
    expect(() => x.max(wrong({ keepdim: true }))).toThrow(ArgumentError);
    expect(() => x.min({ dim: 2 })).toThrow(/^min: Dimension out of range/);
    expect(() => x.argmax({ dim: [0, 0] })).toThrow(ShapeError);
  });
});

describe('argmax and argmin', () => {
  it('count through all, along a dim, or through several', () => {
    expect([x.argmax().item(), x.argmin().item()]).toEqual([1, 5]);
    expect(list(x.argmax({ dim: 1 }))).toEqual([1, 1]);
    expect(x.argmax({ dim: 0, keepdim: true }).shape).toEqual([1, 3]);
    expect(list(cube.neg().argmax({ dim: [0, 2] }))).toEqual([0, 0, 0]);
    expect(x.argmax().dtype).toBe('int32');
    expect(x.argmax().requiresGrad).toBe(false);
  });

  it('find the same place as a loop', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 12 }), values => {
        const tensor = Tensor.from(values);
        expect(tensor.argmax().item()).toBe(values.indexOf(Math.max(...values)));
        expect(tensor.argmin({ dim: 0 }).item()).toBe(values.indexOf(Math.min(...values)));
      }),
      { numRuns: 50 },
    );
  });

  it('refuse unknown options under their own name', () => {
    expect(() => x.argmax(wrong({ axis: 1 }))).toThrow(/^argmax: unknown option 'axis'/);
  });
});

describe('the dim of a reduction', () => {
  it('comes first, alone, in an array or among the options', () => {
    for (const dims of [1, [0, 2], -1, [], null]) {
      const dim = dims as number | number[];
      expect(list(cube.sum(dim))).toEqual(list(cube.sum({ dim })));
      expect(list(cube.mean(dim))).toEqual(list(cube.mean({ dim })));
      expect(list(cube.var(dim))).toEqual(list(cube.var({ dim })));
      expect(list(cube.std(dim))).toEqual(list(cube.std({ dim })));
      expect(list(cube.argmax(dim))).toEqual(list(cube.argmax({ dim })));
      expect(list(cube.argmin(dim))).toEqual(list(cube.argmin({ dim })));
    }
    expect(list(x.sum(1))).toEqual([9, 9]);
    expect(list(x.mean([0]))).toEqual([2.5, 5, 1.5]);
    expect(list(x.var(1))).toEqual([4, 7]);
    expect(list(x.max(1).values)).toEqual([5, 5]);
    expect(list(x.min([0, 1]).values)).toEqual([0]);
    expect(list(x.argmin(1))).toEqual([0, 2]);
  });

  it('is followed by the options that are left', () => {
    expect(x.sum(1, { keepdim: true }).shape).toEqual([2, 1]);
    expect(x.max(0, { keepdim: true }).indices.shape).toEqual([1, 3]);
    expect(list(x.var(1, { correction: 0 }))).toEqual([8, 14].map(v => Math.fround(v / 3)));
    expect(() => x.sum(1, wrong(true))).toThrow(
      /^sum: expected an options object such as { keepdim: … }, got true/,
    );
    expect(() => x.sum(1, wrong({ correction: 0 }))).toThrow(/^sum: unknown option 'correction'/);
    expect(() => x.sum({ dim: 1 }, { keepdim: true })).toThrow(/^sum: expected one options object/);
  });

  it('is all of them where it is null or undefined', () => {
    expect([
      x.sum({ dim: null }).item(),
      x.sum(null).item(),
      x.sum(wrong({ dim: undefined })).item(),
    ]).toEqual([18, 18, 18]);
    expect((x.max as (dim: null) => unknown)(null)).toBeInstanceOf(Tensor);
    expect(x.argmax({ dim: null }).item()).toBe(1);
  });
});
