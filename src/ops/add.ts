import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { arithmetic, throughBroadcast } from './operands.ts';

/** a + b. */
export const add = defineOp<readonly [NdArray, NdArray]>({
  name: 'add',
  infer: ([a, b]) => arithmetic('add', a, b),
  forward(k, y, [a, b]) {
    k.binary('add', y, a, b);
    return {};
  },
  backward(k, [da, db], dy) {
    if (da) throughBroadcast(k, da, dy.shape, full => k.copy(full, dy));
    if (db) throughBroadcast(k, db, dy.shape, full => k.copy(full, dy));
  },
});
