import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShapeError } from '../src/errors.ts';
import {
  broadcastShapes,
  broadcastStrides,
  inferShape,
  normalizeDim,
  normalizeDims,
  numel,
  reducedShape,
  stridesOf,
  toPair,
} from '../src/shape.ts';

const sizes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });

describe('strides', () => {
  it('count through every element once, in either format', () => {
    const shape = [2, 3, 4, 5];
    for (const format of ['contiguous', 'channelsLast'] as const) {
      const [n, c, h, w] = stridesOf(shape, format) as [number, number, number, number];
      const seen = new Set<number>();
      for (let i = 0; i < 120; i++) {
        const [b, k, y, x] = [Math.floor(i / 60), Math.floor(i / 20) % 3, Math.floor(i / 5) % 4, i % 5];
        seen.add(b * n + k * c + y * h + x * w);
      }
      expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, i) => i));
    }
    expect(stridesOf(shape, 'channelsLast')).toEqual([60, 1, 15, 3]);
  });

  it('are 0 along what is stretched', () => {
    expect(broadcastStrides([3, 1], [1, 1], [2, 3, 4])).toEqual([0, 1, 0]);
  });
});

describe('broadcasting', () => {
  it('is symmetric, and a scalar changes nothing', () => {
    fc.assert(
      fc.property(sizes, shape => {
        expect(broadcastShapes('add', shape, [])).toEqual(shape);
        expect(broadcastShapes('add', [], shape)).toEqual(shape);
        expect(broadcastShapes('add', shape, shape)).toEqual(shape);
      }),
    );
    expect(broadcastShapes('add', [2, 1], [3])).toEqual([2, 3]);
    expect(broadcastShapes('add', [0], [1])).toEqual([0]);
  });

  it('names both shapes where they do not fit', () => {
    expect(() => broadcastShapes('add', [2, 3], [4])).toThrow(/add: .*\(3\).*\(4\).*\[2, 3\] and \[4\]/);
    expect(() => broadcastShapes('add', [0], [2])).toThrow(ShapeError);
  });
});

describe('dims', () => {
  it('count from the end where they are negative', () => {
    expect([normalizeDim('op', -1, 3), normalizeDim('op', 2, 3), normalizeDim('op', -1, 0)]).toEqual([
      2, 2, 0,
    ]);
    expect(normalizeDims('op', [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeDims('op', undefined, 3)).toEqual([0, 1, 2]);
  });

  it('are refused outside of the tensor, twice, or in part', () => {
    for (const dim of [3, -4, 0.5, Number.NaN]) expect(() => normalizeDim('op', dim, 3)).toThrow(/\[-3, 2\]/);
    expect(() => normalizeDims('op', [1, -2], 3)).toThrow('dim 1 appears multiple times');
  });

  it('that are reduced go, or stay as 1', () => {
    expect(reducedShape([2, 3, 4], [0, 2], false)).toEqual([3]);
    expect(reducedShape([2, 3, 4], [0, 2], true)).toEqual([1, 3, 1]);
  });
});

describe('inferShape', () => {
  it('fills one hole with what is left', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (shape, at) => {
          const holed = shape.map((size, i) => (i === at % shape.length ? -1 : size));
          expect(inferShape('view', holed, numel(shape), shape)).toEqual(shape);
        },
      ),
    );
  });

  it('refuses what cannot be', () => {
    expect(() => inferShape('view', [-1, -1], 6, [6])).toThrow('only one dimension can be inferred');
    expect(() => inferShape('view', [4, -1], 6, [2, 3])).toThrow(
      'shape [4, -1] is invalid for input of shape [2, 3]',
    );
    expect(() => inferShape('view', [-1, 0], 0, [0])).toThrow('-1 can be any value');
    expect(() => inferShape('view', [5], 6, [6])).toThrow(ShapeError);
  });
});

it('toPair doubles a number and checks both', () => {
  expect(toPair('conv2d', 'stride', 2, 1)).toEqual([2, 2]);
  expect(toPair('conv2d', 'stride', [1, 3], 1)).toEqual([1, 3]);
  for (const bad of [0, 1.5, [1], [1, 0], [1, 2, 3]]) {
    expect(() => toPair('conv2d', 'stride', bad, 1)).toThrow(/conv2d: stride must be an integer >= 1/);
  }
});
