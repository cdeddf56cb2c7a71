/** What every tensor has: its elements, and its place on the tape. */
import { Buffer, hostArray, isDense, type NdArray } from '../backend/array.ts';
import { kernelsFor, memory } from '../backend/select.ts';
import { checkFits, type DType, fitsInt32, isFloat, promote, type TypedArray } from '../dtype.ts';
import { ArgumentError, AutogradError, describe, ShapeError } from '../errors.ts';
import { formatTensor } from '../format.ts';
import { isGradEnabled } from '../grad-mode.ts';
import type { Op, Operands, Saved } from '../ops/op.ts';
import { reshape } from '../ops/reshape.ts';
import { broadcastShapes, formatShape, normalizeDim, numel, type Shape } from '../shape.ts';
import { Leaf, type Source, TapeRecord, type Variable } from '../tape/record.ts';
import { apply } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import type { NestedArray } from './nested.ts';

export abstract class TensorCore implements Variable {
  /** The elements and how they lie in memory; for the library itself. */
  array: NdArray;
  /** Where the gradient goes; for the library itself. */
  source: Source;
  /** `structuredClone` and `postMessage` know no class, and stop here: their error shows this text. */
  readonly cloneable = notCloneable;
  #shape: Shape | null = null;

  /** Tensors are made by `Tensor.from`, `Tensor.zeros` and their kin. */
  constructor(array: NdArray, source: Source = null) {
    if (!(array?.buffer instanceof Buffer)) {
      throw new ArgumentError(`Tensor: expected no call of the constructor; make a tensor with Tensor.from`);
    }
    this.array = array;
    this.source = source;
  }

  get shape(): Shape {
    // A copy: what is frozen is slower, so the library's own arrays are not.
    this.#shape ??= Object.freeze([...this.array.shape]);
    return this.#shape;
  }

  get dtype(): DType {
    return this.array.buffer.dtype;
  }

  /** The number of dims. */
  get ndim(): number {
    return this.array.shape.length;
  }

  /** Returns the number of elements. */
  numel(): number {
    return numel(this.array.shape);
  }

  /** Returns the size of one dim. */
  size(dim: number): number {
    return this.array.shape[normalizeDim('size', dim, this.ndim)] ?? 1;
  }

  /**
   * The elements, row by row, as the tensor's own memory: what is written to the array is written to the tensor.
   * Look it up anew after an operation in place. A write here is not noticed by the tape.
   */
  get data(): TypedArray {
    return this.writableRowMajor().buffer.expose();
  }

  /**
   * Returns this tensor, which then outlives the call of the module that computed it although nothing returns it:
   * `this.features = h.keep()`.
   */
  keep(): this {
    memory.keep(this.array.buffer);
    return this;
  }

  /** Returns the elements row by row, to be read only. */
  protected values(): TypedArray {
    return asRowMajor(this.array).buffer.array;
  }

  /** Returns the one element as a number. */
  item(): number {
    if (this.numel() !== 1) {
      throw new ShapeError(
        `item: a Tensor with ${this.numel()} elements cannot be converted to Scalar; its shape is ${formatShape(this.shape)}`,
      );
    }
    return this.values()[0]!;
  }

  /** Returns the elements as nested arrays, of booleans for bool; a scalar as itself. */
  toArray(): NestedArray {
    const values = this.values();
    const { shape, dtype } = this;
    const nest = (dim: number, start: number): NestedArray => {
      if (dim === shape.length) return dtype === 'bool' ? values[start] !== 0 : values[start]!;
      const step = numel(shape.slice(dim + 1));
      return Array.from({ length: shape[dim]! }, (_, i) => nest(dim + 1, start + i * step));
    };
    return nest(0, 0);
  }

  /** Returns what `JSON.stringify` writes: `toArray()`. NaN and infinities become null in JSON. */
  toJSON(): NestedArray {
    return this.toArray();
  }

  /** Returns the text for a template string; for an operator, the number of a tensor of one element. */
  [Symbol.toPrimitive](hint: string): string | number {
    if (hint === 'string') return this.toString();
    if (this.numel() === 1) return this.item();
    throw new ShapeError(
      `Tensor: only one element tensors can be converted to a number, got shape ${formatShape(this.shape)}; ` +
        'JavaScript has no operators for tensors: call x.add(y), x.neg(), x.lt(y) …, and String(x) for the text',
    );
  }

  toString(): string {
    const suffix =
      this.source instanceof TapeRecord
        ? `gradFn=<${this.source.name}>`
        : this.source
          ? 'requiresGrad=true'
          : '';
    return formatTensor(this.shape, this.dtype, this.values(), suffix);
  }

