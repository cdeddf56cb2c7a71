import { describe, expect, it } from 'vitest';
import { hostArray, type NdArray } from '../../../src/backend/array.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { emitSumColumns, emitSumRows } from '../../../src/backend/wasm/kernels/sum.ts';
import { groupDims, planSum } from '../../../src/backend/wasm/kernels/sumPlan.ts';
import { type Format, numel, type Shape } from '../../../src/shape.ts';
import { expectSame, noise } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

/** Asserts that the sum of an array of `shape` to an array of `to` is right, to half an ulp of its largest value. */
function expectSum(shape: Shape, to: Shape, from: Format = 'contiguous', into: Format = 'contiguous'): void {
  const values = noise(numel(shape), 3);
  expectSame(
    (k, make) => {
      const y = make(new Float32Array(numel(to)), to, into);
      k.sum(y, make(values, shape, from));
      return [y];
    },
    6e-8,
    `${shape} to ${to}`,
  );
}

const sizes = [...Array.from({ length: 19 }, (_, n) => n + 1), 31, 32, 33, 47, 64, 65, 97];

describe('sum', () => {
  it('adds up everything, the rows and the columns of matrices of all sizes', () => {
    for (const n of sizes) {
      expectSum([n], [1]);
      for (const m of [1, 2, 3, 5, 16, 17]) {
        expectSum([m, n], [m, 1]);
        expectSum([m, n], [1, n]);
        expectSum([m, n], [1, 1]);
      }
    }
  });

  it('adds up any dims of NCHW and NHWC images', () => {
    for (const shape of [
      [3, 5, 4, 7],
      [2, 16, 5, 5],
      [4, 1, 3, 3],
      [1, 18, 2, 3],
    ]) {
      for (let mask = 0; mask < 16; mask++) {
        const to = shape.map((size, i) => (mask & (1 << i) ? 1 : size));
        expectSum(shape, to);
        expectSum(shape, to, 'channelsLast');
        expectSum(shape, to, 'channelsLast', 'channelsLast');
        expectSum(shape, to, 'contiguous', 'channelsLast');
      }
    }
  });

  it('adds up long sums in several passes', () => {
    expectSum([100_003], [1]);
    expectSum([30_011, 5], [1, 5]);
    expectSum([3, 20_000, 2], [3, 1, 2]);
    expectSum([2, 40_001], [2, 1]);
    expectSum([64, 16, 12, 12], [1, 16, 1, 1], 'channelsLast');
    expectSum([64, 16, 12, 12], [1, 16, 1, 1]);
  });

  it('reads strided, repeated and transposed arrays', () => {
    expectSame((k, make) => {
      const x = make(noise(24 * 15), [24, 15]);
      const [half, twice, turned] = [
        [12, 1],
        [1, 15],
        [15, 1],
      ].map(to => make(new Float32Array(numel(to)), to));
      k.sum(half!, { ...x, shape: [12, 15], strides: [30, 1], offset: 15 });
      k.sum(twice!, { ...x, shape: [7, 15], strides: [0, 1] });
      k.sum(turned!, { ...x, shape: [15, 24], strides: [1, 15] });
      return [half!, twice!, turned!];
    }, 1e-7);
  });

  it('loses nothing where large terms cancel', () => {
    const values = Float32Array.from({ length: 4001 }, (_, i) => (i === 4000 ? 1 : i % 2 ? 1e7 : -1e7));
    expectSame((k, make) => {
      const y = make([0], [1]);
      k.sum(y, make(values, [4001]));
      return [y];
    }, 0);
  });

  it('is NaN or infinite where the reference is', () => {
    for (const values of [
      [Number.NaN, 1],
      [Infinity, 1],
      [Infinity, -Infinity],
      [3e38, 3e38],
      [-0, -0],
    ]) {
      expectSame((k, make) => {
        const [all, columns] = [make([0], [1, 1]), make(new Float32Array(21), [1, 21])];
        const x = make(
          Float32Array.from({ length: 42 }, (_, i) => values[i] ?? 0),
          [2, 21],
        );
        k.sum(all, x);
        k.sum(columns, x);
        return [all, columns];
      });
    }
  });

  it('works on JavaScript memory, other dtypes, and arrays without elements', () => {
    for (const [dtype, shape] of [
      ['float32', [3, 9]],
      ['int32', [3, 9]],
      ['float64', [3, 9]],
      ['float32', [0, 9]],
      ['float32', [3, 0]],
    ] as const) {
      const results = [wasm, reference].map(k => {
        const [y, x] = [hostArray([1, shape[1]], dtype), hostArray(shape, dtype)];
        x.buffer.array.set(Array.from({ length: numel(shape) }, (_, i) => i - 4));
        y.buffer.array.fill(9);
        k.sum(y as NdArray, x);
        return [...y.buffer.array];
      });
      expect(results[0]).toEqual(results[1]);
    }
  });
});

describe('a slice of the units', () => {
  it('gives the same bits, for rows and for columns', () => {
    const [reduced, inner, chunk, chunks] = [50, 23, 8, 7];
    const types = { from: 'f32', to: 'f64' } as const;
    for (const [emit, width] of [
      [emitSumRows, 1],
      [emitSumColumns, inner],
    ] as const) {
      const operands = [2 * chunks * width, noise(reduced * width)];
      expectAnySlicing(`sum ${width}`, m => emit(m, types), chunks, operands, [
        reduced,
        width,
        chunk,
        chunks,
      ]);
    }
  });
});

describe('the plan of a sum', () => {
  it('groups dims, and goes from the innermost group outwards', () => {
    const dims = [
      [2, true],
      [3, false],
      [1, true],
      [4, false],
      [5, true],
      [6, true],
    ] as const;
    const groups = groupDims(dims.map(([size, reduced]) => ({ size, reduced })));
    expect(groups.map(group => group.size)).toEqual([2, 12, 30]);
    expect(planSum(groups).map(({ outer, reduced, inner, last }) => [outer, reduced, inner, last])).toEqual([
      [24, 30, 1, false],
      [1, 2, 12, true],
    ]);
  });

  it('adds up a million numbers in two passes', () => {
    const passes = planSum([{ size: 2 ** 20, reduced: true }]);
    expect(passes.map(pass => pass.chunks)).toEqual([64, 1]);
  });
});
