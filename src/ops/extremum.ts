import type { NdArray } from '../backend/array.ts';
import { ShapeError } from '../errors.ts';
import { numel } from '../shape.ts';
import { defineOp } from './op.ts';
import { constant, dense, reshaped } from './operands.ts';

/** The largest or smallest element of all, NaN before all; equals share the gradient evenly, as in PyTorch. */
export const extremum = defineOp<readonly [NdArray], 'max' | 'min', { x: NdArray; y: NdArray }>({
  name: 'extremum',
  infer([x], which) {
    if (numel(x.shape) === 0) {
      throw new ShapeError(
        `${which}: expected at least one element, got shape [${x.shape.join(', ')}]; give a dim`,
      );
    }
    return { shape: [], dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, y, [x], which) {
    const flat = reshaped(dense(k, x, 'contiguous'), [numel(x.shape)]);
    const index = k.empty([1], 'int32');
    k.argExtremum(which, index, flat, 0);
    k.gather(reshaped(y, [1]), flat, index, 0);
    return { x, y };
  },
  backward(k, [dx], dy, { x, y }) {
    if (!dx) return;
    const hit = k.empty(x.shape, 'bool');
    k.compare('eq', hit, x, y);
    // If there is a NaN then it is the result, and equals nothing, not even itself.
    const nan = k.empty(x.shape, 'bool');
    k.compare('ne', nan, x, x);
    k.binary('add', hit, hit, nan);
    const hits = k.empty([], dy.buffer.dtype);
    k.sum(
      reshaped(
        hits,
        x.shape.map(() => 1),
      ),
      hit,
    );
    const share = k.empty([], dy.buffer.dtype);
    k.binary('div', share, dy, hits);
    k.where(dx, hit, share, constant(k, 0, dy.buffer.dtype));
  },
});
