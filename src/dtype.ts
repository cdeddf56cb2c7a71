import { DTypeError, describe, OutOfMemoryError } from './errors.ts';

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

/** Returns the dtype whose elements `array` holds as they are, or null for other typed arrays. */
export function dtypeOf(array: ArrayBufferView): DType | null {
  return dtypes.find(dtype => array instanceof arrays[dtype]) ?? null;
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
