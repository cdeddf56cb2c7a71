import type { NdArray } from '../backend/array.ts';
import type { CompareOp } from '../backend/kernels.ts';
import { defineOp } from './op.ts';
import { elementwise } from './operands.ts';

/** a == b and its kin, as bool; comparisons with NaN are false, but for `ne`. */
export const compare = defineOp<readonly [NdArray, NdArray], CompareOp>({
  name: 'compare',
  infer: ([a, b], which) => ({ ...elementwise(which, a, b), dtype: 'bool' }),
  forward(k, y, [a, b], which) {
    k.compare(which, y, a, b);
    return {};
  },
  backward: null,
});
