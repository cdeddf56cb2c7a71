import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { elementwise, throughBroadcast } from './operands.ts';

/** a + b; of two bools, a or b. */
export const add = defineOp<readonly [NdArray, NdArray]>({
  name: 'add',
  infer: ([a, b]) => elementwise('add', a, b),
  forward(k, y, [a, b]) {
    k.binary('add', y, a, b);
    return {};
  },
  backward(k, [da, db], dy) {
    if (da) throughBroadcast(k, da, dy.shape, full => k.copy(full, dy));
    if (db) throughBroadcast(k, db, dy.shape, full => k.copy(full, dy));
  },
});
