/** Turns the numbers of a counterexample into arguments that fit the values that there are; 0 is the simplest choice. */
import type { Shape } from 'tinygrad-ts';
import type { Builder, Known } from './builder.ts';
import type { Ref } from './program.ts';
import type { Kind } from './values.ts';

export class Chooser {
  readonly #numbers: readonly number[];
  readonly #builder: Builder;
  #next = 0;

  constructor(numbers: readonly number[], builder: Builder) {
    this.#numbers = numbers;
    this.#builder = builder;
  }

  /** Returns a whole number from 0 to `count` - 1. */
  below(count: number): number {
    const number = this.#numbers[this.#next++ % this.#numbers.length]!;
    return count < 1 ? 0 : number % count;
  }

  one<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  /** Returns true once in so many times. */
  rarely(times: number): boolean {
    return this.below(times) === times - 1;
  }

  /** Returns one of the values that fit, the later ones first, or null. */
  value(fits: (x: Known) => boolean = () => true): Known | null {
    const fitting = this.#builder.known.filter(fits).reverse();
    return fitting.length === 0 ? null : this.one(...fitting);
  }

  float(fits: (x: Known) => boolean = () => true): Known | null {
    return this.value(x => x.dtype === 'float32' && fits(x));
  }

  /** Returns one of the values to be written in place; now and then one that must not be. */
  target(): Known | null {
    const forbidden = this.rarely(12);
    return this.value(x => forbidden || (x.writable && x.dtype === 'float32'));
  }

  /** Returns a dim of x, counted from the front or from the end. */
  dim({ shape }: Known): number {
    const dim = this.below(shape.length);
    return this.rarely(3) ? dim - Math.max(shape.length, 1) : dim;
  }

  /** Returns some dims of x, all different. */
  dims({ shape }: Known): number[] {
    return shape.map((_, i) => i).filter(() => this.rarely(2));
  }

  /** Returns a new operand of floats. */
  fresh(shape: Shape, kinds: readonly Kind[] = ['grid', 'noise', 'ones'], recorded = !this.rarely(4)): Ref {
    const values = { kind: this.one(...kinds), seed: this.below(1000) };
    return this.#builder.leaf({ shape, dtype: 'float32', values, requiresGrad: recorded });
  }

  /** Returns a new operand of class numbers below `classes`, and now and then one to be ignored. */
  labels(shape: Shape, classes: number, ignored: number | null): Ref {
    const count = shape.reduce((a, b) => a * b, 1);
    const label = () => (ignored !== null && this.rarely(5) ? ignored : this.below(classes));
    return this.#builder.leaf({
      shape,
      dtype: 'int32',
      values: Array.from({ length: count }, label),
      requiresGrad: false,
    });
  }
}

/** Whether b can be combined with a, element by element. */
export function broadcasts(a: Shape, b: Shape): boolean {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const [x, y] = [a.at(-i)!, b.at(-i)!];
    if (x !== y && x !== 1 && y !== 1) return false;
  }
  return true;
}

/** Whether a keeps its shape when it is combined with b. */
export function holds(a: Shape, b: Shape): boolean {
  return b.length <= a.length && b.every((_, i) => b.at(-1 - i) === 1 || b.at(-1 - i) === a.at(-1 - i));
}
