/** Sums, means, extrema. Dims count from the end where they are negative; without `dim`, over all elements. */
import { checkBoolean, checkFinite, checkOptions } from '../arguments.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { argExtremum } from '../ops/argExtremum.ts';
import { extremum } from '../ops/extremum.ts';
import { gather } from '../ops/gather.ts';
import { mean } from '../ops/mean.ts';
import type { Reduce } from '../ops/reduce.ts';
import { std } from '../ops/std.ts';
import { sum } from '../ops/sum.ts';
import { type Variance, variance } from '../ops/variance.ts';
import { type Dims, formatShape, normalizeDims, reducedShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { ElementwiseMethods } from './elementwise.ts';

export interface KeepdimOptions {
  /** Keep each reduced dim with size 1. */
  readonly keepdim?: boolean;
}

export interface ReduceOptions extends KeepdimOptions {
  /** null and [] are all dims, as without a dim. */
  readonly dim?: Dims;
}

export interface CorrectionOptions extends KeepdimOptions {
  /** What is taken off the number of elements: 1 for the unbiased estimate, 0 for the biased one. */
  readonly correction?: number;
}

export interface VarOptions extends ReduceOptions, CorrectionOptions {}

type GivenDims = number | readonly number[] | (ReduceOptions & { readonly dim: number | readonly number[] });

/** `indices` count along the reduced dim; along several, row by row through them. */
export interface Extremum {
  readonly values: Tensor;
  readonly indices: Tensor;
}

export abstract class ReductionMethods extends ElementwiseMethods {
  sum(dim?: Dims | ReduceOptions, options?: KeepdimOptions): Tensor {
    return this.run(sum, [], this.#reduce('sum', dim, options));
  }

  mean(dim?: Dims | ReduceOptions, options?: KeepdimOptions): Tensor {
    return this.run(mean, [], this.#reduce('mean', dim, options));
  }

  /** Returns the variance: Σ (x - mean)² / (n - correction), the correction being 1 unless given. */
  var(dim?: Dims | VarOptions, options?: CorrectionOptions): Tensor {
    return this.run(variance, [], this.#variance('var', dim, options));
  }

  /** Returns the standard deviation, the root of `var`. */
  std(dim?: Dims | VarOptions, options?: CorrectionOptions): Tensor {
    return this.run(std, [], this.#variance('std', dim, options));
  }

  /** Returns the largest element; with `dim`, the largest ones along it and where they are. NaN is larger than all. */
  max(): Tensor;
  max(dim: GivenDims, options?: KeepdimOptions): Extremum;
  max(dim?: Dims | ReduceOptions, options?: KeepdimOptions): Tensor | Extremum {
    return this.#extremum('max', dim, options);
  }

  /** Returns the smallest element; with `dim`, the smallest ones along it and where they are. NaN is smaller than all. */
  min(): Tensor;
  min(dim: GivenDims, options?: KeepdimOptions): Extremum;
  min(dim?: Dims | ReduceOptions, options?: KeepdimOptions): Tensor | Extremum {
    return this.#extremum('min', dim, options);
  }

  /** Returns where the largest element is, the first of equals: along `dim`, or row by row through the whole tensor. */
  argmax(dim?: Dims | ReduceOptions, options?: KeepdimOptions): Tensor {
    return this.#argExtremum('max', this.#reduce('argmax', dim, options));
  }

  /** Returns where the smallest element is, the first of equals. */
  argmin(dim?: Dims | ReduceOptions, options?: KeepdimOptions): Tensor {
    return this.#argExtremum('min', this.#reduce('argmin', dim, options));
  }

  #reduce(op: string, dim: Dims | ReduceOptions | undefined, options: KeepdimOptions | undefined): Reduce {
    return reduce(op, reduceOptions(op, dim, options, []), this.ndim);
  }

  #variance(
    op: string,
    dim: Dims | VarOptions | undefined,
    options: CorrectionOptions | undefined,
  ): Variance {
    const all: VarOptions = reduceOptions(op, dim, options, ['correction']);
    const { correction = 1 } = all;
    return { ...reduce(op, all, this.ndim), correction: checkFinite(op, 'correction', correction) };
  }

  #extremum(
    which: 'max' | 'min',
    dim: Dims | ReduceOptions | undefined,
    options: KeepdimOptions | undefined,
  ): Tensor | Extremum {
    const all = reduceOptions(which, dim, options, []);
    const args = reduce(which, all, this.ndim);
    if (all.dim === undefined || all.dim === null) {
      if (args.keepdim) throw new ArgumentError(`${which}: keepdim needs a dim`);
      return this.run(extremum, [], which);
    }
    const { line, dim: at, shape } = this.#asLine(which, args);
    const indices = line.run(argExtremum, [], { which, dim: at });
    const values = line.run(gather, [indices], { dim: at });
    return { values: values.withShape(shape), indices: indices.withShape(shape) };
  }

  #argExtremum(which: 'max' | 'min', args: Reduce): Tensor {
    const { line, dim, shape } = this.#asLine(`arg${which}`, args);
    return line.run(argExtremum, [], { which, dim }).withShape(shape);
  }

  /** Returns this tensor with the dims to be reduced laid behind one another as one dim, and the shape of the result. */
  #asLine(op: string, { dims, keepdim }: Reduce): { line: Tensor; dim: number; shape: number[] } {
    const empty = dims.find(dim => this.shape[dim] === 0);
    if (empty !== undefined) {
      throw new ShapeError(
        `${op}: Expected reduction dim ${empty} to have non-zero size, got shape ${formatShape(this.shape)}`,
      );
    }
    const shape = reducedShape(this.shape, dims, keepdim);
    const self = this as unknown as Tensor;
    if (this.ndim === 0) return { line: self.withShape([1]), dim: 0, shape };
    if (dims.length === 1) return { line: self, dim: dims[0]!, shape };
    const kept = this.shape.map((_, i) => i).filter(i => !dims.includes(i));
    const lines = self.permute([...kept, ...dims]).flatten(kept.length);
    return { line: lines, dim: kept.length, shape };
  }
}

/** Returns the options of a call that gives a dim first, or everything in one object. */
function reduceOptions<T extends KeepdimOptions>(
  op: string,
  first: Dims | (T & ReduceOptions) | undefined,
  rest: T | undefined,
  more: readonly string[],
): T & ReduceOptions {
  if (isDims(first)) {
    if (rest !== undefined) checkOptions(op, rest, ['keepdim', ...more]);
    return { ...(rest as T), dim: first ?? null };
  }
  checkOptions(op, first, ['dim', 'keepdim', ...more]);
  if (rest !== undefined)
    throw new ArgumentError(`${op}: expected one options object, got a second argument ${describe(rest)}`);
  return first;
}

function isDims(value: unknown): value is Dims | undefined {
  return value === undefined || value === null || typeof value === 'number' || Array.isArray(value);
}

function reduce(op: string, { dim, keepdim = false }: ReduceOptions, rank: number): Reduce {
  return { dims: normalizeDims(op, dim, rank), keepdim: checkBoolean(op, 'keepdim', keepdim) };
}
