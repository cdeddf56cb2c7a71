/** Tensor: an n-dimensional array that remembers how it was computed. */
import { checkOptions } from './arguments.ts';
import { arrayOn, hostBuffer, type NdArray } from './backend/array.ts';
import type { SgdItem, SgdOptions } from './backend/kernels.ts';
import { kernelsFor, newElements } from './backend/select.ts';
import { checkDType, type DType, isFloat, newArray, type TypedArray } from './dtype.ts';
import { ArgumentError, DTypeError, describe, ShapeError } from './errors.ts';
import { cat, isEmptyList } from './ops/cat.ts';
import { where } from './ops/where.ts';
import { fillNormal, fillUniform, generator } from './random.ts';
import { checkShape, formatShape, inferShape, normalizeDim, type Shape, sameShape } from './shape.ts';
import type { Source } from './tape/record.ts';
import { asRowMajor, requireTensor } from './tensor/core.ts';
import { type Elements, flatten } from './tensor/nested.ts';
import { NeuralMethods } from './tensor/neural.ts';

export { requireTensor };

export interface TensorOptions {
  readonly dtype?: DType;
  readonly requiresGrad?: boolean;
}

export interface FromOptions extends TensorOptions {
  readonly shape?: Shape;
}

export class Tensor extends NeuralMethods {
  /**
   * Returns a tensor with a copy of the given numbers: one number, nested arrays, or a typed array.
   * float32 unless `dtype` says otherwise; a typed array keeps its own element type, short integers become int32,
   * and booleans become bool. `shape` lays a flat list out anew.
   */
  static from(values: Elements, options: FromOptions = {}): Tensor {
    checkOptions('Tensor.from', options, ['shape', 'dtype', 'requiresGrad']);
    const { flat, shape, dtype } = flatten(values);
    const wanted = checkDType('Tensor.from', options.dtype ?? dtype);
    const finalShape = options.shape ? inferShape('Tensor.from', options.shape, flat.length, shape) : shape;
    const elements = newArray(wanted, flat.length);
    if (wanted === 'bool') for (let i = 0; i < flat.length; i++) elements[i] = Number(flat[i] !== 0);
    else elements.set(flat);
    return create(elements, finalShape, wanted, options);
  }

  static zeros(shape: Shape, options: TensorOptions = {}): Tensor {
    return generate('Tensor.zeros', shape, 'float32', options, () => {});
  }

  static ones(shape: Shape, options: TensorOptions = {}): Tensor {
    return generate('Tensor.ones', shape, 'float32', options, to => to.fill(1));
  }

