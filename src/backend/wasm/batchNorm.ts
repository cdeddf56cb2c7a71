import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { batchNorm as reference } from '../reference/batchNorm.ts';
import { batchOf, unitsOfRows } from './chain.ts';
import type { Compiled } from './compiled.ts';
import { areFloat32 } from './dtypes.ts';
import { emitBatchNorm } from './kernels/batchNorm.ts';
import {
  emitBatchNormBackward,
  emitBatchNormCoefficients,
  emitBatchNormGradientSums,
} from './kernels/batchNormBackward.ts';
import { emitBatchNormMoments, emitBatchNormStats, rowsPerChunk } from './kernels/batchNormStats.ts';
import { kernel } from './runtime.ts';
import { run, runByImage } from './schedule.ts';
import { read, scratch, write } from './stage.ts';

/** The rows of an NHWC image [rows, C], and in how many chunks they are summed up. */
function sizesOf(x: NdArray) {
  const channels = x.shape[1]!;
  const rows = x.buffer.length / channels;
  return { channels, rows, chunks: Math.ceil(rows / rowsPerChunk(channels)) };
}

const imageBytes = (x: NdArray) => (4 * x.buffer.length) / x.shape[0]!;

/**
 * Runs a kernel whose units are so many rows of x. Its first arguments are addresses: of a result, of which an image
 * takes `bytes`, and of so many other batches like x.
 */
function runOverRows(
  f: Compiled,
  x: NdArray,
  unitRows: number,
  result: { readonly bytes: number; readonly operands: number },
  args: readonly number[],
  whole: readonly number[],
): void {
  const { rows } = sizesOf(x);
  const images = x.shape[0]!;
  const batches = [
    { argument: 0, bytes: result.bytes, written: true },
    ...Array.from({ length: result.operands }, (_, i) => batchOf(x, images, 1 + i, false)),
  ];
  const by = { images, ...unitsOfRows(unitRows, rows / images), batches, whole };
  runByImage(f, Math.ceil(rows / unitRows), args, by);
}

const readOr0 = (x: NdArray | null) => (x ? read(x) : 0);

export const batchNorm = {
  batchNormStats(mean, variance, x) {
    if (!areFloat32(mean, variance, x) || x.buffer.length === 0)
      return reference.batchNormStats(mean, variance, x);
    const { channels, rows, chunks } = sizesOf(x);
    const partialBytes = chunks * 3 * channels * 4;
    const partials = scratch(partialBytes);
    const moments = kernel(emitBatchNormMoments, channels);
    const result = { bytes: partialBytes / x.shape[0]!, operands: 1 };
    runOverRows(moments, x, rowsPerChunk(channels), result, [partials, read(x), rows], []);
    const stats = kernel(emitBatchNormStats, channels);
    run(stats, channels, write(mean), write(variance), partials, rows);
  },

  batchNorm(y, x, mean, variance, weight, bias, eps) {
    if (!areFloat32(y, x, mean, variance, weight, bias) || x.buffer.length === 0)
      return reference.batchNorm(y, x, mean, variance, weight, bias, eps);
    const { channels } = sizesOf(x);
    const f = kernel(emitBatchNorm, channels, weight !== null, bias !== null);
    const perChannel = [read(mean), read(variance), readOr0(weight), readOr0(bias)];
    const result = { bytes: imageBytes(x), operands: 1 };
    runOverRows(f, x, 1, result, [write(y), read(x), ...perChannel, eps], perChannel);
  },

  batchNormBackward(dx, dWeight, dBias, dy, x, mean, variance, weight, eps, training) {
    if (!areFloat32(dx, dWeight, dBias, dy, x, mean, variance, weight) || x.buffer.length === 0)
      return reference.batchNormBackward(dx, dWeight, dBias, dy, x, mean, variance, weight, eps, training);
    const { channels, rows, ...sizes } = sizesOf(x);
    const chunks = dWeight || dBias || (dx && training) ? sizes.chunks : 0;
    const partialBytes = chunks * 2 * channels * 4;
    const partials = scratch(partialBytes);
    const coefficients = scratch(3 * channels * 4);
    const [DY, X, M] = [read(dy), read(x), read(mean)];
    if (chunks > 0) {
      const sums = kernel(emitBatchNormGradientSums, channels);
      const result = { bytes: partialBytes / x.shape[0]!, operands: 2 };
      runOverRows(sums, x, rowsPerChunk(channels), result, [partials, DY, X, M, rows], [M]);
    }

    const writeOrDrop = (y: NdArray | null) => (y ? write(y) : scratch(channels * 4));
    const outputs = [writeOrDrop(dWeight), writeOrDrop(dBias), coefficients];
    const finish = kernel(emitBatchNormCoefficients, channels, weight !== null);
    run(finish, channels, ...outputs, partials, read(variance), readOr0(weight), eps, chunks, rows);
    if (!dx) return;
    const f = kernel(emitBatchNormBackward, channels, training);
    const result = { bytes: imageBytes(x), operands: 2 };
    runOverRows(f, x, 1, result, [write(dx), DY, X, M, coefficients], [M, coefficients]);
  },
} satisfies Partial<Kernels>;
