import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';

/** max(x, 0); NaN stays, and the gradient at 0 is 0. */
export const relu = defineOp<readonly [NdArray], void, { y: NdArray }>({
  name: 'relu',
  infer: ([x]) => x,
  forward(k, y, [x]) {
    k.unary('relu', y, x);
    return { y };
  },
  backward(k, [dx], dy, { y }) {
    if (dx) k.unaryBackward('relu', dx, dy, y);
  },
});
