import type { NdArray } from '../backend/array.ts';
import type { DType } from '../dtype.ts';
import { defineOp } from './op.ts';

/** A copy of x in another dtype; with its own dtype, a clone. */
export const cast = defineOp<readonly [NdArray], DType>({
  name: 'cast',
  infer: ([x], dtype) => ({ ...x, dtype }),
  forward(k, y, [x]) {
    k.copy(y, x);
    return {};
  },
  backward(k, [dx], dy) {
    if (dx) k.copy(dx, dy);
  },
});
