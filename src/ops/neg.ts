import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { numeric } from './operands.ts';

/** -x. */
export const neg = defineOp<readonly [NdArray]>({
  name: 'neg',
  infer: ([x]) => numeric(x),
  forward(k, y, [x]) {
    k.unary('neg', y, x);
    return {};
  },
  backward(k, [dx], dy) {
    if (dx) k.unary('neg', dx, dy);
  },
});
