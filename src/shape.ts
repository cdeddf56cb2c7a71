/** Pure arithmetic on shapes; knows no tensor and no memory. */
import { ArgumentError, describe, ShapeError } from './errors.ts';

export type Shape = readonly number[];

/**
 * How the elements of a dense tensor lie in memory: row by row, or, for [N, C, H, W], with the channels
 * innermost (NHWC), which is how convolution, batch norm and pooling want their feature maps.
 */
export type Format = 'contiguous' | 'channelsLast';

/** Returns the number of elements: the product of the sizes, 1 for a scalar. */
export function numel(shape: Shape): number {
  let n = 1;
  for (const size of shape) {
    // Before an infinite product makes it NaN.
    if (size === 0) return 0;
    n *= size;
  }
  return n;
}

/** Returns `[2, 3]` for messages. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** Returns the strides, in elements, of a dense tensor of this shape and format. */
export function stridesOf(shape: Shape, format: Format = 'contiguous'): number[] {
  if (format === 'channelsLast' && shape.length === 4) {
    const [, c, h, w] = shape as [number, number, number, number];
    return [h * w * c, 1, w * c, c];
  }
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/**
 * Returns the shape that `a` and `b` broadcast to; sizes are matched from the last dim, 1 stretches. Where they are
 * parts of the shapes that the user has, `given` says those.
 */
export function broadcastShapes(
  op: string,
  a: Shape,
  b: Shape,
  given: readonly [Shape, Shape] | null = null,
): number[] {
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError(
        `${op}: the size of tensor a (${x}) must match the size of tensor b (${y}) at dimension ${rank - i}; ` +
          `shapes ${(given ?? [a, b]).map(formatShape).join(' and ')} do not broadcast`,
      );
    }
    out[rank - i] = x === 1 ? y : x;
  }
  return out;
}

/** Returns the strides with which an array of `shape` and `strides` reads as `target`: 0 where it is stretched. */
export function broadcastStrides(shape: Shape, strides: Shape, target: Shape): number[] {
  const lead = target.length - shape.length;
  return target.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : strides[i - lead]!));
}

/** Returns `dim` counted from the front; -1 is the last. A scalar takes 0 and -1, as in PyTorch. */
export function normalizeDim(op: string, dim: number, rank: number): number {
  const limit = Math.max(rank, 1);
  if (!Number.isInteger(dim) || dim < -limit || dim >= limit) {
    throw new ShapeError(
      `${op}: Dimension out of range (expected to be in range of [${-limit}, ${limit - 1}], but got ${describe(dim)})`,
    );
  }
  return dim < 0 ? dim + limit : dim;
}

/** One dim or several; null, undefined and [] mean all of them, as None in PyTorch. */
export type Dims = number | readonly number[] | null;

/** Returns the dims counted from the front and sorted. */
export function normalizeDims(op: string, dims: Dims | undefined, rank: number): number[] {
  const list = dims === undefined || dims === null ? [] : typeof dims === 'number' ? [dims] : dims;
  if (!Array.isArray(list)) {
    throw new ArgumentError(
      `${op}: expected dim to be an integer or an array of them, got ${describe(dims)}`,
    );
  }
  if (list.length === 0) return Array.from({ length: rank }, (_, i) => i);
  const sorted = list.map(dim => normalizeDim(op, dim, rank)).sort((a, b) => a - b);
  const twice = sorted.find((dim, i) => dim === sorted[i - 1]);
  if (twice !== undefined) {
    throw new ShapeError(`${op}: dim ${twice} appears multiple times in the list of dims ${describe(list)}`);
  }
  return rank === 0 ? [] : sorted;
}

/** Returns `shape` with the reduced dims kept as 1 or dropped. */
export function reducedShape(shape: Shape, dims: readonly number[], keepdim: boolean): number[] {
  return keepdim
    ? shape.map((size, i) => (dims.includes(i) ? 1 : size))
    : shape.filter((_, i) => !dims.includes(i));
}

/** Returns `shape` with its one -1 replaced by the size that makes `count` elements. */
export function inferShape(op: string, shape: Shape, count: number, from: Shape): number[] {
  if (!Array.isArray(shape)) checkShape(op, shape);
  for (const size of shape) {
    if (!Number.isInteger(size) || size < -1) {
      throw new ShapeError(`${op}: invalid shape dimension in ${describe(shape)}`);
    }
  }
  const misfit = () =>
    new ShapeError(`${op}: shape ${formatShape(shape)} is invalid for input of shape ${formatShape(from)}`);
  const known = numel(shape.filter(size => size !== -1));
  const holes = shape.filter(size => size === -1).length;
  if (holes > 1) throw new ShapeError(`${op}: only one dimension can be inferred, got ${formatShape(shape)}`);
  if (holes === 0) {
    if (known !== count) throw misfit();
    return [...shape];
  }
  if (known === 0) {
    throw new ShapeError(
      `${op}: cannot reshape tensor of ${count} elements into shape ${formatShape(shape)}: -1 can be any value`,
    );
  }
  if (count % known !== 0) throw misfit();
  return shape.map(size => (size === -1 ? count / known : size));
}

/** Returns nothing; throws unless `shape` is an array of non-negative integers. */
export function checkShape(op: string, shape: Shape): void {
  if (!Array.isArray(shape) || !isArrayOfSizes(shape)) {
    const remedy = ArrayBuffer.isView(shape) ? '; write [...shape]' : '';
    throw new ShapeError(
      `${op}: expected a shape of non-negative integers such as [2, 3], got ${describe(shape)}${remedy}`,
    );
  }
}

/** Whether all are sizes; a hole in the array is none. */
function isArrayOfSizes(shape: readonly unknown[]): boolean {
  for (const size of shape) if (!Number.isInteger(size) || (size as number) < 0) return false;
  return true;
}

export type Pair = readonly [number, number];

/** Returns [height, width] from one number for both or a pair; integers not below `least`. */
export function toPair(op: string, name: string, value: number | readonly number[], least: number): Pair {
  const pair = typeof value === 'number' ? [value, value] : value;
  const fits = Array.isArray(pair) && pair.length === 2 && pair.every(v => Number.isInteger(v) && v >= least);
  if (!fits) {
    throw new ArgumentError(
      `${op}: ${name} must be an integer >= ${least} or a pair of them [height, width], got ${describe(value)}`,
    );
  }
  return [pair[0]!, pair[1]!];
}
