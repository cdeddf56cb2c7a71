import type { Shape } from '../../shape.ts';
import type { AvgPoolGeometry, Kernels } from '../kernels.ts';
import { slide } from './window.ts';

/** Returns, for each output pixel of an image, how many elements its mean is over. */
function divisors(yShape: Shape, xShape: Shape, geometry: AvgPoolGeometry): Float64Array {
  const [, , yHeight, yWidth] = yShape as [number, number, number, number];
  const { kernel, stride, padding, countIncludePad, divisorOverride } = geometry;
  const extent = (i: 0 | 1, o: number) => {
    const start = o * stride[i] - padding[i];
    // A window that hangs over by ceilMode counts the padding, but nothing beyond it.
    const end = Math.min(start + kernel[i], xShape[2 + i]! + padding[i]);
    return countIncludePad ? end - start : Math.min(end, xShape[2 + i]!) - Math.max(start, 0);
  };
  return Float64Array.from(
    { length: yHeight * yWidth },
    (_, p) => divisorOverride ?? extent(0, Math.floor(p / yWidth)) * extent(1, p % yWidth),
  );
}

export const pool = {
  maxPool2d(y, indices, x, geometry) {
    const [, channels, height, width] = x.shape as [number, number, number, number];
    const [Y, I, X] = [y.buffer.array, indices.buffer.array, x.buffer.array];
    Y.fill(-Infinity);
    I.fill(-1);
    slide(y.shape, x.shape, geometry, (yPixel, xPixel) => {
      for (let c = 0; c < channels; c++) {
        const i = yPixel * channels + c;
        const value = X[xPixel * channels + c]!;
        if (value > Y[i]! || Number.isNaN(value) || I[i] === -1) {
          Y[i] = value;
          I[i] = xPixel % (height * width);
        }
      }
    });
  },

  maxPool2dBackward(dx, dy, indices) {
    const [, channels, height, width] = dx.shape as [number, number, number, number];
    const perImage = dy.shape[2]! * dy.shape[3]! * channels;
    const [DX, DY, I] = [dx.buffer.array, dy.buffer.array, indices.buffer.array];
    DX.fill(0);
    for (let i = 0; i < DY.length; i++) {
      // A window that has no tap on the image took nothing from it.
      if (I[i] === -1) continue;
      const image = Math.floor(i / perImage);
      DX[(image * height * width + I[i]!) * channels + (i % channels)]! += DY[i]!;
    }
  },

  avgPool2d(y, x, geometry) {
    const channels = x.shape[1]!;
    const [Y, X] = [y.buffer.array, x.buffer.array];
    const divisor = divisors(y.shape, x.shape, geometry);
    const sums = new Float64Array(Y.length);
    slide(y.shape, x.shape, geometry, (yPixel, xPixel) => {
      for (let c = 0; c < channels; c++) sums[yPixel * channels + c]! += X[xPixel * channels + c]!;
    });
    for (let i = 0; i < sums.length; i++)
      Y[i] = sums[i]! / divisor[Math.floor(i / channels) % divisor.length]!;
  },

  avgPool2dBackward(dx, dy, geometry) {
    const channels = dx.shape[1]!;
    const [DX, DY] = [dx.buffer.array, dy.buffer.array];
    const divisor = divisors(dy.shape, dx.shape, geometry);
    const sums = new Float64Array(DX.length);
    slide(dy.shape, dx.shape, geometry, (yPixel, xPixel) => {
      const share = 1 / divisor[yPixel % divisor.length]!;
      for (let c = 0; c < channels; c++) sums[xPixel * channels + c]! += DY[yPixel * channels + c]! * share;
    });
    DX.set(sums);
  },
} satisfies Partial<Kernels>;
