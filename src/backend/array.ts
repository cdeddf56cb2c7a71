/** What kernels read and write: a strided window on a buffer. */
import { type DType, newArray, type TypedArray } from '../dtype.ts';
import { type Format, numel, type Shape, sameShape, stridesOf } from '../shape.ts';

/** A run of elements of one dtype, the unit of memory. */
export interface Buffer {
  readonly dtype: DType;
  readonly length: number;
  /** The elements. Look it up again after an allocation: memory that grows moves. */
  readonly array: TypedArray;
  /** Counts the writes in place, so that the tape notices a change of what it saved. */
  version: number;
  /** More than one tensor shows these elements: who wants to write copies first. */
  shared: boolean;
}

/** A buffer in ordinary, garbage-collected JavaScript memory. */
export class HostBuffer implements Buffer {
  readonly array: TypedArray;
  version = 0;
  shared = false;
  readonly dtype: DType;

  constructor(dtype: DType, array: TypedArray) {
    this.dtype = dtype;
    this.array = array;
  }

  get length(): number {
    return this.array.length;
  }
}

/** Shape, dtype and format of an array that does not exist yet. */
export interface ArrayType {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly format: Format;
}

export interface NdArray {
  readonly buffer: Buffer;
  readonly shape: Shape;
  /** In elements; 0 along a dim that repeats one element. */
  readonly strides: readonly number[];
  readonly offset: number;
}

/** Returns the array of this type over a whole buffer. */
export function arrayOn(buffer: Buffer, { shape, format }: Pick<ArrayType, 'shape' | 'format'>): NdArray {
  return { buffer, shape, strides: stridesOf(shape, format), offset: 0 };
}

/** Returns a zeroed array in JavaScript memory. */
export function hostArray(shape: Shape, dtype: DType, format: Format = 'contiguous'): NdArray {
  return arrayOn(new HostBuffer(dtype, newArray(dtype, numel(shape))), { shape, format });
}

/** Whether the elements lie in exactly this order, without gaps, over the whole buffer. */
export function isDense(x: NdArray, format: Format): boolean {
  if (x.offset !== 0 || x.buffer.length !== numel(x.shape)) return false;
  const strides = stridesOf(x.shape, format);
  // The stride of a dim of one element is never used.
  return strides.every((stride, i) => x.shape[i]! <= 1 || stride === x.strides[i]);
}

/** Returns the format in which `x` is dense; contiguous wins where both fit. */
function formatOf(x: NdArray): Format {
  return !isDense(x, 'contiguous') && x.shape.length === 4 && isDense(x, 'channelsLast')
    ? 'channelsLast'
    : 'contiguous';
}

export function typeOf(x: NdArray): ArrayType {
  return { shape: x.shape, dtype: x.buffer.dtype, format: formatOf(x) };
}

/** Whether the arrays hold corresponding elements at the same places: one flat loop serves them all. */
export function sameLayout(...arrays: readonly NdArray[]): boolean {
  const [first, ...rest] = arrays as [NdArray, ...NdArray[]];
  const format = formatOf(first);
  return isDense(first, format) && rest.every(x => sameShape(x.shape, first.shape) && isDense(x, format));
}
