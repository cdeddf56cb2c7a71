import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { requireFloat } from './operands.ts';

export interface DropoutArgs {
  readonly p: number;
  readonly seed: number;
  /** Drop whole channels of [N, C, ...] instead of single elements. */
  readonly channels: boolean;
}

/** x with elements zeroed with probability p and the others scaled by 1 / (1 - p) (Srivastava et al. 2014). */
export const dropout = defineOp<readonly [NdArray], DropoutArgs, { mask: NdArray }>({
  name: 'dropout',
  infer([x]) {
    requireFloat('dropout', x);
    return x;
  },
  forward(k, y, [x], { p, seed, channels }) {
    const shape = channels ? x.shape.map((size, i) => (i < 2 ? size : 1)) : x.shape;
    const mask = k.empty(shape, x.buffer.dtype);
    k.dropoutMask(mask, p, seed);
    k.binary('mul', y, x, mask);
    return { mask };
  },
  backward(k, [dx], dy, { mask }) {
    if (dx) k.binary('mul', dx, dy, mask);
  },
});
