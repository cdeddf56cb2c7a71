/** A kernel that may turn out not to be needed, once others before it have run. */
import { call, type Func, i32, ifElse, type Local, type Module, type Params } from '../asm/index.ts';
import type { AnyFunc } from './chain.ts';

/** Emits `kernel` with one parameter before its own: the address of a word, and it does nothing if that is 0. */
export function emitOnlyIf(m: Module, kernel: AnyFunc) {
  const inner = kernel as unknown as Func<Params, never>;
  const params: Params = { flag: i32, ...inner.params };
  return m.func({ name: `${inner.name} if`, params }, (f, { flag, ...own }) => {
    ifElse(f, i32.load(flag as Local<'i32'>), () => call(f, inner, own));
  });
}
