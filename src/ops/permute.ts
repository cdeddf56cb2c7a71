import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { permuted } from './operands.ts';

/** A copy with its dims in another order. */
export const permute = defineOp<readonly [NdArray], { dims: readonly number[] }>({
  name: 'permute',
  infer: ([x], { dims }) => ({ shape: dims.map(d => x.shape[d]!), dtype: x.dtype, format: 'contiguous' }),
  forward(k, y, [x], { dims }) {
    k.copy(y, permuted(x, dims));
    return {};
  },
  backward(k, [dx], dy, _, { dims }) {
    if (dx) k.copy(permuted(dx, dims), dy);
  },
});
