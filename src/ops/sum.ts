import type { NdArray } from '../backend/array.ts';
import { DTypeError } from '../errors.ts';
import { formatShape, reducedShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { dimsKept, expanded, type Reduce } from './reduce.ts';

/** The sum over `dims`; that of integers and bools is int32, and throws where it does not fit. */
export const sum = defineOp<readonly [NdArray], Reduce>({
  name: 'sum',
  infer: ([x], { dims, keepdim }) => ({
    shape: reducedShape(x.shape, dims, keepdim),
    dtype: x.dtype === 'bool' ? 'int32' : x.dtype,
    format: 'contiguous',
  }),
  forward(k, y, [x], args) {
    const unfit = k.sum(dimsKept(y, x.shape, args.dims), x);
    if (unfit !== null) {
      throw new DTypeError(
        `sum: the sum ${unfit} of an ${x.buffer.dtype} tensor of shape ${formatShape(x.shape)} does not fit int32; use x.to('float64').sum()`,
      );
    }
    return {};
  },
  backward(k, [dx], dy, _, { dims }) {
    if (dx) k.copy(dx, expanded(dimsKept(dy, dx.shape, dims), dx.shape));
  },
});
