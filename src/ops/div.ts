import type { NdArray } from '../backend/array.ts';
import { isFloat } from '../dtype.ts';
import { defineOp } from './op.ts';
import { elementwise, throughBroadcast } from './operands.ts';

/** a / b, the true quotient: that of integers is float32. */
export const div = defineOp<readonly [NdArray, NdArray], void, { b: NdArray; y: NdArray }>({
  name: 'div',
  infer([a, b]) {
    const type = elementwise('div', a, b);
    return isFloat(type.dtype) ? type : { ...type, dtype: 'float32' };
  },
  forward(k, y, [a, b]) {
    k.binary('div', y, a, b);
    return { b, y };
  },
  backward(k, [da, db], dy, saved) {
    if (da) throughBroadcast(k, da, dy.shape, full => k.binary('div', full, dy, saved.b));
    // ∂(a/b)/∂b = -a/b² = -y/b
    if (db) {
      throughBroadcast(k, db, dy.shape, full => {
        k.binary('mul', full, dy, saved.y);
        k.binary('div', full, full, saved.b);
        k.unary('neg', full, full);
      });
    }
  },
});
