import type { NdArray } from '../backend/array.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { formatShape } from '../shape.ts';
import { defineOp } from './op.ts';

/** x picked along `dim` by integer indices; the other sizes of x and indices agree. */
export const gather = defineOp<readonly [NdArray, NdArray], { dim: number }, { indices: NdArray }>({
  name: 'gather',
  infer([x, indices], { dim }) {
    if (indices.dtype !== 'int32') {
      throw new DTypeError(`gather: expected indices to be an int32 tensor, got ${indices.dtype}`);
    }
    const fits =
      x.shape.length === indices.shape.length &&
      x.shape.every((size, i) => i === dim || size === indices.shape[i]);
    if (!fits) {
      throw new ShapeError(
        `gather: expected indices to have the shape of x ${formatShape(x.shape)} but for dim ${dim}, got ${formatShape(indices.shape)}`,
      );
    }
    return { shape: indices.shape, dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, y, [x, indices], { dim }) {
    k.gather(y, x, indices, dim);
    return { indices };
  },
  backward(k, [dx], dy, { indices }, { dim }) {
    if (dx) k.gatherBackward(dx, dy, indices, dim);
  },
});
