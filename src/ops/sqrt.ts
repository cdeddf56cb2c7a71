import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { floatResult } from './operands.ts';

/** √x. */
export const sqrt = defineOp<readonly [NdArray], void, { y: NdArray }>({
  name: 'sqrt',
  infer: ([x]) => floatResult(x),
  forward(k, y, [x]) {
    k.unary('sqrt', y, x);
    return { y };
  },
  backward(k, [dx], dy, { y }) {
    if (dx) k.unaryBackward('sqrt', dx, dy, y);
  },
});
