import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { floatResult, numeric } from './operands.ts';

/** x held between `low` and `high`, which wins where they cross; -Infinity and Infinity leave a side open. */
export const clamp = defineOp<readonly [NdArray], { low: number; high: number }, { x: NdArray }>({
  name: 'clamp',
  savesFirst: true,
  infer([x], { low, high }) {
    const whole = isWhole(low, -Infinity) && isWhole(high, Infinity);
    return whole ? numeric(x) : floatResult(x);
  },
  forward(k, y, [x], { low, high }) {
    k.clamp(y, x, low, high);
    return { x };
  },
  backward(k, [dx], dy, { x }, { low, high }) {
    if (dx) k.clampBackward(dx, dy, x, low, high);
  },
});

/** Whether integers stay such under a limit: it is an integer, or the infinity that leaves its side open. */
const isWhole = (limit: number, open: number) => Number.isInteger(limit) || limit === open;
