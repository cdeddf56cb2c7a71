import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';

/** Where the largest or smallest element lies along `dim`, which is not empty and is kept as size 1: the first of equals, NaN before all. */
export const argExtremum = defineOp<readonly [NdArray], { which: 'max' | 'min'; dim: number }>({
  name: 'argExtremum',
  infer: ([x], { dim }) => ({
    shape: x.shape.map((size, i) => (i === dim ? 1 : size)),
    dtype: 'int32',
    format: 'contiguous',
  }),
  forward(k, y, [x], { which, dim }) {
    k.argExtremum(which, y, x, dim);
    return {};
  },
  backward: null,
});
