import { newArray, typedArrayName } from '../dtype.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { formatShape, numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import type { Collated } from './collate.ts';

/** A numbered collection of items, as a DataLoader reads it. */
export interface Dataset<Item> {
  readonly length: number;

  /** Returns item `index`, 0 ≤ index < length. */
  get(index: number): Item;

  /**
   * Returns the items of `indices` as one batch, what collating them one by one would give.
   * Optional: a dataset that lies in one block of memory can copy rows without making an item of each.
   */
  batch?(indices: Int32Array): Collated<Item>;
}

/**
 * A dataset of tensors that share their first dim: item i is the tuple of their rows i.
 * Items and batches are copies, and take no part in the tensors' autograd graph.
 * Like https://pytorch.org/docs/stable/data.html#torch.utils.data.TensorDataset
 */
export class TensorDataset<Tensors extends readonly Tensor[]> implements Dataset<Tensors> {
  readonly tensors: Tensors;
  readonly length: number;

  constructor(...tensors: Tensors) {
    checkTensors(tensors);
    const length = tensors[0]?.shape[0];
    if (length === undefined || tensors.some(({ shape }) => shape[0] !== length)) {
      const shapes = tensors.map(({ shape }) => formatShape(shape)).join(', ') || 'no tensor';
      throw new ShapeError(`TensorDataset: expected tensors with the same first dim, got ${shapes}`);
    }
    this.tensors = tensors;
    this.length = length;
  }

  get(index: number): Tensors {
    checkIndex('TensorDataset.get', index, this.length);
    return this.map(tensor => {
      const rowShape = tensor.shape.slice(1);
      return Tensor.from(copyRows(tensor, [index]), { shape: rowShape, dtype: tensor.dtype });
    });
  }

  batch(indices: Int32Array): Collated<Tensors> {
    checkIndices('TensorDataset.batch', indices, this.length);
    return this.map(tensor => {
      const shape = [indices.length, ...tensor.shape.slice(1)];
      return Tensor.from(copyRows(tensor, indices), { shape, dtype: tensor.dtype });
    });
  }

  // A tuple of tensors maps to a tuple of tensors as long, which the compiler takes for an array of any length.
  private map<Rows>(rows: (tensor: Tensor) => Tensor): Rows {
    return this.tensors.map(rows) as unknown as Rows;
  }
}

function checkTensors(given: readonly unknown[]): void {
  for (const x of given) {
    if (x instanceof Tensor) continue;
    const listed = Array.isArray(x) && x[0] instanceof Tensor;
    const advice = listed ? 'write new data.TensorDataset(x, y)' : 'make one with Tensor.from';
    throw new ArgumentError(`TensorDataset: expected tensors, got ${describe(x)}; ${advice}`);
  }
}

/** Returns nothing; throws an ArgumentError unless `index` is an integer in 0 … length - 1. */
export function checkIndex(op: string, index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  throw new ArgumentError(`${op}: index ${describe(index)} is out of range for ${length} items`);
}

/** Returns nothing; throws an ArgumentError unless `indices` is a list of integers in 0 … length - 1. */
export function checkIndices(op: string, indices: ArrayLike<number>, length: number): void {
  if (typedArrayName(indices) === undefined && !Array.isArray(indices)) {
    throw new ArgumentError(`${op}: expected an Int32Array of indices, got ${describe(indices)}`);
  }
  for (let i = 0; i < indices.length; i++) checkIndex(op, indices[i]!, length);
}

function copyRows(tensor: Tensor, indices: ArrayLike<number>) {
  const size = numel(tensor.shape.slice(1));
  const from = tensor.data;
  const to = newArray(tensor.dtype, indices.length * size);
  for (let row = 0; row < indices.length; row++) {
    const begin = indices[row]! * size;
    to.set(from.subarray(begin, begin + size), row * size);
  }
  return to;
}
