import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';

/** |x|; the gradient at 0 is 0, as in PyTorch. */
export const abs = defineOp<readonly [NdArray], void, { x: NdArray }>({
  name: 'abs',
  infer: ([x]) => x,
  forward(k, y, [x]) {
    k.unary('abs', y, x);
    return { x };
  },
  backward(k, [dx], dy, { x }) {
    if (dx) k.unaryBackward('abs', dx, dy, x);
  },
});
