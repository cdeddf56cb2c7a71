/** What the reductions share. */
import type { NdArray } from '../backend/array.ts';
import { broadcastStrides, numel, reducedShape, type Shape, stridesOf } from '../shape.ts';

export interface Reduce {
  /** Counted from the front, sorted. */
  readonly dims: readonly number[];
  readonly keepdim: boolean;
}

/** Returns the reduced array with every reduced dim as size 1, whether they were kept or not. */
export function dimsKept(y: NdArray, full: Shape, dims: readonly number[]): NdArray {
  const shape = reducedShape(full, dims, true);
  return { buffer: y.buffer, shape, strides: stridesOf(shape), offset: y.offset };
}

/** Returns the array read as `shape`, its dims of size 1 repeated. */
export function expanded(x: NdArray, shape: Shape): NdArray {
  return { ...x, shape, strides: broadcastStrides(x.shape, x.strides, shape) };
}

/** Returns how many elements go into each result. */
export function countReduced(shape: Shape, dims: readonly number[]): number {
  return numel(dims.map(d => shape[d]!));
}
