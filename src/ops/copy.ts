import type { NdArray } from '../backend/array.ts';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, formatShape, sameShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { throughBroadcast } from './operands.ts';
import { expanded } from './reduce.ts';

/** The elements of `from`, in the shape, dtype and layout of x. */
export const copy = defineOp<readonly [NdArray, NdArray]>({
  name: 'copy',
  infer([x, from]) {
    if (!sameShape(broadcastShapes('copy_', x.shape, from.shape), x.shape)) {
      throw new ShapeError(
        `copy_: shape ${formatShape(from.shape)} does not broadcast to ${formatShape(x.shape)}`,
      );
    }
    return x;
  },
  forward(k, y, [, from]) {
    k.copy(y, expanded(from, y.shape));
    return {};
  },
  backward(k, [dx, dFrom], dy) {
    if (dx) k.fill(dx, 0);
    if (dFrom) throughBroadcast(k, dFrom, dy.shape, full => k.copy(full, dy));
  },
});
