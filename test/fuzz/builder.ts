/** Builds programs line by line; each step is run at once, by the reference kernels, so that its type is known. */
import { type DType, type Shape, type Tensor, TensorError } from 'tinygrad-ts';
import { on, runStep, tensorOf } from './execute.ts';
import type { Leaf, Line, Program, Ref, Step } from './program.ts';
import type { Values } from './values.ts';

/** What a chooser of arguments sees of a value. */
export interface Known extends Ref {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly recorded: boolean;
  /** Whether it may be written in place: an operand that requires a gradient may not. */
  readonly writable: boolean;
}

export class Builder {
  readonly lines: Line[] = [];
  readonly #values: Tensor[] = [];
  /** Whether a step ended in an error: then it is the last one. */
  failed = false;

  /** The values so far. */
  get known(): Known[] {
    return this.#values.map((x, line) => ({
      line,
      shape: x.shape,
      dtype: x.dtype === 'float64' ? 'float32' : x.dtype,
      recorded: x.requiresGrad,
      writable: !(x.requiresGrad && x.isLeaf),
    }));
  }

  leaf(leaf: Leaf): Ref {
    on('reference');
    this.#values.push(tensorOf(leaf, 'float64'));
    this.lines.push(leaf);
    return { line: this.lines.length - 1 };
  }

  step(step: Step): void {
    if (this.failed) return;
    on('reference');
    this.lines.push(step);
    try {
      const value = runStep(step, this.#values, 'float64');
      this.#values.push(value.dtype === 'float32' ? value.to('float64') : value);
    } catch (error) {
      if (!(error instanceof TensorError)) throw error;
      this.failed = true;
    }
  }

  /** Returns the program; values to look at and the root of the way back are chosen by numbers. */
  program(chosen: readonly number[], root: number, cotangent: Values, twice: boolean): Program {
    const { known } = this;
    const roots = known.filter(x => x.recorded && x.dtype === 'float32').reverse();
    const last = known.length - 1;
    const from = roots.length === 0 ? null : roots[root % roots.length]!.line;
    const results = [last, ...chosen.map(n => last - (n % known.length)), ...(from === null ? [] : [from])];
    return {
      lines: this.lines,
      results: [...new Set(results)],
      root: from,
      cotangent,
      twice,
    };
  }
}
