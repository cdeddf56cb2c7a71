/** The innermost loop of an elementwise kernel. */
import { forRange, i32, type Local, type Operand, type Scope, v128 } from '../asm/index.ts';
import type { Lanes } from './math/lanes.ts';

/** How an array goes on from one element to the next: not at all, to its neighbour in memory, or over a gap. */
export type Step = 'same' | 'next' | 'far';

/** An array that a row is read from or written to. */
export interface Cursor {
  readonly step: Step;
  /** The next element. */
  readonly pointer: Local<'i32'>;
  /** The bytes from one element to the next, if it is `far`. */
  readonly gap: Local<'i32'> | null;
}

export function stepOf(stride: number): Step {
  return stride === 0 ? 'same' : stride === 1 ? 'next' : 'far';
}

/** Returns the vector number `v` from the cursor. */
function load(f: Scope, { step, pointer, gap }: Cursor, v: number): Lanes {
  if (step === 'next') return f.let(v128.load(pointer, 16 * v));
  const lanes = f.let(v128.load32Zero(pointer));
  for (let lane = 1; lane < 4; lane++) {
    lanes.set(v128.load32Lane(i32.add(pointer, i32.mul(gap!, lane)), lanes, lane));
  }
  return lanes;
}

function store(f: Scope, { step, pointer, gap }: Cursor, v: number, value: Lanes): void {
  if (step === 'next') v128.store(f, pointer, value, 16 * v);
  for (let lane = 0; lane < 4 && step === 'far'; lane++) {
    v128.store32Lane(f, i32.add(pointer, i32.mul(gap!, lane)), value, lane);
  }
}

function advance({ step, pointer, gap }: Cursor, elements: number): void {
  if (step !== 'same')
    pointer.set(i32.add(pointer, step === 'next' ? 4 * elements : i32.mul(gap!, elements)));
}

/**
 * y[i] = apply(x₀[i], x₁[i], …) for 0 <= i < count. Moves the cursors. Vectors come in adjacent pairs; the elements
 * behind the last pair are computed one by one in the first lane, so that all have the same bits wherever they are.
 */
export function emitRow(
  f: Scope,
  y: Cursor,
  inputs: readonly Cursor[],
  count: Local<'i32'>,
  apply: (...operands: Lanes[]) => Lanes,
): void {
  const vectors = [y, ...inputs].some(({ step }) => step === 'far') ? 1 : 2;
  const splats = inputs.map(({ step, pointer }) =>
    step === 'same' ? f.let(v128.load32Splat(pointer)) : null,
  );
  const i = f.local(i32, 'i');
  const each = (from: Operand<'i32'>, to: Operand<'i32'>, elements: number, body: () => void) =>
    forRange(f, i, from, to, elements, () => {
      body();
      for (const cursor of [y, ...inputs]) advance(cursor, elements);
    });

  each(0, i32.and(count, -4 * vectors), 4 * vectors, () => {
    const results = Array.from({ length: vectors }, (_, v) =>
      f.let(apply(...inputs.map((x, n) => splats[n] ?? load(f, x, v)))),
    );
    for (const [v, result] of results.entries()) store(f, y, v, result);
  });
  each(i, count, 1, () => {
    const operands = inputs.map((x, n) => splats[n] ?? f.let(v128.load32Zero(x.pointer)));
    v128.store32Lane(f, y.pointer, apply(...operands), 0);
  });
}
