import type { NdArray } from '../backend/array.ts';
import { reducedShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { dimsKept, expanded, type Reduce } from './reduce.ts';

/** The sum over `dims`; that of integers and bools is int32. */
export const sum = defineOp<readonly [NdArray], Reduce>({
  name: 'sum',
  infer: ([x], { dims, keepdim }) => ({
    shape: reducedShape(x.shape, dims, keepdim),
    dtype: x.dtype === 'bool' ? 'int32' : x.dtype,
    format: 'contiguous',
  }),
  forward(k, y, [x], args) {
    k.sum(dimsKept(y, x.shape, args.dims), x);
    return {};
  },
  backward(k, [dx], dy, _, { dims }) {
    if (dx) k.copy(dx, expanded(dimsKept(dy, dx.shape, dims), dx.shape));
  },
});
