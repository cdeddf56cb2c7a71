import type { NdArray } from '../backend/array.ts';
import { isFloat } from '../dtype.ts';
import { defineOp } from './op.ts';
import { elementwise, throughBroadcast } from './operands.ts';

/** a / b, the true quotient: that of integers is float32. */
export const div = defineOp<readonly [NdArray, NdArray], void, { a: NdArray; b: NdArray }>({
  name: 'div',
  savesFirst: true,
  infer([a, b]) {
    const type = elementwise('div', a, b);
    return isFloat(type.dtype) ? type : { ...type, dtype: 'float32' };
  },
  forward(k, y, [a, b]) {
    k.binary('div', y, a, b);
    return { a, b };
  },
  backward(k, [da, db], dy, saved) {
    if (da) throughBroadcast(k, da, dy.shape, full => k.binary('div', full, dy, saved.b));
    // ∂(a/b)/∂b = -(a/b)/b: the quotient anew, for the result may be changed in place, as in PyTorch.
    if (db) {
      throughBroadcast(k, db, dy.shape, full => {
        k.binary('div', full, saved.a, saved.b);
        k.binary('mul', full, full, dy);
        k.binary('div', full, full, saved.b);
        k.unary('neg', full, full);
      });
    }
  },
});
