import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { floatResult } from './operands.ts';

/** x held between `low` and `high`; -Infinity and Infinity leave a side open. */
export const clamp = defineOp<readonly [NdArray], { low: number; high: number }, { x: NdArray }>({
  name: 'clamp',
  savesFirst: true,
  infer: ([x], { low, high }) =>
    [low, high].some(v => v % 1 !== 0 && Number.isFinite(v)) ? floatResult(x) : x,
  forward(k, y, [x], { low, high }) {
    k.clamp(y, x, low, high);
    return { x };
  },
  backward(k, [dx], dy, { x }, { low, high }) {
    if (dx) k.clampBackward(dx, dy, x, low, high);
  },
});
