/** What several ops need: checks of operands, and gradients through broadcasting. */
import { type ArrayType, isDense, type NdArray } from '../backend/array.ts';
import type { CompareOp, Kernels } from '../backend/kernels.ts';
import { type DType, isFloat, promote } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { broadcastShapes, type Format, formatShape, type Shape, sameShape, stridesOf } from '../shape.ts';

/** Returns nothing; throws unless every operand is of one and the same float dtype. */
export function requireFloat(op: string, ...operands: readonly (ArrayType | null)[]): void {
  const present = operands.filter(x => x !== null);
  const [first] = present;
  for (const { dtype } of present) {
    if (!isFloat(dtype))
      throw new DTypeError(`${op}: expected a float tensor, got ${dtype}; convert with x.to('float32')`);
    if (dtype !== first?.dtype) {
      throw new DTypeError(
        `${op}: expected operands of one dtype, got ${present.map(x => x.dtype).join(' and ')}; convert with x.to('${first?.dtype}')`,
      );
    }
  }
}

/** Returns the type of an elementwise result: the broadcast shape, the wider dtype, the format of the full-sized operand. */
export function elementwise(op: string, ...operands: readonly [ArrayType, ...ArrayType[]]): ArrayType {
  let { shape, dtype } = operands[0];
  for (const x of operands.slice(1)) {
    shape = broadcastShapes(op, shape, x.shape);
    dtype = promote(dtype, x.dtype);
  }
  const full = operands.filter(x => sameShape(x.shape, shape));
  const format = full.some(x => x.format === 'channelsLast') ? 'channelsLast' : 'contiguous';
  return { shape, dtype, format };
}

/** Returns the type of a difference or power: as `elementwise`, but a bool counts as a number. */
export function arithmetic(op: string, a: ArrayType, b: ArrayType): ArrayType {
  return numeric(elementwise(op, a, b));
}

/** Returns the type of `x`, with bools counted as int32. */
export function numeric(x: ArrayType): ArrayType {
  return x.dtype === 'bool' ? { ...x, dtype: 'int32' } : x;
}

/**
 * Fills the gradient `dx` of an operand that was broadcast to `shape`: `write` computes the gradient in the full
 * shape, and what was stretched is summed up.
 */
export function throughBroadcast(
  k: Kernels,
  dx: NdArray,
  shape: Shape,
  write: (full: NdArray) => void,
): void {
  if (sameShape(dx.shape, shape)) {
    write(dx);
    return;
  }
  const full = k.empty(shape, dx.buffer.dtype);
  write(full);
  k.sum(aligned(dx, shape), full);
}

/** Returns x with leading dims of size 1, as many as `shape` has more. */
export function aligned(x: NdArray, { length: rank }: Shape): NdArray {
  const lead = new Array<number>(rank - x.shape.length);
  return { ...x, shape: [...lead.fill(1), ...x.shape], strides: [...lead.fill(0), ...x.strides] };
}

/** How an op is called for an image [C, H, W]: as a batch of one, which its errors do not speak of. */
export interface Batching {
  readonly unbatched?: boolean;
}

/** Returns the input's shape as the user gave it, for messages. */
export function formatInput(shape: Shape, { unbatched = false }: Batching): string {
  return formatShape(unbatched ? shape.slice(1) : shape);
}

/** Returns `x` itself if it is dense in this format, else a copy that is. */
export function dense(k: Kernels, x: NdArray, format: Format): NdArray {
  if (isDense(x, format)) return x;
  const y = k.empty(x.shape, x.buffer.dtype, format);
  k.copy(y, x);
  return y;
}

/** Fills y by a kernel that wants a dense output in this format: directly where y is one. */
export function throughDense(k: Kernels, y: NdArray, format: Format, write: (dense: NdArray) => void): void {
  if (isDense(y, format)) {
    write(y);
    return;
  }
  const temporary = k.empty(y.shape, y.buffer.dtype, format);
  write(temporary);
  k.copy(y, temporary);
}

/** Returns a contiguous array of another shape on the same elements. */
export function reshaped(x: NdArray, shape: Shape): NdArray {
  return { buffer: x.buffer, shape, strides: stridesOf(shape), offset: x.offset };
}

/** Returns the array with its dims in another order, on the same elements. */
export function permuted(x: NdArray, dims: readonly number[]): NdArray {
  return { ...x, shape: dims.map(d => x.shape[d]!), strides: dims.map(d => x.strides[d]!) };
}

/** Returns the type of `x`, with integers turned to float32: for ops whose results are no integers. */
export function floatResult(x: ArrayType): ArrayType {
  return isFloat(x.dtype) ? x : { ...x, dtype: 'float32' };
}

/** Returns a scalar array holding `value`. */
export function constant(k: Kernels, value: number, dtype: DType): NdArray {
  const x = k.empty([], dtype);
  k.fill(x, value);
  return x;
}

/** Returns where x compares so with `value`, as bool. */
export function compared(k: Kernels, op: CompareOp, x: NdArray, value: number): NdArray {
  const holds = k.empty(x.shape, 'bool');
  k.compare(op, holds, x, constant(k, value, x.buffer.dtype));
  return holds;
}

/** Sets x to 0 where `condition` (bool), which is broadcast, holds. */
export function zeroWhere(k: Kernels, x: NdArray, condition: NdArray): void {
  const chosen = k.empty(x.shape, x.buffer.dtype);
  k.where(chosen, condition, constant(k, 0, x.buffer.dtype), x);
  k.copy(x, chosen);
}
