import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { walk } from './walk.ts';

/** Calls `visit` with the start of each line along `dim` in every array, and gives its length and the strides. */
function forEachLine(
  arrays: readonly NdArray[],
  dim: number,
  visit: (size: number, starts: readonly number[], strides: readonly number[]) => void,
): void {
  const size = arrays[0]!.shape[dim] ?? 1;
  if (size === 0) return;
  const strides = arrays.map(x => x.strides[dim] ?? 0);
  const firsts = arrays.map(x => ({ ...x, shape: x.shape.map((n, i) => (i === dim ? 1 : n)) }));
  walk(firsts, (...starts) => visit(size, starts, strides));
}

/** Fills one line with f(x, log Σ eˣ); the largest is subtracted first, so that no power overflows. */
function normalise(y: NdArray, x: NdArray, dim: number, f: (x: number, logSum: number) => number): void {
  const [Y, X] = [y.buffer.array, x.buffer.array];
  forEachLine([y, x], dim, (size, [y0, x0], [ys, xs]) => {
    let largest = -Infinity;
    for (let k = 0; k < size; k++) largest = Math.max(largest, X[x0! + k * xs!]!);
    let sum = 0;
    for (let k = 0; k < size; k++) sum += Math.exp(X[x0! + k * xs!]! - largest);
    for (let k = 0; k < size; k++) Y[y0! + k * ys!] = f(X[x0! + k * xs!]! - largest, Math.log(sum));
  });
}

/** Fills one line with f(dy, y, Σ term(dy, y)). */
function gradient(
  dx: NdArray,
  dy: NdArray,
  y: NdArray,
  dim: number,
  term: (dy: number, y: number) => number,
  f: (dy: number, y: number, sum: number) => number,
): void {
  const [DX, DY, Y] = [dx.buffer.array, dy.buffer.array, y.buffer.array];
  forEachLine([dx, dy, y], dim, (size, [dx0, dy0, y0], [dxs, dys, ys]) => {
    let sum = 0;
    for (let k = 0; k < size; k++) sum += term(DY[dy0! + k * dys!]!, Y[y0! + k * ys!]!);
    for (let k = 0; k < size; k++) DX[dx0! + k * dxs!] = f(DY[dy0! + k * dys!]!, Y[y0! + k * ys!]!, sum);
  });
}

export const softmax = {
  softmax: (y, x, dim) => normalise(y, x, dim, (v, logSum) => Math.exp(v - logSum)),
  softmaxBackward(dx, dy, y, dim) {
    gradient(
      dx,
      dy,
      y,
      dim,
      (g, p) => g * p,
      (g, p, sum) => p * (g - sum),
    );
  },
  logSoftmax: (y, x, dim) => normalise(y, x, dim, (v, logSum) => v - logSum),
  logSoftmaxBackward(dx, dy, y, dim) {
    gradient(
      dx,
      dy,
      y,
      dim,
      g => g,
      (g, logP, sum) => g - Math.exp(logP) * sum,
    );
  },
} satisfies Partial<Kernels>;