  /** Printed by `console.log` in Node as PyTorch prints it. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Returns a tensor on `array`. */
  protected abstract make(array: NdArray, source?: Source): Tensor;

  /** Returns the result of an op whose first operand is this tensor. */
  protected run<In extends Operands, Args, S extends Saved>(
    op: Op<In, Args, S>,
    others: readonly (Tensor | null)[],
    args: Args,
  ): Tensor {
    for (const x of others) if (x !== null) requireTensor(op.name, x);
    const { array, source } = apply(op, [this, ...others], args);
    return this.make(array, source);
  }

  /** Replaces this tensor's elements by the result of an op; returns this tensor. `called` is what the user called. */
  protected runInPlace<In extends Operands, Args, S extends Saved>(
    op: Op<In, Args, S>,
    others: readonly (Tensor | null)[],
    args: Args,
    called = op.name,
  ): this {
    for (const x of others) {
      if (x === null) continue;
      requireTensor(`${called}_`, x);
      // The op itself would name itself.
      broadcastShapes(`${called}_`, this.array.shape, x.array.shape);
    }
    if (this.source instanceof Leaf && isGradEnabled()) {
      const instead = called in this ? `, or use ${called}` : '';
      throw new AutogradError(
        `${called}_: a leaf Variable that requires grad is being used in an in-place operation. Do it inside noGrad()${instead}`,
      );
    }
    const { array, source } = apply(op, [this, ...others], args, { ...this.writable() });
    this.array = array;
    if (source) this.source = source;
    return this;
  }

  /** Returns the elements, copied first if another tensor shows them too; who writes raises their version. @internal */
  writable(): NdArray {
    if (this.array.buffer.shared) this.array = contiguousCopy(this.array);
    return this.array;
  }

  /** Returns the elements, copied first if another tensor or a record of the tape needs them as they are. @internal */
  writableUnsaved(): NdArray {
    if (this.array.buffer.savedBy > 0) this.array = contiguousCopy(this.array);
    return this.writable();
  }

  /** Returns the elements as a dense row-major array, which this tensor's own memory becomes. @internal */
  rowMajor(): NdArray {
    this.array = asRowMajor(this.array);
    return this.array;
  }

  /** Returns the elements row by row as memory of this tensor alone. @internal */
  writableRowMajor(): NdArray {
    this.writable();
    return this.rowMajor();
  }

  /** Returns the same elements under another shape of the same size. */
  protected withShape(shape: Shape): Tensor {
    return this.run(reshape, [], shape);
  }

  /** Returns `value` as a tensor that this one can be combined with; a number takes its dtype where it fits. */
  protected operand(op: string, value: Tensor | number): Tensor {
    if (typeof value !== 'number') {
      if (value instanceof TensorCore) return value;
      throw noTensor(op, 'a tensor or a number', value);
    }
    // A quotient is a float, whatever is divided by what.
    const whole = Number.isInteger(value) && (op !== 'div' || fitsInt32(value));
    const dtype = isFloat(this.dtype) ? this.dtype : promote(this.dtype, whole ? 'int32' : 'float32');
    const scalar = hostArray([], dtype);
    scalar.buffer.array[0] = checkFits(op, value, dtype);
    return this.make(scalar);
  }
}

// Short: V8 leaves the middle of a long one out.
const notCloneable = Symbol('a Tensor: send x.data and x.shape, then Tensor.from(data, { shape })');

/** Returns nothing; throws unless `x` is a tensor. */
export function requireTensor(op: string, x: unknown): void {
  if (!(x instanceof TensorCore)) throw noTensor(op, 'a tensor', x);
}

function noTensor(op: string, expected: string, x: unknown): ArgumentError {
  const elements = typeof x === 'number' || Array.isArray(x) || ArrayBuffer.isView(x);
  const remedy = elements ? '; make one with Tensor.from' : x instanceof Promise ? '; await it first' : '';
  return new ArgumentError(`${op}: expected ${expected}, got ${describe(x)}${remedy}`);
}

/** Returns x as a dense row-major array: itself, or a copy in JavaScript memory. */
export function asRowMajor(x: NdArray): NdArray {
  return isDense(x, 'contiguous') ? x : contiguousCopy(x);
}

function contiguousCopy(x: NdArray): NdArray {
  const y = hostArray(x.shape, x.buffer.dtype);
  kernelsFor(x.buffer.dtype).copy(y, x);
  return y;
}
