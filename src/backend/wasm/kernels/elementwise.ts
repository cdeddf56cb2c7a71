/** Kernels that compute each element of y from the elements at its place in the inputs, and from scalars. */
import { type Func, forRange, i32, i32x4, type Module, type Scope, select } from '../asm/index.ts';
import { type ElementName, elementOps } from './elementwiseOps.ts';
import { type Cursor, emitRow, type Step } from './elementwiseRow.ts';
import { type IntLocals, type Ints, i32Params, loopParams, seek } from './strided.ts';

/** What one kernel computes: `steps` are those of y and of the inputs in the innermost loop. */
type Operation = readonly [op: ElementName, steps: readonly Step[], scalars: number];

/** Elements in a unit of work of the flat kernel: whole cache lines. */
export const flatUnit = 64;

const named = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}${i}`);

/** Returns `op` with the scalars, parameters that hold their bits, behind its operands. */
function withScalars(f: Scope, op: ElementName, p: IntLocals, names: readonly string[]) {
  const scalars = names.map(name => f.let(i32x4.splat(p[name]!)));
  const apply = elementOps[op](f);
  return (...operands: Parameters<typeof apply>) => apply(...operands, ...scalars);
}

/**
 * Emits y[i] = op(x₁[i], x₂[i], …) for `size` elements in a row. Units are runs of `flatUnit` elements.
 * Params: the addresses of y, x₁, …; the bits of the scalars; size.
 */
export function emitFlat(m: Module, ...[op, steps, scalars]: Operation): Func<Ints, never> {
  const [arrays, bits] = [named('x', steps.length), named('scalar', scalars)];
  const params = i32Params(...arrays, ...bits, 'size', 'begin', 'end');
  return m.func({ name: op, params }, (f, p) => {
    const apply = withScalars(f, op, p, bits);
    const first = f.let(i32.mul(p.begin!, flatUnit), 'first');
    const last = f.let(i32.mul(p.end!, flatUnit), 'last');
    const stop = select(p.size!, last, i32.ltS(p.size!, last));
    const count = f.let(i32.sub(stop, first), 'count');
    const [y, ...inputs] = arrays.map((array, n): Cursor => {
      const step = steps[n]!;
      const start = step === 'same' ? p[array]! : i32.add(p[array]!, i32.shl(first, 2));
      return { step, pointer: f.let(start, `at ${array}`), gap: null };
    });
    emitRow(f, y!, inputs, count, apply);
  });
}

/**
 * Emits the same over strided arrays: `depth` loops around the innermost one. Units are rows, the runs of the innermost
 * loop. Params: the addresses; the bits; the innermost size; the gap, in bytes, of each array that has one; the loops.
 */
export function emitStrided(m: Module, depth: number, ...[op, steps, scalars]: Operation): Func<Ints, never> {
  const [arrays, bits] = [named('x', steps.length), named('scalar', scalars)];
  const gaps = arrays.filter((_, n) => steps[n] === 'far').map(array => `gap ${array}`);
  const loops = loopParams(depth, arrays);
  const params = i32Params(...arrays, ...bits, 'count', ...gaps, ...loops, 'begin', 'end');
  return m.func({ name: op, params }, (f, p) => {
    const apply = withScalars(f, op, p, bits);
    const at = Object.fromEntries(arrays.map(array => [array, f.local(i32, `at ${array}`)]));
    const [y, ...inputs] = arrays.map((array, n): Cursor => {
      return { step: steps[n]!, pointer: at[array]!, gap: p[`gap ${array}`] ?? null };
    });
    const row = f.local(i32, 'row');
    forRange(f, row, p.begin!, p.end!, 1, () => {
      seek(f, p, depth, row, at);
      emitRow(f, y!, inputs, p.count!, apply);
    });
  });
}
