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

  it('makes numbers a float32 tensor, whole or not', () => {
    const batch = defaultCollate([1, 2, 3]);
    expect(batch.dtype).toBe('float32');
    expect(batch.data).toEqual(Float32Array.of(1, 2, 3));
  });

  it('batches tuples and records field by field', () => {
    const items: { pair: [Tensor, number]; name: string }[] = [
      { pair: [Tensor.from([1, 2]), 5], name: 'a' },
      { pair: [Tensor.from([3, 4]), 6], name: 'b' },
    ];
    const batch = defaultCollate(items);
    expectTypeOf(batch).toEqualTypeOf<{ pair: [Tensor, Tensor]; name: string[] }>();
    expect(batch.pair[0].data).toEqual(Float32Array.of(1, 2, 3, 4));
    expect(batch.pair[1].data).toEqual(Float32Array.of(5, 6));
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
    ['a mix of kinds', [1, 'a'], 'item to be a tensor, a number, a string'],
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
  ])('rejects %s', (_, items, message) => {
    expect(() => defaultCollate<unknown>(items)).toThrow(ArgumentError);
    expect(() => defaultCollate<unknown>(items)).toThrow(message);
  });
});
