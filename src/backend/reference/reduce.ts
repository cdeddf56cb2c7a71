/** Sums, extrema, and picking by index. */
import { broadcastStrides } from '../../shape.ts';
import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { walk } from './walk.ts';

/** Returns x read without its dim `dim`: the start of each line of elements along it. */
function lines(x: NdArray, dim: number): NdArray {
  return { ...x, shape: x.shape.map((size, i) => (i === dim ? 1 : size)) };
}

/** Returns y read in the shape of x, so that each of its elements meets all that go into it. */
function repeatedAs(y: NdArray, x: NdArray): NdArray {
  return { ...y, shape: x.shape, strides: broadcastStrides(y.shape, y.strides, x.shape) };
}

/** Sums integers exactly, however many: their upper and lower 16 bits apart. Returns the first sum that does not fit, or null. */
function sumInts(y: NdArray, x: NdArray): number | null {
  const upper = new Float64Array(y.buffer.length);
  const lower = new Float64Array(y.buffer.length);
  const X = x.buffer.array;
  walk([x, repeatedAs(y, x)], (i, j) => {
    upper[j]! += X[i]! >> 16;
    lower[j]! += X[i]! & 0xffff;
  });
  let unfit: number | null = null;
  walk([y], j => {
    const total = upper[j]! * 0x10000 + lower[j]!;
    y.buffer.array[j] = total;
    if (y.buffer.array[j] !== total) unfit ??= total;
  });
  return unfit;
}

export const reduce = {
  sum(y, x) {
    if (y.buffer.dtype === 'int32') return sumInts(y, x);
    const total = new Float64Array(y.buffer.length);
    const X = x.buffer.array;
    walk([x, repeatedAs(y, x)], (i, j) => {
      total[j]! += X[i]!;
    });
    walk([y], j => {
      y.buffer.array[j] = total[j]!;
    });
    return null;
  },

  argExtremum(which, indices, x, dim) {
    const X = x.buffer.array;
    const size = x.shape[dim] ?? 1;
    const stride = x.strides[dim] ?? 0;
    const sign = which === 'max' ? 1 : -1;
    walk([indices, lines(x, dim)], (i, start) => {
      let best = 0;
      let value = sign * X[start]!;
      for (let k = 1; k < size && !Number.isNaN(value); k++) {
        const v = sign * X[start + k * stride]!;
        if (v > value || Number.isNaN(v)) {
          best = k;
          value = v;
        }
      }
      indices.buffer.array[i] = best;
    });
  },

  gather(y, x, indices, dim) {
    const stride = x.strides[dim] ?? 0;
    const starts = { ...x, shape: y.shape, strides: x.strides.map((s, i) => (i === dim ? 0 : s)) };
    walk([y, starts, indices], (i, start, k) => {
      y.buffer.array[i] = x.buffer.array[start + indices.buffer.array[k]! * stride]!;
    });
  },

  gatherBackward(dx, dy, indices, dim) {
    const stride = dx.strides[dim] ?? 0;
    const starts = { ...dx, shape: dy.shape, strides: dx.strides.map((s, i) => (i === dim ? 0 : s)) };
    walk([dx], i => {
      dx.buffer.array[i] = 0;
    });
    walk([dy, starts, indices], (i, start, k) => {
      dx.buffer.array[start + indices.buffer.array[k]! * stride]! += dy.buffer.array[i]!;
    });
  },
} satisfies Partial<Kernels>;
