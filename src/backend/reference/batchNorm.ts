/** Batch norm over the rows of an NHWC image: element i belongs to channel i mod C. */
import type { Kernels } from '../kernels.ts';

export const batchNorm = {
  batchNormStats(mean, variance, x) {
    const X = x.buffer.array;
    const channels = x.shape[1]!;
    const rows = X.length / channels;
    const sums = new Float64Array(channels);
    for (let i = 0; i < X.length; i++) sums[i % channels]! += X[i]! / rows;
    const squares = new Float64Array(channels);
    for (let i = 0; i < X.length; i++) squares[i % channels]! += (X[i]! - sums[i % channels]!) ** 2 / rows;
    mean.buffer.array.set(sums);
    variance.buffer.array.set(squares);
  },

  batchNorm(y, x, mean, variance, weight, bias, eps) {
    const X = x.buffer.array;
    const channels = x.shape[1]!;
    const M = mean.buffer.array;
    const scale = Float64Array.from(
      variance.buffer.array,
      (v, c) => (weight?.buffer.array[c] ?? 1) / Math.sqrt(v + eps),
    );
    const B = bias?.buffer.array;
    for (let i = 0; i < X.length; i++) {
      const c = i % channels;
      y.buffer.array[i] = (X[i]! - M[c]!) * scale[c]! + (B?.[c] ?? 0);
    }
  },

  batchNormBackward(dx, dWeight, dBias, dy, x, mean, variance, weight, eps, training) {
    const [DY, X, M] = [dy.buffer.array, x.buffer.array, mean.buffer.array];
    const channels = x.shape[1]!;
    const rows = X.length / channels;
    const invStd = Float64Array.from(variance.buffer.array, v => 1 / Math.sqrt(v + eps));
    const sumDy = new Float64Array(channels);
    const sumDyNorm = new Float64Array(channels);
    for (let i = 0; i < X.length; i++) {
      const c = i % channels;
      sumDy[c]! += DY[i]!;
      sumDyNorm[c]! += DY[i]! * (X[i]! - M[c]!) * invStd[c]!;
    }
    dWeight?.buffer.array.set(sumDyNorm);
    dBias?.buffer.array.set(sumDy);
    if (!dx) return;
    for (let i = 0; i < X.length; i++) {
      const c = i % channels;
      const scale = (weight?.buffer.array[c] ?? 1) * invStd[c]!;
      const norm = (X[i]! - M[c]!) * invStd[c]!;
      const through = training ? (sumDy[c]! + norm * sumDyNorm[c]!) / rows : 0;
      dx.buffer.array[i] = scale * (DY[i]! - through);
    }
  },
} satisfies Partial<Kernels>;
