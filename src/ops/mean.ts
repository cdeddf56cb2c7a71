import type { NdArray } from '../backend/array.ts';
import { reducedShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { constant, requireFloat } from './operands.ts';
import { countReduced, dimsKept, expanded, type Reduce } from './reduce.ts';

/** The mean over `dims`; NaN over nothing. */
export const mean = defineOp<readonly [NdArray], Reduce>({
  name: 'mean',
  infer([x], { dims, keepdim }) {
    requireFloat('mean', x);
    return { shape: reducedShape(x.shape, dims, keepdim), dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, y, [x], { dims }) {
    k.sum(dimsKept(y, x.shape, dims), x);
    k.binary('div', y, y, constant(k, countReduced(x.shape, dims), y.buffer.dtype));
    return {};
  },
  backward(k, [dx], dy, _, { dims }) {
    if (!dx) return;
    const spread = expanded(dimsKept(dy, dx.shape, dims), dx.shape);
    k.binary('div', dx, spread, constant(k, countReduced(dx.shape, dims), dy.buffer.dtype));
  },
});
