import type { NdArray } from '../backend/array.ts';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, formatShape, type Shape, sameShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { throughBroadcast } from './operands.ts';
import { expanded } from './reduce.ts';

/** A copy with dims of size 1 repeated, and new dims in front. */
export const expand = defineOp<readonly [NdArray], Shape>({
  name: 'expand',
  infer([x], shape) {
    if (!sameShape(broadcastShapes('expand', x.shape, shape), shape)) {
      throw new ShapeError(`expand: shape ${formatShape(x.shape)} does not expand to ${formatShape(shape)}`);
    }
    return { shape, dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, y, [x], shape) {
    k.copy(y, expanded(x, shape));
    return {};
  },
  backward(k, [dx], dy) {
    if (dx) throughBroadcast(k, dx, dy.shape, full => k.copy(full, dy));
  },
});
