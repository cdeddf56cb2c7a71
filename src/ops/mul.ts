import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { elementwise, throughBroadcast } from './operands.ts';

/** a · b; of two bools, a and b. */
export const mul = defineOp<readonly [NdArray, NdArray], void, { a: NdArray; b: NdArray }>({
  name: 'mul',
  savesFirst: true,
  infer: ([a, b]) => elementwise('mul', a, b),
  forward(k, y, [a, b]) {
    k.binary('mul', y, a, b);
    return { a, b };
  },
  backward(k, [da, db], dy, saved) {
    if (da) throughBroadcast(k, da, dy.shape, full => k.binary('mul', full, dy, saved.b));
    if (db) throughBroadcast(k, db, dy.shape, full => k.binary('mul', full, dy, saved.a));
  },
});
