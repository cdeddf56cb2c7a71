import { describe, expect, it } from 'vitest';
import { arrayOn, hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { Kernels } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { lineArguments, linesAlong } from '../../../src/backend/wasm/kernels/lines.ts';
import { emitLogSoftmax, emitSoftmax } from '../../../src/backend/wasm/kernels/softmax.ts';
import { emitLogSoftmaxBackward } from '../../../src/backend/wasm/kernels/softmaxBackward.ts';
import { quadForm } from '../../../src/backend/wasm/kernels/softmaxLines.ts';
import { numel, type Shape } from '../../../src/shape.ts';
import { expectSame, noise } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

const scaled = (length: number, seed = 1) => noise(length, seed).map(v => v * 3);

/** Both functions of x, and both gradients as if x were their results, along a dim. */
function expectSameSoftmax(
  shape: Shape,
  dim: number,
  values: ArrayLike<number> = scaled(numel(shape)),
): void {
  const dy = noise(numel(shape), 2);
  for (const [forward, backward] of [
    ['softmax', 'softmaxBackward'],
    ['logSoftmax', 'logSoftmaxBackward'],
  ] as const) {
    expectSame(
      (k, make) => {
        const [x, y, dx] = [make(values, shape), make(dy, shape), make(dy, shape)];
        k[forward](y, x, dim);
        k[backward](dx, make(dy, shape), x, dim);
        return [y, dx];
      },
      3e-6,
      `${forward} of [${shape}] along ${dim},`,
    );
  }
}

describe('softmax and logSoftmax', () => {
  it('are right along lines of any length and number', () => {
    for (let n = 1; n <= 17; n++) {
      expectSameSoftmax([n], 0);
      expectSameSoftmax([n, 18 - n], 1);
      expectSameSoftmax([n, 5], 0);
      expectSameSoftmax([3, n, 4], 1);
      expectSameSoftmax([2, n, 3], 1);
    }
    expectSameSoftmax([64, 10], 1);
    expectSameSoftmax([], 0, [0.5]);
    expectSameSoftmax([2, 3, 4, 5], 2);
    expectSameSoftmax([2, 3, 4, 5], 0);
  });

  it('are right for strided operands of different layouts', () => {
    const shape = [3, 5, 4, 6];
    for (let dim = 0; dim < 4; dim++) {
      for (const name of ['softmax', 'logSoftmax'] as const) {
        expectSame((k, make) => {
          const x = make(scaled(360), shape, 'channelsLast');
          const y = make(noise(360), shape);
          k[name](y, x, dim);
          const swapped = make(scaled(360), [6, 5, 4, 3]);
          const z = make(noise(360), shape, 'channelsLast');
          k[name](z, { ...swapped, shape, strides: [...swapped.strides].reverse() }, dim);
          const row = make(scaled(24), [24]);
          const w = make(noise(360), shape);
          k[name](w, { ...row, shape, strides: [0, 0, 6, 1] }, dim);
          return [y, z, w];
        });
      }
    }
  });

  it('stay exact for very long lines', () => {
    expectSameSoftmax([2, 100_000], 1, noise(200_000));
  });

  it('take infinities and NaN as the reference does', () => {
    const [inf, nan] = [Infinity, Number.NaN];
    // biome-ignore format: one line in a row
    const x = [
      1, -inf, 2, -inf, 0, -0,
      -inf, -inf, -inf, -inf, -inf, -inf,
      1, inf, 2, 3, -inf, 0,
      inf, inf, 1, 2, 3, 4,
      1, 2, nan, 3, inf, -inf,
      88, 89, 3e38, -3e38, 1e30, 0,
      -1e38, -2e38, -3e38, -1e38, 0, 1,
    ];
    expectSameSoftmax([7, 6], 1, x);
    expectSameSoftmax([6, 7], 0, x);
  });
});

describe('the kernels of softmax', () => {
  it('give the same bits however the work is sliced', () => {
    for (const shape of [
      [22, 7],
      [24, 4],
    ]) {
      const x = arrayOn(hostArray(shape, 'float32').buffer, { shape, format: 'contiguous' });
      for (const dim of [0, 1]) {
        const lines = linesAlong(dim, x, x, x);
        const steps = [0, 1, 2].map(() => 4 * x.strides[dim]!);
        const form = quadForm(lines, steps);
        const sizes = (arrays: number) => {
          const some = linesAlong(dim, ...[x, x, x].slice(0, arrays));
          return [lines.count, shape[dim]!, ...steps.slice(0, arrays), ...lineArguments(some)];
        };
        const [length, units] = [numel(shape), Math.ceil(lines.count / 4)];
        const [values, key] = [scaled(length), `${shape} ${dim}`];
        expectAnySlicing(`softmax ${key}`, m => emitSoftmax(m, form), units, [length, values], sizes(2));
        expectAnySlicing(`log ${key}`, m => emitLogSoftmax(m, form), units, [length, values], sizes(2));
        const operands = [length, values, values];
        expectAnySlicing(`back ${key}`, m => emitLogSoftmaxBackward(m, form), units, operands, sizes(3));
      }
    }
  });

  it('take operands from JavaScript memory, and empty ones', () => {
    const call = (k: Kernels, shape: Shape) => {
      const [x, y] = [hostArray(shape, 'float32'), hostArray(shape, 'float32')] as [NdArray, NdArray];
      x.buffer.array.set(noise(numel(shape)));
      k.softmax(y, x, 1);
      return [...y.buffer.array];
    };
    for (const shape of [
      [0, 3],
      [3, 0],
      [3, 4],
    ]) {
      const [fast, truth] = [call(wasm, shape), call(reference, shape)];
      fast.forEach((v, i) => {
        expect(v).toBeCloseTo(truth[i]!, 6);
      });
    }
  });
});
