import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { requireFloat } from './operands.ts';

/** eˣ / Σ eˣ along `dim`. */
export const softmax = defineOp<readonly [NdArray], { dim: number }, { y: NdArray }>({
  name: 'softmax',
  infer([x]) {
    requireFloat('softmax', x);
    return { ...x, format: 'contiguous' };
  },
  forward(k, y, [x], { dim }) {
    k.softmax(y, x, dim);
    return { y };
  },
  backward(k, [dx], dy, { y }, { dim }) {
    if (dx) k.softmaxBackward(dx, dy, y, dim);
  },
});
