import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { floatResult } from './operands.ts';

/** eˣ. */
export const exp = defineOp<readonly [NdArray], void, { y: NdArray }>({
  name: 'exp',
  infer: ([x]) => floatResult(x),
  forward(k, y, [x]) {
    k.unary('exp', y, x);
    return { y };
  },
  backward(k, [dx], dy, { y }) {
    if (dx) k.binary('mul', dx, dy, y);
  },
});
