import type { NdArray } from '../backend/array.ts';
import type { Kernels } from '../backend/kernels.ts';
import { reducedShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { constant, requireFloat } from './operands.ts';
import { countReduced, dimsKept, expanded, type Reduce } from './reduce.ts';

/** Σ (x - mean)² / max(0, n - correction) over `dims`, in two passes. */
export const variance = defineOp<readonly [NdArray], Reduce & { correction: number }, { centred: NdArray }>({
  name: 'var',
  infer([x], { dims, keepdim }) {
    requireFloat('var', x);
    return { shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, y, [x], { dims, correction }) {
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
    return { centred };
  },
  // The mean's own part of the gradient is Σ (x - mean) = 0.
  backward(k, [dx], dy, { centred }, { dims, correction }) {
    if (!dx) return;
    const scale = 2 / Math.max(0, countReduced(dx.shape, dims) - correction);
    k.binary('mul', dx, centred, expanded(dimsKept(dy, dx.shape, dims), dx.shape));
    k.binary('mul', dx, dx, constant(k, scale, dx.buffer.dtype));
  },
});

function divide(k: Kernels, x: NdArray, n: number): void {
  k.binary('div', x, x, constant(k, n, x.buffer.dtype));
}
