/** Numbers as people write them: one, nested arrays, a typed array. */
import { type DType, dtypeOf } from '../dtype.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { numel, type Shape } from '../shape.ts';
import { TensorCore } from './core.ts';

export type NestedArray = number | boolean | readonly NestedArray[];
export type Elements = NestedArray | ArrayBufferView;

interface Flat {
  readonly flat: ArrayLike<number>;
  readonly shape: Shape;
  readonly dtype: DType;
}

const maxDims = 64;

/** Returns the numbers of nested arrays in one list, with their shape and natural dtype. */
export function flatten(op: string, values: Elements): Flat {
  if (ArrayBuffer.isView(values)) {
    const flat = values as unknown as ArrayLike<number>;
    return { dtype: dtypeOf(op, flat), flat, shape: [flat.length] };
  }
  const shape: number[] = [];
  for (let level: NestedArray = values; Array.isArray(level); level = level[0] as NestedArray) {
    if (shape.length === maxDims)
      throw new ShapeError(`${op}: too many dims: arrays nested over ${maxDims} deep`);
    shape.push(level.length);
    if (level.length === 0) break;
  }
  const flat: number[] = [];
  let booleans = numel(shape) > 0;
  const collect = (value: NestedArray, dim: number): void => {
    if (dim === shape.length) {
      if (typeof value !== 'number' && typeof value !== 'boolean') throw notANumber(op, value, dim);
      booleans &&= typeof value === 'boolean';
      flat.push(Number(value));
    } else {
      if (!Array.isArray(value) || value.length !== shape[dim]) {
        throw new ShapeError(
          `${op}: expected sequence of length ${shape[dim]} at dim ${dim} (got ${Array.isArray(value) ? value.length : describe(value)})`,
        );
      }
      for (const inner of value) collect(inner, dim + 1);
    }
  };
  collect(values, 0);
  return { flat, shape, dtype: booleans ? 'bool' : 'float32' };
}

/** Returns the error for what is neither a number nor an array of the depth of its neighbours. */
function notANumber(op: string, value: unknown, depth: number): Error {
  if (value instanceof TensorCore) {
    return depth === 0
      ? new ArgumentError(
          `${op}: expected numbers, got a Tensor; copy it with x.clone(), or x.detach().clone()`,
        )
      : new ArgumentError(
          `${op}: expected numbers, got a Tensor in an array; join tensors with Tensor.stack or Tensor.cat`,
        );
  }
  if (Array.isArray(value)) {
    return new ShapeError(
      `${op}: expected a number at depth ${depth} of the nested arrays, got ${describe(value)}`,
    );
  }
  return new ShapeError(
    `${op}: expected a number, nested arrays of numbers or a typed array, got ${describe(value)}${remedy(value)}`,
  );
}

function remedy(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'string') return '; convert with Number(value)';
  if (value instanceof Promise) return '; await it first';
  if (ArrayBuffer.isView(value)) return ' in an array; give one typed array and its { shape }';
  if (value instanceof ArrayBuffer) return '; give a typed array on it, such as new Float32Array(buffer)';
  return '';
}
