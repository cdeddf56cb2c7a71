import { ArgumentError, DTypeError, describe, OutOfMemoryError } from './errors.ts';

/** Element types. float64 exists for gradient checks and runs on the reference backend. */
export type DType = 'float32' | 'float64' | 'int32' | 'bool';

export type FloatArray = Float32Array | Float64Array;
export type TypedArray = FloatArray | Int32Array | Uint8Array;

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array } as const;

export const dtypes = Object.keys(arrays) as readonly DType[];

/** Returns a zeroed typed array of `length` elements; throws an OutOfMemoryError if the engine has no room for them. */
export function newArray(dtype: DType, length: number): TypedArray {
  const ArrayOf = arrays[dtype];
  try {
    return new ArrayOf(length);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Sizes beyond all numbers make an infinite product.
    const bytes = Math.min(length * ArrayOf.BYTES_PER_ELEMENT, Number.MAX_VALUE);
    throw new OutOfMemoryError(
      `out of memory: asked for ${bytes} bytes, which this engine cannot give to one array`,
      bytes,
      0,
    );
  }
}

const nameGetter = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
)!.get!;

/** Returns 'Float32Array', 'Uint8Array' … for a typed array, of this realm or another; undefined for anything else. */
export function typedArrayName(value: unknown): string | undefined {
  return nameGetter.call(value) as string | undefined;
}

const dtypeByName: Readonly<Record<string, DType>> = {
  Float16Array: 'float32',
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int8Array: 'int32',
  Uint8Array: 'int32',
  Uint8ClampedArray: 'int32',
  Int16Array: 'int32',
  Uint16Array: 'int32',
  Int32Array: 'int32',
  Uint32Array: 'int32',
};

/** Returns the dtype that the numbers of a typed array become: float32 for float16, int32 for all integers. */
export function dtypeOf(op: string, array: ArrayLike<number>): DType {
  const dtype = dtypeByName[typedArrayName(array) ?? ''];
  if (dtype) return dtype;
  const remedy = typedArrayName(array) ? '; Float64Array.from(values, Number) makes one' : '';
  throw new DTypeError(`${op}: expected a typed array of numbers, got ${describe(array)}${remedy}`);
}

const [leastInt32, mostInt32] = [-(2 ** 31), 2 ** 31 - 1];

/** Whether an int32 can hold the whole part of `value`. */
export function fitsInt32(value: number): boolean {
  return value >= leastInt32 && value <= mostInt32;
}

/** Returns `value`; throws if `dtype` is int32 and cannot hold it. A fraction is cut off, as in PyTorch. */
export function checkFits(op: string, value: number, dtype: DType): number {
  if (dtype !== 'int32' || fitsInt32(value)) return value;
  throw new ArgumentError(
    `${op}: value ${value} cannot be converted to type int32 without overflow; use dtype 'float64' or 'float32'`,
  );
}

/** Returns a typed array of `dtype` with these numbers; for bool, whether each is not 0. */
export function arrayFrom(op: string, numbers: ArrayLike<number>, dtype: DType): TypedArray {
  const array = newArray(dtype, numbers.length);
  if (dtype === 'bool') {
    for (let i = 0; i < numbers.length; i++) array[i] = Number(numbers[i] !== 0);
    return array;
  }
  if (dtype === 'int32' && typedArrayName(numbers) !== 'Int32Array') {
    for (let i = 0; i < numbers.length; i++) checkFits(op, numbers[i]!, dtype);
  }
  array.set(numbers);
  return array;
}

/** Returns `dtype`; throws unless it is one. */
export function checkDType(op: string, dtype: DType): DType {
  if (dtypes.includes(dtype)) return dtype;
  throw new DTypeError(`${op}: unknown dtype ${describe(dtype)}; the dtypes are ${dtypes.join(', ')}`);
}

export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

const rank: Record<DType, number> = { bool: 0, int32: 1, float32: 2, float64: 3 };

/** Returns the wider of two dtypes: bool < int32 < float32 < float64. */
export function promote(a: DType, b: DType): DType {
  return rank[a] >= rank[b] ? a : b;
}
