/** Sums. Extrema and picking by index are the reference's. */
import { numel } from '../../shape.ts';
import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { reduce as reference } from '../reference/reduce.ts';
import { areFloat32 } from './dtypes.ts';
import { emitSumColumns, emitSumRows, type SumTypes } from './kernels/sum.ts';
import { groupDims, type Pass, planSum } from './kernels/sumPlan.ts';
import { copyTo } from './loops.ts';
import { kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { read, scratch, write } from './stage.ts';

/** A dim of x and y that has more than one element. */
interface Dim {
  readonly size: number;
  readonly reduced: boolean;
  readonly xStride: number;
  readonly yStride: number;
}

/** Returns the dims in the order of x in memory, outermost first. */
function dimsOf(y: NdArray, x: NdArray): Dim[] {
  return x.shape
    .map((size, i) => ({
      size,
      reduced: y.shape[i] !== size,
      xStride: x.strides[i]!,
      yStride: y.strides[i]!,
    }))
    .filter(({ size }) => size !== 1)
    .sort((a, b) => b.xStride - a.xStride);
}

/** Returns the strides, in elements, of dense memory with these dims. */
function denseStrides(dims: readonly Dim[]): number[] {
  const strides = new Array<number>(dims.length);
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= dims[i]!.size;
  }
  return strides;
}

const same = (a: readonly number[], b: readonly number[]) => a.every((value, i) => value === b[i]);

/** Returns the address of x's elements without gaps or repetition, in the order of `dims`. */
function denseAddress(x: NdArray, dims: readonly Dim[]): number {
  const [strides, dense] = [dims.map(dim => dim.xStride), denseStrides(dims)];
  const from = read(x);
  if (same(strides, dense)) return from;
  const to = scratch(4 * numel(x.shape));
  const shape = dims.map(dim => dim.size);
  copyTo({ shape, strides: dense, address: to }, { shape, strides, address: from });
  return to;
}

function runPass(pass: Pass, types: SumTypes, y: number, x: number): void {
  const { outer, reduced, inner, chunk, chunks } = pass;
  const rows = inner === 1;
  const f = kernel(rows ? emitSumRows : emitSumColumns, types);
  run(f, outer * chunks, y, x, reduced, inner, chunk, chunks);
}

/** Runs the passes from x to y, both dense. */
function runPasses(passes: readonly Pass[], y: number, x: number): void {
  let [from, type]: [number, SumTypes['from']] = [x, 'f32'];
  for (const pass of passes) {
    const to = pass.last ? y : scratch(8 * pass.outer * pass.chunks * pass.inner);
    runPass(pass, { from: type, to: pass.last ? 'f32' : 'f64' }, to, from);
    [from, type] = [to, 'f64'];
  }
}

export const reduce = {
  sum(y, x) {
    if (!areFloat32(y, x) || numel(x.shape) === 0) return reference.sum(y, x);
    const dims = dimsOf(y, x);
    const kept = dims.filter(dim => !dim.reduced);
    const passes = planSum(groupDims(dims));
    const from = denseAddress(x, dims);
    const to = write(y);
    const [strides, dense] = [kept.map(dim => dim.yStride), denseStrides(kept)];
    if (passes.length > 0 && same(strides, dense)) {
      runPasses(passes, to, from);
      return null;
    }
    const sums = passes.length > 0 ? scratch(4 * numel(y.shape)) : from;
    runPasses(passes, sums, from);
    const shape = kept.map(dim => dim.size);
    copyTo({ shape, strides, address: to }, { shape, strides: dense, address: sums });
    return null;
  },
} satisfies Partial<Kernels>;
