/** What kernels read and write: a strided window on a buffer. */
import { type DType, newArray, type TypedArray } from '../dtype.ts';
import { type Format, numel, type Shape, sameShape, stridesOf } from '../shape.ts';

/** Where the elements of a buffer are. */
export interface Storage {
  /** Returns the elements; throws if they are gone. Look them up again after an allocation: memory that grows moves. */
  elements(buffer: Buffer): TypedArray;
  /** Gives the memory back. */
  release(): void;
}

/** Ordinary, garbage-collected JavaScript memory. */
export class HostStorage implements Storage {
  readonly array: TypedArray;

  constructor(array: TypedArray) {
    this.array = array;
  }

  elements(): TypedArray {
    return this.array;
  }

  release(): void {}
}

/** A run of elements of one dtype, the unit of memory. It stays the same object when its elements move. */
export class Buffer {
  readonly dtype: DType;
  readonly length: number;
  storage: Storage;
  /** Counts the writes in place, so that the tape notices a change of what it saved. */
  version = 0;
  /** More than one tensor shows these elements: who wants to write copies first. */
  shared = false;
  /** Somebody outside holds the elements themselves and may write to them unseen: they never move again. */
  exposed = false;
  /** How many records of the tape need these elements for their way back. */
  savedBy = 0;
  /** The pass in which a kernel first needed a copy of these elements in memory of its own. */
  firstCopied = 0;
  /** The op and the shape that it was made for, for messages. */
  madeBy: { readonly op: string; readonly shape: Shape } | null = null;

  constructor(dtype: DType, length: number, storage: Storage) {
    this.dtype = dtype;
    this.length = length;
    this.storage = storage;
  }

  /** The elements. Look them up again after an allocation: memory that grows moves. */
  get array(): TypedArray {
    return this.storage.elements(this);
  }

  /** Returns the elements in JavaScript memory, for somebody to hold on to. */
  expose(): TypedArray {
    this.exposed = true;
    return moveToHost(this);
  }
}

/** Returns the elements, moved to JavaScript memory unless they are there. */
export function moveToHost(buffer: Buffer): TypedArray {
  if (buffer.storage instanceof HostStorage) return buffer.storage.array;
  const array = buffer.array.slice();
  buffer.storage.release();
  buffer.storage = new HostStorage(array);
  return array;
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

/** Returns a buffer on `array`, which is in JavaScript memory. */
export function hostBuffer(dtype: DType, array: TypedArray): Buffer {
  return new Buffer(dtype, array.length, new HostStorage(array));
}

/** Returns the array of this type over a whole buffer. */
export function arrayOn(buffer: Buffer, { shape, format }: Pick<ArrayType, 'shape' | 'format'>): NdArray {
  return { buffer, shape, strides: stridesOf(shape, format), offset: 0 };
}

/** Returns a zeroed array in JavaScript memory. */
export function hostArray(shape: Shape, dtype: DType, format: Format = 'contiguous'): NdArray {
  return arrayOn(hostBuffer(dtype, newArray(dtype, numel(shape))), { shape, format });
}

/** Whether the elements lie in exactly this order, without gaps, over the whole buffer. */
export function isDense(x: NdArray, format: Format): boolean {
  const { shape, strides } = x;
  if (x.offset !== 0 || x.buffer.length !== numel(shape)) return false;
  const rank = shape.length;
  let step = 1;
  for (let i = 0; i < rank; i++) {
    const dim = format === 'channelsLast' && rank === 4 ? innermostFirst[i]! : rank - 1 - i;
    const size = shape[dim]!;
    // The stride of a dim of one element is never used.
    if (size > 1 && strides[dim] !== step) return false;
    step *= size;
  }
  return true;
}

/** The dims of NHWC. */
const innermostFirst = [1, 3, 2, 0];

/** Returns the format in which `x` is dense; contiguous wins where both fit. */
function formatOf(x: NdArray): Format {
  return x.shape.length === 4 && !isDense(x, 'contiguous') && isDense(x, 'channelsLast')
    ? 'channelsLast'
    : 'contiguous';
}

export function typeOf(x: NdArray): ArrayType {
  return { shape: x.shape, dtype: x.buffer.dtype, format: formatOf(x) };
}

/** Whether the arrays hold corresponding elements at the same places: one flat loop serves them all. */
export function sameLayout(first: NdArray, ...rest: readonly NdArray[]): boolean {
  const format = formatOf(first);
  return isDense(first, format) && rest.every(x => sameShape(x.shape, first.shape) && isDense(x, format));
}
