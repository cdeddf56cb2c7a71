import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { floatResult } from './operands.ts';

/** The hyperbolic tangent. */
export const tanh = defineOp<readonly [NdArray], void, { y: NdArray }>({
  name: 'tanh',
  infer: ([x]) => floatResult(x),
  forward(k, y, [x]) {
    k.unary('tanh', y, x);
    return { y };
  },
  backward(k, [dx], dy, { y }) {
    if (dx) k.unaryBackward('tanh', dx, dy, y);
  },
});
