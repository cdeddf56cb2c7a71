/** Numbers as people write them: one, nested arrays, a typed array. */
import { type DType, dtypeOf } from '../dtype.ts';
import { DTypeError, describe, ShapeError } from '../errors.ts';
import { formatShape, numel, type Shape } from '../shape.ts';

export type NestedArray = number | boolean | readonly NestedArray[];
export type Elements = NestedArray | ArrayBufferView;

/** Returns the numbers of nested arrays in one list, with their shape and natural dtype. */
export function flatten(values: Elements): { flat: ArrayLike<number>; shape: Shape; dtype: DType } {
  if (ArrayBuffer.isView(values)) {
    if (values instanceof DataView || values instanceof BigInt64Array || values instanceof BigUint64Array) {
      throw new DTypeError(`Tensor.from: expected a typed array of numbers, got ${describe(values)}`);
    }
    const flat = values as unknown as ArrayLike<number>;
    const dtype = values instanceof Uint8Array ? 'int32' : (dtypeOf(values) ?? 'int32');
    return { flat, shape: [flat.length], dtype };
  }
  const shape: number[] = [];
  for (let level: NestedArray = values; Array.isArray(level); level = level[0] as NestedArray) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat: number[] = [];
  let booleans = numel(shape) > 0;
  const collect = (value: NestedArray, dim: number): void => {
    if (dim === shape.length) {
      if (typeof value !== 'number' && typeof value !== 'boolean') {
        throw new ShapeError(
          `Tensor.from: expected a number at depth ${dim} of nested arrays of shape ${formatShape(shape)}, got ${describe(value)}`,
        );
      }
      booleans &&= typeof value === 'boolean';
      flat.push(Number(value));
    } else {
      if (!Array.isArray(value) || value.length !== shape[dim]) {
        throw new ShapeError(
          `Tensor.from: expected sequence of length ${shape[dim]} at dim ${dim} (got ${Array.isArray(value) ? value.length : describe(value)})`,
        );
      }
      for (const inner of value) collect(inner, dim + 1);
    }
  };
  collect(values, 0);
  return { flat, shape, dtype: booleans ? 'bool' : 'float32' };
}
