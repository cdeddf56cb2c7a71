/** The copy of bytes as they lie. */
import { type Func, i32, type Module, memory, select } from '../asm/index.ts';
import { type Ints, i32Params } from './strided.ts';

/** Bytes in a unit of work. */
export const copyUnit = 16384;

/** Emits the copy of `bytes` bytes from x to y. Units are runs of `copyUnit` bytes. Params: y, x, bytes. */
export function emitCopy(m: Module): Func<Ints, never> {
  const params = i32Params('y', 'x', 'bytes', 'begin', 'end');
  return m.func({ name: 'copy', params }, (f, p) => {
    const first = f.let(i32.mul(p.begin!, copyUnit), 'first');
    const last = f.let(i32.mul(p.end!, copyUnit), 'last');
    const stop = select(p.bytes!, last, i32.ltS(p.bytes!, last));
    memory.copy(f, i32.add(p.y!, first), i32.add(p.x!, first), i32.sub(stop, first));
  });
}
