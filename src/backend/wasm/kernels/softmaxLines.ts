/**
 * Loops along four lines at once, one in each lane of a vector: so no length of a line and no layout is a special case.
 * Where there are fewer than four lines left, lanes repeat the last one, and write the same values to the same places.
 */
import {
  f32x4,
  f64x2,
  forRange,
  i8x16,
  i32,
  type Local,
  type Module,
  type Scope,
  select,
  type Val,
  v128,
} from '../asm/index.ts';
import type { Lines } from './lines.ts';
import { i32Params, loopParams, seek } from './strided.ts';

/** What the code depends on; sizes and strides are its parameters. */
export interface QuadForm {
  /** Loops over lines, one inside the other. */
  readonly depth: number;
  /** Four lines always lie side by side, so that a vector of them is one load. */
  readonly isAdjacent: boolean;
  /** From one element of a line to the next it is equally far in all arrays. */
  readonly isUniform: boolean;
}

/** Returns the form of loops over lines, given the bytes between the elements of a line in each array. */
export function quadForm({ sizes, steps }: Lines, elementSteps: readonly number[]): QuadForm {
  return {
    depth: sizes.length,
    isAdjacent: sizes.length > 0 && sizes.at(-1)! % 4 === 0 && steps.every(s => s.at(-1) === 4),
    isUniform: elementSteps.every(step => step === elementSteps[0]),
  };
}

/** The elements of four lines, array by array in the order of the parameters. */
export interface Quad {
  /** Runs `body` for the elements one after another. */
  each(body: (element: Elements) => void): void;
}

interface Elements {
  load(array: number): Val<'v128'>;
  store(array: number, value: Val<'v128'>): void;
}

/**
 * Emits a kernel whose units are groups of four lines: `prepare` runs once, what it returns for each group. Params: the
 * addresses of the arrays; the number of lines and their length; the bytes between elements of a line in each array;
 * the loops over lines.
 */
export function emitQuads(
  m: Module,
  name: string,
  form: QuadForm,
  arrays: readonly string[],
  prepare: (f: Scope) => (quad: Quad) => void,
) {
  const { depth } = form;
  const steps = arrays.map(array => `step ${array}`);
  const loops = loopParams(depth, arrays);
  const params = i32Params(...arrays, 'count', 'size', ...steps, ...loops, 'begin', 'end');
  return m.func({ name, params }, (f, p) => {
    const body = prepare(f);
    const unit = f.local(i32, 'quad');
    const last = f.let(i32.sub(p.count!, 1), 'last');
    const lanes = [0, 1, 2, 3].map(() => arrays.map(array => f.local(i32, array)));
    forRange(f, unit, p.begin!, p.end!, 1, () => {
      for (const [lane, pointers] of lanes.entries()) {
        const line = f.let(i32.add(i32.shl(unit, 2), lane), 'line');
        line.set(select(last, line, i32.ltS(last, line)));
        seek(f, p, depth, line, Object.fromEntries(arrays.map((array, a) => [array, pointers[a]!])));
      }
      body(
        quadOf(
          f,
          form,
          p.size!,
          steps.map(step => p[step]!),
          lanes,
        ),
      );
    });
  });
}

function quadOf(
  f: Scope,
  { isAdjacent, isUniform }: QuadForm,
  size: Local<'i32'>,
  steps: readonly Local<'i32'>[],
  lanes: readonly (readonly Local<'i32'>[])[],
): Quad {
  const k = f.local(i32, 'k');
  return {
    each(body) {
      forRange(f, k, 0, size, 1, () => {
        const offsets = (isUniform ? steps.slice(0, 1) : steps).map(step =>
          f.let(i32.mul(k, step), 'offset'),
        );
        const at = (lane: number, array: number) =>
          i32.add(lanes[lane]![array]!, offsets[isUniform ? 0 : array]!);
        body(isAdjacent ? adjacent(f, at) : scattered(f, at));
      });
    },
  };
}

type At = (lane: number, array: number) => Val<'i32'>;

function adjacent(f: Scope, at: At): Elements {
  return {
    load: array => v128.load(at(0, array)),
    store: (array, value) => v128.store(f, at(0, array), value),
  };
}

function scattered(f: Scope, at: At): Elements {
  return {
    load: array =>
      [1, 2, 3].reduce(
        (value, lane) => v128.load32Lane(at(lane, array), value, lane),
        v128.load32Zero(at(0, array)),
      ),
    store(array, value) {
      const values = f.let(value, 'values');
      for (let lane = 0; lane < 4; lane++) v128.store32Lane(f, at(lane, array), values, lane);
    },
  };
}

const bytes = (...starts: readonly number[]) =>
  starts.flatMap(s => Array.from({ length: 8 }, (_, i) => s + i));

/** Four sums in float64, so that long lines stay exact. */
export class Sums {
  readonly #f: Scope;
  readonly #low: Local<'v128'>;
  readonly #high: Local<'v128'>;

  constructor(f: Scope) {
    this.#f = f;
    this.#low = f.let(f64x2.splat(0), 'low');
    this.#high = f.let(f64x2.splat(0), 'high');
  }

  add(value: Val<'v128'>): void {
    const terms = this.#f.let(value, 'terms');
    const upper = i8x16.shuffle(terms, terms, bytes(8, 8));
    this.#low.set(f64x2.add(this.#low, f64x2.promoteLowF32x4(terms)));
    this.#high.set(f64x2.add(this.#high, f64x2.promoteLowF32x4(upper)));
  }

  /** Returns them in float32. */
  rounded(): Local<'v128'> {
    const [low, high] = [f32x4.demoteF64x2Zero(this.#low), f32x4.demoteF64x2Zero(this.#high)];
    return this.#f.let(i8x16.shuffle(low, high, bytes(0, 16)), 'sums');
  }
}