  static full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
    return generate('Tensor.full', shape, 'float32', options, to => to.fill(value));
  }

  /** Returns the numbers from `start` (0 if only the end is given) up to but without `end`, in steps of `step`. */
  static arange(end: number, options?: TensorOptions): Tensor;
  static arange(start: number, end: number, step?: number, options?: TensorOptions): Tensor;
  static arange(first: number, second?: number | TensorOptions, step = 1, last: TensorOptions = {}): Tensor {
    const [start, end] = typeof second === 'number' ? [first, second] : [0, first];
    const options = typeof second === 'object' ? second : last;
    const count = Math.ceil((end - start) / step);
    if (!Number.isFinite(count) || count < 0) {
      throw new ArgumentError(
        `Tensor.arange: upper bound and larger bound inconsistent with step sign, got start ${start}, end ${end}, step ${step}`,
      );
    }
    return generate('Tensor.arange', [count], 'float32', options, to =>
      to.set(Array.from(to, (_, i) => start + i * step)),
    );
  }

  /** Returns `steps` numbers evenly spaced from `start` to `end`, both included. */
  static linspace(start: number, end: number, steps: number, options: TensorOptions = {}): Tensor {
    const step = (end - start) / (steps - 1);
    const at = (i: number) => (i < steps / 2 ? start + i * step : end - (steps - 1 - i) * step);
    return generate('Tensor.linspace', [steps], 'float32', options, to => {
      for (let i = 0; i < steps; i++) to[i] = steps === 1 ? start : at(i);
    });
  }

  /** Returns a matrix with ones on the diagonal, square unless `columns` is given. */
  static eye(rows: number, options?: TensorOptions): Tensor;
  static eye(rows: number, columns: number, options?: TensorOptions): Tensor;
  static eye(rows: number, second: number | TensorOptions = rows, last: TensorOptions = {}): Tensor {
    const [columns, options] = typeof second === 'number' ? [second, last] : [rows, second];
    return generate('Tensor.eye', [rows, columns], 'float32', options, to => {
      for (let i = 0; i < Math.min(rows, columns); i++) to[i * columns + i] = 1;
    });
  }

  /** Returns numbers drawn evenly from [0, 1). */
  static rand(shape: Shape, options: TensorOptions = {}): Tensor {
    return draw('Tensor.rand', shape, options, to => fillUniform(to, 0, 1));
  }

  /** Returns numbers from the normal distribution of mean 0 and variance 1. */
  static randn(shape: Shape, options: TensorOptions = {}): Tensor {
    return draw('Tensor.randn', shape, options, to => fillNormal(to, 0, 1));
  }

  /** Returns whole numbers from `low` up to but without `high`; int32 unless `dtype` says otherwise. */
  static randint(low: number, high: number, shape: Shape, options: TensorOptions = {}): Tensor {
    if (!(Number.isInteger(low) && Number.isInteger(high) && low < high)) {
      throw new ArgumentError(
        `Tensor.randint: expected whole numbers low < high, got ${describe([low, high])}`,
      );
    }
    return generate('Tensor.randint', shape, 'int32', options, to => {
      for (let i = 0; i < to.length; i++) to[i] = low + generator.below(high - low);
    });
  }

  static zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
    return generate('Tensor.zerosLike', x.shape, x.dtype, options, () => {});
  }

  static onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
    return generate('Tensor.onesLike', x.shape, x.dtype, options, to => to.fill(1));
  }

  static fullLike(x: Tensor, value: number, options: TensorOptions = {}): Tensor {
    return generate('Tensor.fullLike', x.shape, x.dtype, options, to => to.fill(value));
  }

  static randLike(x: Tensor, options: TensorOptions = {}): Tensor {
    return Tensor.rand(x.shape, { dtype: x.dtype, ...options });
  }

  static randnLike(x: Tensor, options: TensorOptions = {}): Tensor {
    return Tensor.randn(x.shape, { dtype: x.dtype, ...options });
  }

  static randintLike(x: Tensor, low: number, high: number, options: TensorOptions = {}): Tensor {
    return Tensor.randint(low, high, x.shape, { dtype: x.dtype, ...options });
  }

  /** Returns the tensors one after another along `dim`. */
  static cat(tensors: readonly Tensor[], dim = 0): Tensor {
    const [first, ...rest] = nonEmpty('cat', tensors);
    if (tensors.some(x => x.ndim === 0))
      throw new ShapeError('cat: zero-dimensional tensors cannot be concatenated; use Tensor.stack');
    const at = normalizeDim('cat', dim, (tensors.find(x => !isEmptyList(x.shape)) ?? first).ndim);
    return first.run(cat, rest, { dim: at, sizes: tensors.map(x => x.shape[at] ?? 0) });
  }

  /** Returns the tensors, all of one shape, side by side along a new dim. */
  static stack(tensors: readonly Tensor[], dim = 0): Tensor {
    const [first] = nonEmpty('stack', tensors);
    const other = tensors.find(x => !sameShape(x.shape, first.shape));
    if (other) {
      throw new ShapeError(
        `stack: expects each tensor to be equal size, but got ${formatShape(first.shape)} and ${formatShape(other.shape)}`,
      );
    }
    const at = normalizeDim('stack', dim, first.ndim + 1);
    return Tensor.cat(
      tensors.map(x => x.unsqueeze(at)),
      at,
    );
  }

  /** Returns `a` where `condition` (bool) holds, else `b`; all three are broadcast. */
  static where(condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor {
    requireTensor('where', condition);
    const like = [a, b].find(x => x instanceof Tensor) ?? Tensor.zeros([]);
    return condition.run(where, [like.operand('where', a), like.operand('where', b)], undefined);
  }

  /** Applies one step of gradient descent to all parameters, which have gradients, at once; `optim.SGD` keeps the momentum buffers. */
  static sgd_(
    items: readonly { param: Tensor; momentumBuffer: Tensor | null; fresh: boolean }[],
    options: SgdOptions,
  ): void {
    const arrays: SgdItem[] = items.map(({ param, momentumBuffer, fresh }) => ({
      param: param.writableRowMajor(),
      grad: asRowMajor(param.gradient!),
      momentumBuffer: momentumBuffer?.writableRowMajor() ?? null,
      fresh,
    }));
    kernelsFor('float32').sgd(arrays, options);
    for (const { param, momentumBuffer } of arrays) {
      param.buffer.version++;
      if (momentumBuffer) momentumBuffer.buffer.version++;
    }
  }

  protected override make(array: NdArray, source: Source = null): Tensor {
    return new Tensor(array, source);
  }
}

function create(
  elements: TypedArray,
  shape: Shape,
  dtype: DType,
  { requiresGrad = false }: TensorOptions,
): Tensor {
  const array = arrayOn(hostBuffer(dtype, elements), { shape: [...shape], format: 'contiguous' });
  return new Tensor(array).requiresGrad_(requiresGrad);
}

/** Returns a new tensor whose zeroed elements `fill` has filled. */
function generate(
  op: string,
  shape: Shape,
  dtype: DType,
  options: TensorOptions,
  fill: (elements: TypedArray) => void,
): Tensor {
  checkShape(op, shape);
  checkOptions(op, options, ['dtype', 'requiresGrad']);
  const wanted = checkDType(op, options.dtype ?? dtype);
  const elements = newElements(op, shape, wanted);
  if (options.requiresGrad && !isFloat(wanted)) {
    throw new DTypeError(`${op}: only Tensors of floating point dtype can require gradients, got ${wanted}`);
  }
  if (wanted === 'bool') {
    const numbers = newElements(op, shape, 'float64');
    fill(numbers);
    for (let i = 0; i < numbers.length; i++) elements[i] = Number(numbers[i] !== 0);
  } else fill(elements);
  return create(elements, shape, wanted, options);
}

/** Returns a new tensor of floats that `fill` has drawn. */
function draw(
  op: string,
  shape: Shape,
  options: TensorOptions,
  fill: (elements: Float32Array | Float64Array) => void,
): Tensor {
  const dtype = checkDType(op, options.dtype ?? 'float32');
  if (!isFloat(dtype))
    throw new DTypeError(`${op}: expected dtype float32 or float64, got ${describe(dtype)}`);
  return generate(op, shape, dtype, options, to => fill(to as Float32Array | Float64Array));
}

function nonEmpty(op: string, tensors: readonly Tensor[]): [Tensor, ...Tensor[]] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ArgumentError(`${op}: expected a non-empty list of tensors, got ${describe(tensors)}`);
  }
  for (const x of tensors) requireTensor(op, x);
  return tensors as unknown as [Tensor, ...Tensor[]];
}
