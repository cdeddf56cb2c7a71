import fc from 'fast-check';
import { ArgumentError, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const list = (x: Tensor) => Array.from(x.data);
const wrong = (value: unknown) => value as never;
const x = Tensor.arange(6).reshape(2, 3);

describe('reshape and view', () => {
  it('take sizes one by one or as a list, one of them worked out', () => {
    for (const y of [x.reshape(3, 2), x.reshape([3, 2]), x.view(3, -1), x.reshape([-1, 2])]) {
      expect([y.shape, list(y)]).toEqual([
        [3, 2],
        [0, 1, 2, 3, 4, 5],
      ]);
    }
    expect(Tensor.from([5]).reshape([]).shape).toEqual([]);
    expect(Tensor.zeros([0, 4]).reshape(2, -1, 2).shape).toEqual([2, 0, 2]);
  });

  it('say which shapes do not fit', () => {
    expect(() => x.reshape(4, 2)).toThrow(/^reshape: shape \[4, 2\] is invalid for input of shape \[2, 3\]/);
    expect(() => x.view(-1, 4)).toThrow(/^view: /);
    expect(() => x.reshape(-1, -1)).toThrow(/only one dimension can be inferred/);
    expect(() => x.reshape(-2, 3)).toThrow(ShapeError);
    expect(() => Tensor.zeros([0]).reshape(0, -1)).toThrow(/-1 can be any value/);
    expect(() => x.reshape(wrong('6'))).toThrow(ShapeError);
  });

  it('give the gradient the shape of the operand', () => {
    const leaf = Tensor.ones([2, 3], { requiresGrad: true });
    leaf.reshape(6).backward(Tensor.arange(6));
    expect(leaf.grad?.toArray()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
  });
});

describe('flatten', () => {
  it('joins dims', () => {
    const cube = Tensor.zeros([2, 3, 4]);
    expect([
      cube.flatten().shape,
      cube.flatten(1).shape,
      cube.flatten(0, 1).shape,
      cube.flatten(-2).shape,
    ]).toEqual([[24], [2, 12], [6, 4], [2, 12]]);
    expect(Tensor.from(1).flatten().shape).toEqual([1]);
    expect(Tensor.zeros([2, 0, 3]).flatten(1).shape).toEqual([2, 0]);
  });

  it('refuses dims in the wrong order or out of range', () => {
    expect(() => x.flatten(1, 0)).toThrow(ShapeError);
    expect(() => x.flatten(0, 2)).toThrow(/^flatten: Dimension out of range/);
  });
});

describe('transpose, t, permute', () => {
  it('reorder dims', () => {
    expect(x.transpose(0, -1).toArray()).toEqual([
      [0, 3],
      [1, 4],
      [2, 5],
    ]);
    expect(x.t().shape).toEqual([3, 2]);
    expect(Tensor.arange(3).t().shape).toEqual([3]);
    const cube = Tensor.arange(24).reshape(2, 3, 4);
    expect([cube.permute(2, 0, 1).shape, cube.permute([-1, 0, 1]).shape]).toEqual([
      [4, 2, 3],
      [4, 2, 3],
    ]);
    expect(cube.permute(2, 0, 1).permute(1, 2, 0).toArray()).toEqual(cube.toArray());
    expect(Tensor.from(1).permute().shape).toEqual([]);
  });

  it('put each element where the order says', () => {
    const orders = fc.shuffledSubarray([0, 1, 2], { minLength: 3 });
    fc.assert(
      fc.property(orders, order => {
        const y = Tensor.arange(24).reshape(2, 3, 4).permute(order);
        const strides = [12, 4, 1];
        const [a, b, c] = order.map(dim => strides[dim]);
        const [last, at] = [y.shape, (i: number, j: number, k: number) => i * a + j * b + k * c];
        expect(list(y)[list(y).length - 1]).toBe(at(last[0] - 1, last[1] - 1, last[2] - 1));
        expect(y.select(0, 1).select(0, 1).select(0, 1).item()).toBe(at(1, 1, 1));
      }),
    );
  });

  it('refuse dims that are missing, twice, or out of range', () => {
    expect(() => x.permute(0)).toThrow(ShapeError);
    expect(() => x.permute(0, -2)).toThrow(/^permute: .*\[2, 3\] once, got \[0, -2\]/);
    expect(() => x.transpose(0, 2)).toThrow(/^transpose: /);
    expect(() => Tensor.zeros([1, 1, 1]).t()).toThrow(ShapeError);
  });
});

describe('squeeze and unsqueeze', () => {
  const y = Tensor.zeros([1, 2, 1]);

  it('drop and add dims of size 1', () => {
    expect([
      y.squeeze().shape,
      y.squeeze(0).shape,
      y.squeeze(1).shape,
      y.squeeze(-1).shape,
      y.squeeze([0, 2]).shape,
    ]).toEqual([[2], [2, 1], [1, 2, 1], [1, 2], [2]]);
    expect([
      x.unsqueeze(0).shape,
      x.unsqueeze(2).shape,
      x.unsqueeze(-1).shape,
      x.unsqueeze(-3).shape,
    ]).toEqual([
      [1, 2, 3],
      [2, 3, 1],
      [2, 3, 1],
      [1, 2, 3],
    ]);
    expect(Tensor.from(1).unsqueeze(0).shape).toEqual([1]);
    expect(Tensor.from(1).squeeze().shape).toEqual([]);
    expect([y.squeeze([]).shape, Tensor.from(1).squeeze([]).shape]).toEqual([y.shape, []]);
  });

  it('refuse dims out of range', () => {
    expect(() => y.squeeze(3)).toThrow(/^squeeze: /);
    expect(() => x.unsqueeze(3)).toThrow(/^unsqueeze: .*\[-3, 2\], but got 3/);
    expect(() => x.unsqueeze(-4)).toThrow(ShapeError);
  });
});

describe('expand', () => {
  it('repeats dims of size 1 and adds dims in front', () => {
    expect(
      Tensor.from([[1], [2]])
        .expand(2, 3)
        .toArray(),
    ).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    expect(Tensor.from([1, 2]).expand([2, -1]).toArray()).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(Tensor.from(3).expand(2).toArray()).toEqual([3, 3]);
    expect(Tensor.ones([1]).expand(0).shape).toEqual([0]);
  });

  it('sums the gradient up', () => {
    const leaf = Tensor.ones([2, 1], { requiresGrad: true });
    leaf.expand(3, 2, 2).sum().backward();
    expect(leaf.grad?.toArray()).toEqual([[6], [6]]);
  });

  it.each([[[2, 2]], [[3]], [[4, 3]], [[2, 3, 1]]])('refuses %j for [2, 3]', shape => {
    expect(() => x.expand(shape)).toThrow(ShapeError);
  });

  // PyTorch: The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension 0
  it.each([[[-1, 2, 3]], [[-2, 2, 3]]])('refuses the leading size in %j', shape => {
    expect(() => x.expand(shape)).toThrow(ShapeError);
  });
});

describe('slice', () => {
  const y = Tensor.arange(10);

  it('counts as Python does', () => {
    expect(list(y.slice(0, 2, 5))).toEqual([2, 3, 4]);
    expect(list(y.slice(0, -3))).toEqual([7, 8, 9]);
    expect(list(y.slice(0, 1, -2, 3))).toEqual([1, 4, 7]);
    expect(list(y.slice(0, 8, 99))).toEqual([8, 9]);
    expect(y.slice(0, 5, 2).shape).toEqual([0]);
    expect(list(y.slice(-1))).toEqual(list(y));
    expect(x.slice(1, 1).toArray()).toEqual([
      [1, 2],
      [4, 5],
    ]);
  });

  it('picks what Array.slice picks', () => {
    const bound = fc.integer({ min: -12, max: 12 });
    fc.assert(
      fc.property(bound, bound, fc.integer({ min: 1, max: 4 }), (start, end, step) => {
        const expected = list(y)
          .slice(start, end)
          .filter((_, i) => i % step === 0);
        expect(list(y.slice(0, start, end, step))).toEqual(expected);
      }),
    );
  });

  it('sends the gradient to what it picked', () => {
    const leaf = Tensor.ones([5], { requiresGrad: true });
    leaf.slice(0, 1, 5, 2).backward(Tensor.from([3, 4]));
    expect(leaf.grad?.toArray()).toEqual([0, 3, 0, 4, 0]);
  });

  it('refuses steps and dims that there are not', () => {
    expect(() => y.slice(0, 0, 5, 0)).toThrow(ArgumentError);
    expect(() => y.slice(0, 0, 5, -1)).toThrow(/step must be greater than zero/);
    expect(() => y.slice(0, 0, 5, 1.5)).toThrow(ArgumentError);
    expect(() => y.slice(1)).toThrow(ShapeError);
    expect(() => Tensor.from(1).slice(0)).toThrow(ShapeError);
  });

  it('refuses bounds that are no whole numbers', () => {
    expect(() => y.slice(0, 0.5)).toThrow(ArgumentError);
    expect(() => y.slice(0, 0, 2.5)).toThrow(ArgumentError);
    expect(() => y.slice(0, Number.NaN)).toThrow(ArgumentError);
  });
});

describe('select', () => {
  it('takes one index of a dim away', () => {
    expect([list(x.select(0, 1)), list(x.select(0, -2)), list(x.select(-1, -1))]).toEqual([
      [3, 4, 5],
      [0, 1, 2],
      [2, 5],
    ]);
    expect(Tensor.arange(3).select(0, 2).item()).toBe(2);
    expect(Tensor.zeros([1, 1]).select(0, 0).shape).toEqual([1]);
  });

  it('refuses an index out of range', () => {
    expect(() => x.select(0, 2)).toThrow(/^select: index 2 is out of bounds for dimension 0 of size 2/);
    expect(() => x.select(1, -4)).toThrow(ShapeError);
    expect(() => x.select(2, 0)).toThrow(ShapeError);
    expect(() => x.select(0, 0.5)).toThrow(ShapeError);
    expect(() => Tensor.from(1).select(0, 0)).toThrow(ShapeError);
  });
});
