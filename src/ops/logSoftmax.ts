import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { requireFloat } from './operands.ts';

/** x - log Σ eˣ along `dim`. */
export const logSoftmax = defineOp<readonly [NdArray], { dim: number }, { y: NdArray }>({
  name: 'logSoftmax',
  infer([x]) {
    requireFloat('logSoftmax', x);
    return { ...x, format: 'contiguous' };
  },
  forward(k, y, [x], { dim }) {
    k.logSoftmax(y, x, dim);
    return { y };
  },
  backward(k, [dx], dy, { y }, { dim }) {
    if (dx) k.logSoftmaxBackward(dx, dy, y, dim);
  },
});
