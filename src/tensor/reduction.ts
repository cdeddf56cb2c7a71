/** Sums, means, extrema. Dims count from the end where they are negative; without `dim`, over all elements. */
import { checkOptions } from '../arguments.ts';
import { ArgumentError } from '../errors.ts';
import { argExtremum } from '../ops/argExtremum.ts';
import { extremum } from '../ops/extremum.ts';
import { gather } from '../ops/gather.ts';
import { mean } from '../ops/mean.ts';
import type { Reduce } from '../ops/reduce.ts';
import { std } from '../ops/std.ts';
import { sum } from '../ops/sum.ts';
import { type Variance, variance } from '../ops/variance.ts';
import { normalizeDims, reducedShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { ElementwiseMethods } from './elementwise.ts';

export interface ReduceOptions {
  readonly dim?: number | readonly number[];
  /** Keep each reduced dim with size 1. */
  readonly keepdim?: boolean;
}

export interface VarOptions extends ReduceOptions {
  /** What is taken off the number of elements: 1 for the unbiased estimate, 0 for the biased one. */
  readonly correction?: number;
}

/** `indices` count along the reduced dim; along several, row by row through them. */
export interface Extremum {
  readonly values: Tensor;
  readonly indices: Tensor;
}

export abstract class ReductionMethods extends ElementwiseMethods {
  sum(options: ReduceOptions = {}): Tensor {
    return this.run(sum, [], this.#reduce('sum', options));
  }

  mean(options: ReduceOptions = {}): Tensor {
    return this.run(mean, [], this.#reduce('mean', options));
  }

  /** Returns the variance: Σ (x - mean)² / (n - correction), the correction being 1 unless given. */
  var(options: VarOptions = {}): Tensor {
    return this.run(variance, [], this.#variance('var', options));
  }

  /** Returns the standard deviation, the root of `var`. */
  std(options: VarOptions = {}): Tensor {
    return this.run(std, [], this.#variance('std', options));
  }

  /** Returns the largest element; with `dim`, the largest ones along it and where they are. NaN is larger than all. */
  max(): Tensor;
  max(options: ReduceOptions & { dim: number | readonly number[] }): Extremum;
  max(options: ReduceOptions = {}): Tensor | Extremum {
    return this.#extremum('max', options);
  }

  /** Returns the smallest element; with `dim`, the smallest ones along it and where they are. NaN is smaller than all. */
  min(): Tensor;
  min(options: ReduceOptions & { dim: number | readonly number[] }): Extremum;
  min(options: ReduceOptions = {}): Tensor | Extremum {
    return this.#extremum('min', options);
  }

  /** Returns where the largest element is, the first of equals: along `dim`, or row by row through the whole tensor. */
  argmax(options: ReduceOptions = {}): Tensor {
    return this.#argExtremum('max', 'argmax', options);
  }

  /** Returns where the smallest element is, the first of equals. */
  argmin(options: ReduceOptions = {}): Tensor {
    return this.#argExtremum('min', 'argmin', options);
  }

  #reduce(op: string, options: ReduceOptions, more: readonly string[] = []): Reduce {
    checkOptions(op, options, ['dim', 'keepdim', ...more]);
    return { dims: normalizeDims(op, options.dim, this.ndim), keepdim: options.keepdim ?? false };
  }

  #variance(op: string, { correction = 1, ...options }: VarOptions): Variance {
    return { ...this.#reduce(op, options, ['correction']), correction };
  }

  #extremum(which: 'max' | 'min', options: ReduceOptions): Tensor | Extremum {
    const reduce = this.#reduce(which, options);
    if (options.dim === undefined) {
      if (options.keepdim) throw new ArgumentError(`${which}: keepdim needs a dim`);
      return this.run(extremum, [], which);
    }
    const { line, dim, shape } = this.#asLine(reduce);
    const indices = line.run(argExtremum, [], { which, dim });
    const values = line.run(gather, [indices], { dim });
    return { values: values.withShape(shape), indices: indices.withShape(shape) };
  }

  #argExtremum(which: 'max' | 'min', op: string, options: ReduceOptions): Tensor {
    const { line, dim, shape } = this.#asLine(this.#reduce(op, options));
    return line.run(argExtremum, [], { which, dim }).withShape(shape);
  }

  /** Returns this tensor with the dims to be reduced laid behind one another as one dim, and the shape of the result. */
  #asLine({ dims, keepdim }: Reduce): { line: Tensor; dim: number; shape: number[] } {
    const shape = reducedShape(this.shape, dims, keepdim);
    const self = this as unknown as Tensor;
    if (this.ndim === 0) return { line: self.withShape([1]), dim: 0, shape };
    if (dims.length === 1) return { line: self, dim: dims[0]!, shape };
    const kept = this.shape.map((_, i) => i).filter(i => !dims.includes(i));
    const lines = self.permute([...kept, ...dims]).flatten(kept.length);
    return { line: lines, dim: kept.length, shape };
  }
}
