/** Loops over arrays whose sizes and strides are parameters of the kernel. */
import { i32, type Local, type Scope } from '../asm/index.ts';

/** Parameters of a kernel, all of them i32, by name. */
export type Ints = Readonly<Record<string, typeof i32>>;
export type IntLocals = Readonly<Record<string, Local<'i32'>>>;

export function i32Params(...names: readonly string[]): Ints {
  return Object.fromEntries(names.map(name => [name, i32]));
}

/** Returns the names of the parameters that `loopArguments` of stridedPlan gives for loops over these arrays. */
export function loopParams(depth: number, arrays: readonly string[]): string[] {
  const loops = Array.from({ length: depth }, (_, k) => k);
  return loops.flatMap(k => [`size${k}`, ...arrays.map(array => `stride${k} ${array}`)]);
}

/** Moves a pointer to each array, in `at`, to the element at `position` in the order of the loops. */
export function seek(
  f: Scope,
  p: IntLocals,
  depth: number,
  position: Local<'i32'>,
  at: Readonly<Record<string, Local<'i32'>>>,
): void {
  for (const [array, pointer] of Object.entries(at)) pointer.set(p[array]!);
  let rest = position;
  for (let k = 0; k < depth; k++) {
    const outer = k < depth - 1 ? f.let(i32.divU(rest, p[`size${k}`]!)) : null;
    const index = outer ? f.let(i32.sub(rest, i32.mul(outer, p[`size${k}`]!)), `index${k}`) : rest;
    for (const [array, pointer] of Object.entries(at)) {
      pointer.set(i32.add(pointer, i32.mul(index, p[`stride${k} ${array}`]!)));
    }
    rest = outer ?? rest;
  }
}
