import type { ArrayType, NdArray } from '../backend/array.ts';
import type { Kernels } from '../backend/kernels.ts';
import { reducedShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { constant, requireFloat } from './operands.ts';
import { countReduced, dimsKept, expanded, type Reduce } from './reduce.ts';

export interface Variance extends Reduce {
  /** What is taken off the number of elements. */
  readonly correction: number;
}

/** Σ (x - mean)² / max(0, n - correction) over `dims`, in two passes. */
export const variance = defineOp<readonly [NdArray], Variance, { centred: NdArray }>({
  name: 'var',
  infer: ([x], args) => inferVariance('var', x, args),
  forward: (k, y, [x], args) => ({ centred: computeVariance(k, y, x, args) }),
  backward(k, [dx], dy, { centred }, args) {
    if (dx) varianceGradient(k, dx, dy, centred, args);
  },
});

export function inferVariance(op: string, x: ArrayType, { dims, keepdim }: Variance): ArrayType {
  requireFloat(op, x);
  return { shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype, format: 'contiguous' };
}

/** Fills y; returns x - mean. */
export function computeVariance(k: Kernels, y: NdArray, x: NdArray, { dims, correction }: Variance): NdArray {
  const n = countReduced(x.shape, dims);
  const kept = dimsKept(y, x.shape, dims);
  k.sum(kept, x);
  divide(k, kept, n);
  const centred = k.empty(x.shape, x.buffer.dtype);
  k.binary('sub', centred, x, kept);
  const squares = k.empty(x.shape, x.buffer.dtype);
  k.binary('mul', squares, centred, centred);
  k.sum(kept, squares);
  divide(k, kept, Math.max(0, n - correction));
  return centred;
}

/** dx = dy · 2 · centred / max(0, n - correction): the mean's own part of the gradient is Σ (x - mean) = 0. */
export function varianceGradient(
  k: Kernels,
  dx: NdArray,
  dy: NdArray,
  centred: NdArray,
  { dims, correction }: Variance,
): void {
  const scale = 2 / Math.max(0, countReduced(dx.shape, dims) - correction);
  k.binary('mul', dx, centred, expanded(dimsKept(dy, dx.shape, dims), dx.shape));
  k.binary('mul', dx, dx, constant(k, scale, dx.buffer.dtype));
}

function divide(k: Kernels, x: NdArray, n: number): void {
  k.binary('div', x, x, constant(k, n, x.buffer.dtype));
}
