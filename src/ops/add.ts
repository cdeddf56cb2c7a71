import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { aligned, elementwise } from './operands.ts';

/** a + b; of two bools, a or b. */
export const add = defineOp<readonly [NdArray, NdArray]>({
  name: 'add',
  passesOn: true,
  infer: ([a, b]) => elementwise('add', a, b),
  forward(k, y, [a, b]) {
    k.binary('add', y, a, b);
    return {};
  },
  backward(k, [da, db], dy) {
    if (da) k.sum(aligned(da, dy.shape), dy);
    if (db) k.sum(aligned(db, dy.shape), dy);
  },
});
