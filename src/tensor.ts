/** Tensor: an n-dimensional array that remembers how it was computed. */
import type { NdArray } from './backend/array.ts';
import type { SgdItem, SgdOptions } from './backend/kernels.ts';
import { kernelsFor } from './backend/select.ts';
import type { FloatArray } from './dtype.ts';
import { ArgumentError, describe, ShapeError } from './errors.ts';
import { cat, isEmptyList } from './ops/cat.ts';
import { where } from './ops/where.ts';
import { fillNormal, fillUniform } from './random.ts';
import { formatShape, normalizeDim, type Shape, sameShape } from './shape.ts';
import type { Source } from './tape/record.ts';
import { asRowMajor, requireTensor } from './tensor/core.ts';
import {
  arange,
  draw,
  drawWhole,
  eye,
  type FromOptions,
  fromElements,
  full,
  generate,
  linspace,
  type NewTensor,
  type NumbersAndOptions,
  type TensorOptions,
} from './tensor/creation.ts';
import type { Elements } from './tensor/nested.ts';
import { NeuralMethods } from './tensor/neural.ts';

export { requireTensor };

export class Tensor extends NeuralMethods {
  /**
   * Returns a tensor with a copy of the given numbers: one number, nested arrays, or a typed array.
   * float32 unless `dtype` says otherwise; a typed array keeps its own element type, short integers become int32,
   * and booleans become bool. `shape` lays a flat list out anew.
   */
  static from(values: Elements, options: FromOptions = {}): Tensor {
    return tensor(fromElements('Tensor.from', values, options));
  }

  static zeros(shape: Shape, options: TensorOptions = {}): Tensor {
    return tensor(generate('Tensor.zeros', shape, 'float32', options, () => {}));
  }

  static ones(shape: Shape, options: TensorOptions = {}): Tensor {
    return tensor(full('Tensor.ones', shape, 1, 'float32', options));
  }

  static full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
    return tensor(full('Tensor.full', shape, value, 'float32', options));
  }

  /** Returns the numbers from `start` (0 if only the end is given) up to but without `end`, in steps of `step`. */
  static arange(end: number, options?: TensorOptions): Tensor;
  static arange(start: number, end: number, options?: TensorOptions): Tensor;
  static arange(start: number, end: number, step?: number, options?: TensorOptions): Tensor;
  static arange(first: number, ...rest: NumbersAndOptions): Tensor {
    return tensor(arange(first, rest));
  }

  /** Returns `steps` numbers evenly spaced from `start` to `end`, both included. */
  static linspace(start: number, end: number, steps: number, options: TensorOptions = {}): Tensor {
    return tensor(linspace(start, end, steps, options));
  }

  /** Returns a matrix with ones on the diagonal, square unless `columns` is given. */
  static eye(rows: number, options?: TensorOptions): Tensor;
  static eye(rows: number, columns: number, options?: TensorOptions): Tensor;
  static eye(rows: number, ...rest: NumbersAndOptions): Tensor {
    return tensor(eye(rows, rest));
  }

  /** Returns numbers drawn evenly from [0, 1). */
  static rand(shape: Shape, options: TensorOptions = {}): Tensor {
    return tensor(draw('Tensor.rand', shape, 'float32', options, uniform));
  }

  /** Returns numbers from the normal distribution of mean 0 and variance 1. */
  static randn(shape: Shape, options: TensorOptions = {}): Tensor {
    return tensor(draw('Tensor.randn', shape, 'float32', options, normal));
  }

  /** Returns whole numbers from `low` up to but without `high`; int32 unless `dtype` says otherwise. */
  static randint(low: number, high: number, shape: Shape, options: TensorOptions = {}): Tensor {
    return tensor(drawWhole('Tensor.randint', [low, high], shape, 'int32', options));
  }

  // Of the shape of `x`, and of its dtype unless the options name one.

  static zerosLike(x: Tensor, options: TensorOptions = {}): Tensor {
    requireTensor('Tensor.zerosLike', x);
    return tensor(generate('Tensor.zerosLike', x.shape, x.dtype, options, () => {}));
  }

  static onesLike(x: Tensor, options: TensorOptions = {}): Tensor {
    requireTensor('Tensor.onesLike', x);
    return tensor(full('Tensor.onesLike', x.shape, 1, x.dtype, options));
  }

  static fullLike(x: Tensor, value: number, options: TensorOptions = {}): Tensor {
    requireTensor('Tensor.fullLike', x);
    return tensor(full('Tensor.fullLike', x.shape, value, x.dtype, options));
  }

  static randLike(x: Tensor, options: TensorOptions = {}): Tensor {
    requireTensor('Tensor.randLike', x);
    return tensor(draw('Tensor.randLike', x.shape, x.dtype, options, uniform));
  }

  static randnLike(x: Tensor, options: TensorOptions = {}): Tensor {
    requireTensor('Tensor.randnLike', x);
    return tensor(draw('Tensor.randnLike', x.shape, x.dtype, options, normal));
  }

  static randintLike(x: Tensor, low: number, high: number, options: TensorOptions = {}): Tensor {
    requireTensor('Tensor.randintLike', x);
    return tensor(drawWhole('Tensor.randintLike', [low, high], x.shape, x.dtype, options));
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

  /** Applies one step of gradient descent to all parameters, which have gradients, at once; `optim.SGD` keeps the momentum buffers. @internal */
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

function tensor({ array, requiresGrad }: NewTensor): Tensor {
  return new Tensor(array).requiresGrad_(requiresGrad);
}

const uniform = (to: FloatArray) => fillUniform(to, 0, 1);
const normal = (to: FloatArray) => fillNormal(to, 0, 1);

function nonEmpty(op: string, tensors: readonly Tensor[]): [Tensor, ...Tensor[]] {
  if (!Array.isArray(tensors) || tensors.length === 0) {
    throw new ArgumentError(
      `${op}: expected a non-empty array of tensors such as [a, b], got ${describe(tensors)}`,
    );
  }
  for (const x of tensors) requireTensor(op, x);
  return tensors as unknown as [Tensor, ...Tensor[]];
}
