import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { batchNorm as reference } from '../reference/batchNorm.ts';
import { areFloat32 } from './dtypes.ts';
import { emitBatchNorm } from './kernels/batchNorm.ts';
import {
  emitBatchNormBackward,
  emitBatchNormCoefficients,
  emitBatchNormGradientSums,
} from './kernels/batchNormBackward.ts';
import { emitBatchNormMoments, emitBatchNormStats, rowsPerChunk } from './kernels/batchNormStats.ts';
import { kernel, run } from './runtime.ts';
import { read, scratch, write } from './stage.ts';

/** The rows of an NHWC image [rows, C], and in how many chunks they are summed up. */
function sizesOf(x: NdArray) {
  const channels = x.shape[1]!;
  const rows = x.buffer.length / channels;
  return { channels, rows, chunks: Math.ceil(rows / rowsPerChunk(channels)) };
}

const readOr0 = (x: NdArray | null) => (x ? read(x) : 0);

export const batchNorm = {
  batchNormStats(mean, variance, x) {
    if (!areFloat32(mean, variance, x) || x.buffer.length === 0)
      return reference.batchNormStats(mean, variance, x);
    const { channels, rows, chunks } = sizesOf(x);
    const partials = scratch(chunks * 3 * channels * 4);
    const moments = kernel(`batchNormMoments ${channels}`, (m, machine) =>
      emitBatchNormMoments(m, machine, channels),
    );
    run(moments, chunks, partials, read(x), rows);
    const stats = kernel(`batchNormStats ${channels}`, m => emitBatchNormStats(m, channels));
    run(stats, channels, write(mean), write(variance), partials, rows);
  },

  batchNorm(y, x, mean, variance, weight, bias, eps) {
    if (!areFloat32(y, x, mean, variance, weight, bias) || x.buffer.length === 0)
      return reference.batchNorm(y, x, mean, variance, weight, bias, eps);
    const { channels, rows } = sizesOf(x);
    const plan = { channels, weight: weight !== null, bias: bias !== null };
    const f = kernel(`batchNorm ${channels} ${plan.weight} ${plan.bias}`, m => emitBatchNorm(m, plan));
    const perChannel = [read(mean), read(variance), readOr0(weight), readOr0(bias)];
    run(f, rows, write(y), read(x), ...perChannel, eps);
  },

  batchNormBackward(dx, dWeight, dBias, dy, x, mean, variance, weight, eps, training) {
    if (!areFloat32(dx, dWeight, dBias, dy, x, mean, variance, weight) || x.buffer.length === 0)
      return reference.batchNormBackward(dx, dWeight, dBias, dy, x, mean, variance, weight, eps, training);
    const { channels, rows, ...sizes } = sizesOf(x);
    const chunks = dWeight || dBias || (dx && training) ? sizes.chunks : 0;
    const partials = scratch(chunks * 2 * channels * 4);
    const coefficients = scratch(3 * channels * 4);
    const [DY, X, M] = [read(dy), read(x), read(mean)];
    if (chunks > 0) {
      const sums = kernel(`batchNormGradientSums ${channels}`, (m, machine) =>
        emitBatchNormGradientSums(m, machine, channels),
      );
      run(sums, chunks, partials, DY, X, M, rows);
    }

    const writeOrDrop = (y: NdArray | null) => (y ? write(y) : scratch(channels * 4));
    const outputs = [writeOrDrop(dWeight), writeOrDrop(dBias), coefficients];
    const finish = kernel(`batchNormCoefficients ${channels} ${weight !== null}`, m =>
      emitBatchNormCoefficients(m, channels, weight !== null),
    );
    run(finish, channels, ...outputs, partials, read(variance), readOr0(weight), eps, chunks, rows);
    if (!dx) return;
    const f = kernel(`batchNormBackward ${channels} ${training}`, m =>
      emitBatchNormBackward(m, channels, training),
    );
    run(f, rows, write(dx), DY, X, M, coefficients);
  },
} satisfies Partial<Kernels>;
