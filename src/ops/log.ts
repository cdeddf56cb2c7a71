import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { floatResult } from './operands.ts';

/** The natural logarithm. */
export const log = defineOp<readonly [NdArray], void, { x: NdArray }>({
  name: 'log',
  infer: ([x]) => floatResult(x),
  forward(k, y, [x]) {
    k.unary('log', y, x);
    return { x };
  },
  backward(k, [dx], dy, { x }) {
    if (dx) k.binary('div', dx, dy, x);
  },
});
