import type { NdArray } from '../backend/array.ts';
import { DTypeError } from '../errors.ts';
import { defineOp } from './op.ts';
import { constant, elementwise, throughBroadcast } from './operands.ts';

/** condition ? a : b, element by element. */
export const where = defineOp<readonly [NdArray, NdArray, NdArray], void, { condition: NdArray }>({
  name: 'where',
  infer([condition, a, b]) {
    if (condition.dtype !== 'bool') {
      throw new DTypeError(`where: expected condition to be a bool tensor, got ${condition.dtype}`);
    }
    return { ...elementwise('where', a, b, condition), dtype: elementwise('where', a, b).dtype };
  },
  forward(k, y, [condition, a, b]) {
    k.where(y, condition, a, b);
    return { condition };
  },
  backward(k, [, da, db], dy, { condition }) {
    const zero = constant(k, 0, dy.buffer.dtype);
    if (da) throughBroadcast(k, da, dy.shape, full => k.where(full, condition, dy, zero));
    if (db) throughBroadcast(k, db, dy.shape, full => k.where(full, condition, zero, dy));
  },
});
