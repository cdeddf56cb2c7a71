import { runInNewContext } from 'node:vm';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { defaultCollate } from '../../src/data/collate.ts';
import { ArgumentError, DTypeError, ShapeError } from '../../src/errors.ts';
import { Tensor } from '../../src/tensor.ts';

describe('defaultCollate', () => {
  it('stacks tensors along a new first dim and keeps their dtype', () => {
    for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const) {
      const batch = defaultCollate([Tensor.from([[1, 0]], { dtype }), Tensor.from([[0, 1]], { dtype })]);
      expectTypeOf(batch).toEqualTypeOf<Tensor>();
      expect(batch.dtype).toBe(dtype);
      expect(batch.shape).toEqual([2, 1, 2]);
      expect([...batch.data].map(Number)).toEqual([1, 0, 0, 1]);
    }
  });

  it.each<[string, number[], string, ArrayLike<number>]>([
    ['whole ones int32, as class indices are', [1, 2, -3, -0], 'int32', Int32Array.of(1, 2, -3, 0)],
    [
      'the last that int32 holds int32',
      [2147483647, -2147483648],
      'int32',
      Int32Array.of(2147483647, -2147483648),
    ],
    ['fractions float32', [0.5, 0.25], 'float32', Float32Array.of(0.5, 0.25)],
    ['whole ones among fractions float32', [1, 2.5], 'float32', Float32Array.of(1, 2.5)],
    [
      'what is not finite float32',
      [Number.NaN, Infinity, 1],
      'float32',
      Float32Array.of(Number.NaN, Infinity, 1),
    ],
  ])('makes a tensor of numbers: %s', (_, numbers, dtype, data) => {
    const batch = defaultCollate(numbers);
    expectTypeOf(batch).toEqualTypeOf<Tensor>();
    expect(batch.dtype).toBe(dtype);
    expect(batch.data).toEqual(data);
  });

  it('refuses whole numbers that int32 cannot hold, and says the way', () => {
    const message =
      'DataLoader: expected whole numbers at item[1] to fit int32, got 2147483648; let the dataset return ' +
      'Tensor.from(2147483648), which is float32, or pass a collateFn';
    expect(() => defaultCollate([[Tensor.ones([1]), 2 ** 31]])).toThrow(new ArgumentError(message));
    expect(() => defaultCollate([1, 1e300])).toThrow(ArgumentError);
  });

  it('makes booleans a bool tensor', () => {
    const batch = defaultCollate([true, false, true]);
    expectTypeOf(batch).toEqualTypeOf<Tensor>();
    expect([batch.dtype, batch.toArray()]).toEqual(['bool', [true, false, true]]);
  });

  it('takes arrays and records of another realm', () => {
    const items = runInNewContext('[{ x: [0.5, 2] }, { x: [1.5, 3] }]') as { x: [number, number] }[];
    const { x } = defaultCollate(items);
    expect([x[0].data, x[1].data]).toEqual([Float32Array.of(0.5, 1.5), Int32Array.of(2, 3)]);
  });

  it('batches tuples and records field by field', () => {
    const items: { pair: [Tensor, number]; name: string }[] = [
      { pair: [Tensor.from([1, 2]), 5], name: 'a' },
      { pair: [Tensor.from([3, 4]), 6], name: 'b' },
    ];
    const batch = defaultCollate(items);
    expectTypeOf(batch).toEqualTypeOf<{ pair: [Tensor, Tensor]; name: string[] }>();
    expect(batch.pair[0].data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(batch.pair[1].data).toEqual(Int32Array.of(5, 6));
    expect(batch.name).toEqual(['a', 'b']);
  });

  it('stacks scalars and empty tensors', () => {
    expect(defaultCollate([Tensor.from(1), Tensor.from(2)]).shape).toEqual([2]);
    expect(defaultCollate([Tensor.zeros([0, 3]), Tensor.zeros([0, 3])]).shape).toEqual([2, 0, 3]);
  });

  it('names shapes and entries that do not fit', () => {
    expect(() => defaultCollate([Tensor.zeros([3]), Tensor.zeros([3]), Tensor.zeros([4])])).toThrow(
      new ShapeError(
        'DataLoader: stack expects each tensor to be equal size, but got [3] at entry 0 and [4] at entry 2 of item',
      ),
    );
  });

  it('names the field whose dtypes differ', () => {
    const items = [{ label: Tensor.from(1, { dtype: 'int32' }) }, { label: Tensor.from(1) }];
    expect(() => defaultCollate(items)).toThrow(DTypeError);
    expect(() => defaultCollate(items)).toThrow(
      'expected item.label to be int32 as at entry 0, got float32 at entry 1',
    );
  });

  it.each([
    ['a mix of kinds', [1, 'a'], 'item to be a tensor, a number, a boolean, a string'],
    [
      'a mix of kinds within a field',
      [
        [1, 2],
        [1, [2]],
      ],
      'item[1]',
    ],
    ['tuples of different lengths', [[1], [1, 2]], 'fields (0) at entry 0 and (0, 1) at entry 1'],
    ['records with different fields', [{ a: 1 }, { b: 1 }], 'fields (a) at entry 0 and (b) at entry 1'],
    ['other objects', [new Map()], 'found Map. Pass a collateFn'],
    ['nothing', [undefined], 'found undefined'],
    ['no items', [], 'no items'],
    ['bigints', [1n, 2n], 'found bigint'],
    ['booleans among numbers', [true, 1], 'found boolean and number'],
    ['promises', [Promise.resolve(1)], 'found Promise. Pass a collateFn'],
    ['functions', [() => 1], 'found function'],
  ])('rejects %s', (_, items, message) => {
    expect(() => defaultCollate<unknown>(items)).toThrow(ArgumentError);
    expect(() => defaultCollate<unknown>(items)).toThrow(message);
  });

  it.each([[undefined], [null], [3], ['ab'], [{ length: 1 }], [Tensor.ones([2])]])(
    'rejects %o in place of items',
    items => {
      expect(() => defaultCollate(items as never)).toThrow(
        /^defaultCollate: expected an array of items, got/,
      );
    },
  );
});
