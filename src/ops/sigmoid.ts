import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { floatResult } from './operands.ts';

/** 1 / (1 + e⁻ˣ). */
export const sigmoid = defineOp<readonly [NdArray], void, { y: NdArray }>({
  name: 'sigmoid',
  infer: ([x]) => floatResult(x),
  forward(k, y, [x]) {
    k.unary('sigmoid', y, x);
    return { y };
  },
  backward(k, [dx], dy, { y }) {
    if (dx) k.unaryBackward('sigmoid', dx, dy, y);
  },
});
