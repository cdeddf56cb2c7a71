/** Direct convolution, channels last: for each pixel and tap, a small matrix of input by output channels. */
import type { NdArray } from '../array.ts';
import type { ConvGeometry, Kernels } from '../kernels.ts';
import { slide, type Window } from './window.ts';

/** Returns the weights [O, C/groups, kh, kw] reordered to [tap][c][o], output channels innermost. */
function byTap(w: NdArray): Float64Array {
  const [out, inner, kh, kw] = w.shape as [number, number, number, number];
  const W = w.buffer.array;
  const taps = new Float64Array(W.length);
  let i = 0;
  for (let o = 0; o < out; o++) {
    for (let c = 0; c < inner; c++) {
      for (let tap = 0; tap < kh * kw; tap++) taps[(tap * inner + c) * out + o] = W[i++]!;
    }
  }
  return taps;
}

function windowOf(w: NdArray, geometry: ConvGeometry): Window {
  return { ...geometry, kernel: [w.shape[2]!, w.shape[3]!] };
}

export const conv2d = {
  conv2d(y, x, w, bias, geometry) {
    const [, channels] = x.shape as [number, number];
    const [out, inner] = w.shape as [number, number];
    const perGroup = out / geometry.groups;
    const [Y, X, W] = [y.buffer.array, x.buffer.array, byTap(w)];
    const sums = new Float64Array(Y.length);
    if (bias) for (let i = 0; i < sums.length; i++) sums[i] = bias.buffer.array[i % out]!;
    slide(y.shape, x.shape, windowOf(w, geometry), (yPixel, xPixel, tap) => {
      for (let c = 0; c < channels; c++) {
        const value = X[xPixel * channels + c]!;
        const first = Math.floor(c / inner) * perGroup;
        const row = (tap * inner + (c % inner)) * out;
        for (let o = first; o < first + perGroup; o++) sums[yPixel * out + o]! += value * W[row + o]!;
      }
    });
    Y.set(sums);
  },

  conv2dBackwardInput(dx, dy, w, geometry) {
    const [, channels] = dx.shape as [number, number];
    const [out, inner] = w.shape as [number, number];
    const perGroup = out / geometry.groups;
    const [DX, DY, W] = [dx.buffer.array, dy.buffer.array, byTap(w)];
    const sums = new Float64Array(DX.length);
    slide(dy.shape, dx.shape, windowOf(w, geometry), (yPixel, xPixel, tap) => {
      for (let c = 0; c < channels; c++) {
        const first = Math.floor(c / inner) * perGroup;
        const row = (tap * inner + (c % inner)) * out;
        let sum = 0;
        for (let o = first; o < first + perGroup; o++) sum += DY[yPixel * out + o]! * W[row + o]!;
        sums[xPixel * channels + c]! += sum;
      }
    });
    DX.set(sums);
  },

  conv2dBackwardWeight(dw, dy, x, geometry) {
    const [, channels] = x.shape as [number, number];
    const [out, inner, kh, kw] = dw.shape as [number, number, number, number];
    const perGroup = out / geometry.groups;
    const [DW, DY, X] = [dw.buffer.array, dy.buffer.array, x.buffer.array];
    const sums = new Float64Array(DW.length);
    slide(dy.shape, x.shape, windowOf(dw, geometry), (yPixel, xPixel, tap) => {
      for (let c = 0; c < channels; c++) {
        const value = X[xPixel * channels + c]!;
        const first = Math.floor(c / inner) * perGroup;
        const row = (tap * inner + (c % inner)) * out;
        for (let o = first; o < first + perGroup; o++) sums[row + o]! += value * DY[yPixel * out + o]!;
      }
    });
    let i = 0;
    for (let o = 0; o < out; o++) {
      for (let c = 0; c < inner; c++) {
        for (let tap = 0; tap < kh * kw; tap++) DW[i++] = sums[(tap * inner + c) * out + o]!;
      }
    }
  },
} satisfies Partial<Kernels>;
