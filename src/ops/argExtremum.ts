import type { NdArray } from '../backend/array.ts';
import { ShapeError } from '../errors.ts';
import { formatShape } from '../shape.ts';
import { defineOp } from './op.ts';

/** Where the largest or smallest element lies along `dim`, which is kept as size 1: the first of equals, NaN before all. */
export const argExtremum = defineOp<readonly [NdArray], { which: 'max' | 'min'; dim: number }>({
  name: 'argExtremum',
  infer([x], { which, dim }) {
    if (x.shape[dim] === 0) {
      throw new ShapeError(
        `${which}: Expected reduction dim ${dim} to have non-zero size, got shape ${formatShape(x.shape)}`,
      );
    }
    const shape = x.shape.map((size, i) => (i === dim ? 1 : size));
    return { shape, dtype: 'int32', format: 'contiguous' };
  },
  forward(k, y, [x], { which, dim }) {
    k.argExtremum(which, y, x, dim);
    return {};
  },
  backward: null,
});
