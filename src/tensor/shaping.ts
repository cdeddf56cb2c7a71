/** Other shapes for the same elements. A result is a value of its own: writing to it never changes this tensor. */
import { checkInteger } from '../arguments.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { expand } from '../ops/expand.ts';
import { permute } from '../ops/permute.ts';
import { slice } from '../ops/slice.ts';
import {
  checkShape,
  formatShape,
  inferShape,
  normalizeDim,
  normalizeDims,
  numel,
  type Shape,
} from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { ReductionMethods } from './reduction.ts';

/** A shape as one array or as separate numbers. */
type ShapeArgs = [Shape] | number[];

function shapeFrom(op: string, args: ShapeArgs): Shape {
  const [first] = args;
  if (typeof first === 'number' || first === undefined) return args as number[];
  if (!Array.isArray(first) || args.length > 1) {
    const got = args.length > 1 ? describe(args) : describe(first);
    throw new ShapeError(`${op}: expected integers, or one array of them such as [2, 3], got ${got}`);
  }
  return first;
}

export abstract class ShapingMethods extends ReductionMethods {
  /** Returns the elements, row by row, under another shape; one size may be -1, and is worked out. */
  reshape(...shape: ShapeArgs): Tensor {
    return this.withShape(inferShape('reshape', shapeFrom('reshape', shape), this.numel(), this.shape));
  }

  /** Returns the same as `reshape`. */
  view(...shape: ShapeArgs): Tensor {
    return this.withShape(inferShape('view', shapeFrom('view', shape), this.numel(), this.shape));
  }

  /** Returns the dims from `startDim` to `endDim` as one. */
  flatten(startDim = 0, endDim = -1): Tensor {
    const start = normalizeDim('flatten', startDim, this.ndim);
    const end = normalizeDim('flatten', endDim, this.ndim);
    if (start > end) {
      throw new ShapeError(`flatten: startDim cannot come after endDim, got ${startDim} and ${endDim}`);
    }
    const { shape } = this;
    return this.withShape([
      ...shape.slice(0, start),
      numel(shape.slice(start, end + 1)),
      ...shape.slice(end + 1),
    ]);
  }

  transpose(dim0: number, dim1: number): Tensor {
    const [a, b] = [normalizeDim('transpose', dim0, this.ndim), normalizeDim('transpose', dim1, this.ndim)];
    const dims = this.shape.map((_, i) => (i === a ? b : i === b ? a : i));
    return this.run(permute, [], { dims });
  }

  /** Returns a matrix transposed; a vector or scalar as it is. */
  t(): Tensor {
    if (this.ndim > 2)
      throw new ShapeError(`t: expected at most 2 dims, got shape ${formatShape(this.shape)}`);
    return this.ndim < 2 ? this.withShape(this.shape) : this.transpose(0, 1);
  }

  permute(...dims: ShapeArgs): Tensor {
    const wanted = shapeFrom('permute', dims);
    const order = wanted.map(dim => normalizeDim('permute', dim, this.ndim));
    if (order.length !== this.ndim || new Set(order).size !== this.ndim) {
      throw new ShapeError(
        `permute: expected each dim of ${formatShape(this.shape)} once, got ${describe(wanted)}`,
      );
    }
    return this.run(permute, [], { dims: order });
  }

  /** Returns the tensor without its dims of size 1, or without those among `dim` that have it. */
  squeeze(dim?: number | readonly number[]): Tensor {
    // Of an empty list nothing is dropped, where reductions take it for all dims: both as in PyTorch.
    const none = Array.isArray(dim) && dim.length === 0;
    const dims = none ? [] : normalizeDims('squeeze', dim, this.ndim);
    return this.withShape(this.shape.filter((size, i) => size !== 1 || !dims.includes(i)));
  }

  /** Returns the tensor with a new dim of size 1 at `dim`. */
  unsqueeze(dim: number): Tensor {
    const at = normalizeDim('unsqueeze', dim, this.ndim + 1);
    return this.withShape([...this.shape.slice(0, at), 1, ...this.shape.slice(at)]);
  }

  /** Returns the tensor with dims of size 1 repeated to `shape`; -1 leaves a size as it is. */
  expand(...shape: ShapeArgs): Tensor {
    const wanted = shapeFrom('expand', shape);
    const lead = wanted.length - this.ndim;
    if (lead < 0)
      throw new ShapeError(
        `expand: shape ${formatShape(wanted)} has fewer dims than ${formatShape(this.shape)}`,
      );
    checkShape(
      'expand',
      wanted.map((size, i) => (size === -1 && i >= lead ? 0 : size)),
    );
    return this.run(
      expand,
      [],
      wanted.map((size, i) => (size === -1 ? (this.shape[i - lead] ?? -1) : size)),
    );
  }

  /** Returns the elements from `start` up to `end` along `dim`, every `step`-th; as x[start:end:step] in Python. */
  slice(dim: number, start = 0, end = Infinity, step = 1): Tensor {
    const at = normalizeDim('slice', dim, this.ndim);
    if (this.ndim === 0) throw new ShapeError('slice: a scalar has no dim to slice');
    if (!Number.isInteger(step) || step < 1)
      throw new ArgumentError(`slice: step must be greater than zero, got ${describe(step)}`);
    for (const [name, value] of Object.entries({ start, end })) {
      if (value !== Infinity && value !== -Infinity) checkInteger('slice', name, value);
    }
    const size = this.shape[at]!;
    const clamp = (i: number) => Math.min(Math.max(i < 0 ? i + size : i, 0), size);
    const first = clamp(start);
    const length = Math.max(0, Math.ceil((clamp(end) - first) / step));
    return this.run(slice, [], { dim: at, start: first, length, step });
  }

  /** Returns the slice at `index` along `dim`, without that dim; as x[index] in Python. */
  select(dim: number, index: number): Tensor {
    const at = normalizeDim('select', dim, this.ndim);
    const size = this.shape[at] ?? 0;
    if (!Number.isInteger(index) || index < -size || index >= size) {
      throw new ShapeError(
        `select: index ${describe(index)} is out of bounds for dimension ${at} of size ${size}`,
      );
    }
    const start = index < 0 ? index + size : index;
    return this.slice(at, start, start + 1).squeeze(at);
  }
}
