/** A copy of dy in which every group has the four channels of a vector. */
import { forRange, i32, type Module, type Val, v128 } from '../asm/index.ts';

/** Emits y [groups][4] = x [groups][channels], zero behind them, for 1, 2 or 3 channels; groups of all pixels, a unit each. */
export function emitWiden(m: Module, channels: number) {
  const params = { y: i32, x: i32, begin: i32, end: i32 };
  return m.func({ name: 'widen', params }, (f, { y, x, begin, end }) => {
    const group = f.local(i32, 'group');
    forRange(f, group, begin, end, 1, () => {
      const from = f.let(i32.add(x, i32.mul(group, 4 * channels)), 'from');
      v128.store(f, i32.add(y, i32.shl(group, 4)), loadFirst(from, channels));
    });
  });
}

function loadFirst(from: Val<'i32'>, channels: number): Val<'v128'> {
  if (channels === 1) return v128.load32Zero(from);
  const two = v128.load64Zero(from);
  return channels === 2 ? two : v128.load32Lane(from, two, 2, 8);
}
