import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { arithmetic, throughBroadcast } from './operands.ts';

/** a - b. */
export const sub = defineOp<readonly [NdArray, NdArray]>({
  name: 'sub',
  infer: ([a, b]) => arithmetic('sub', a, b),
  forward(k, y, [a, b]) {
    k.binary('sub', y, a, b);
    return {};
  },
  backward(k, [da, db], dy) {
    if (da) throughBroadcast(k, da, dy.shape, full => k.copy(full, dy));
    if (db) throughBroadcast(k, db, dy.shape, full => k.unary('neg', full, dy));
  },
});
