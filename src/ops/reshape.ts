import { isDense, type NdArray } from '../backend/array.ts';
import type { Shape } from '../shape.ts';
import { defineOp } from './op.ts';
import { dense, reshaped } from './operands.ts';

/** The same elements in row-major order under another shape; shares them where they already lie in that order. */
export const reshape = defineOp<readonly [NdArray], Shape>({
  name: 'reshape',
  infer: ([x], shape) => ({ shape, dtype: x.dtype, format: 'contiguous' }),
  alias: (x, shape) => (isDense(x, 'contiguous') ? reshaped(x, shape) : null),
  forward(k, y, [x]) {
    k.copy(reshaped(y, x.shape), x);
    return {};
  },
  backward(k, [dx], dy) {
    if (dx) k.copy(dx, reshaped(dense(k, dy, 'contiguous'), dx.shape));
  },
});
