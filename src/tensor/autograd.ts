/** A tensor's place on the tape: whether it needs a gradient, the gradient, and the way back. */
import { checkBoolean, checkOptions, isPlainObject } from '../arguments.ts';
import { hostArray, type NdArray } from '../backend/array.ts';
import { memory } from '../backend/select.ts';
import { checkDType, type DType, isFloat } from '../dtype.ts';
import { ArgumentError, AutogradError, DTypeError, describe, ShapeError } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { cast } from '../ops/cast.ts';
import { formatShape, sameShape } from '../shape.ts';
import { Leaf, TapeRecord } from '../tape/record.ts';
import { backward, printTape } from '../tape.ts';
import type { Tensor } from '../tensor.ts';
import { requireTensor, TensorCore } from './core.ts';

export interface BackwardOptions {
  /** Keep what the graph saved, so that it can be gone through again. */
  readonly retainGraph?: boolean;
}

export abstract class AutogradMethods extends TensorCore {
  /** Where the gradient goes, kept while none is required: a frozen parameter keeps its gradient, as in PyTorch. */
  #leaf: Leaf | null = null;

  /** Whether ops on this tensor are recorded for `backward`. */
  get requiresGrad(): boolean {
    return this.source !== null;
  }

  set requiresGrad(value: boolean) {
    checkBoolean('requiresGrad', 'the value', value);
    if (value === this.requiresGrad) return;
    if (value && !isFloat(this.dtype)) {
      throw new DTypeError(
        `requiresGrad: only Tensors of floating point dtype can require gradients, got ${this.dtype}`,
      );
    }
    if (this.source instanceof TapeRecord) {
      throw new AutogradError(
        'requiresGrad: you can only change requiresGrad flags of leaf variables. Use x.detach() for a tensor without history',
      );
    }
    if (value) this.#leaf ??= new Leaf();
    if (this.#leaf) this.#leaf.wanted = value;
    this.source = value ? this.#leaf : null;
  }

  /** Returns this tensor, with `requiresGrad` set. */
  requiresGrad_(value = true): this {
    checkBoolean('requiresGrad_', 'the value', value);
    this.requiresGrad = value;
    return this;
  }

  /** Whether the tensor was made by the user, not computed by a recorded op. */
  get isLeaf(): boolean {
    return !(this.source instanceof TapeRecord);
  }

  /** The name of the op that `backward` starts from here, or null. */
  get gradFn(): string | null {
    return this.source instanceof TapeRecord ? this.source.name : null;
  }

  /** The gradient that `backward` left in a leaf, or null. Gradients add up until they are set to null. */
  get grad(): Tensor | null {
    if (!this.#leaf?.gradient) return null;
    const { gradient } = this.#leaf;
    const tensor = gradient instanceof TensorCore ? (gradient as Tensor) : this.make(gradient.array);
    this.#leaf.gradient = tensor;
    return tensor;
  }

  /** The elements of `grad`, for the library itself: they are freed with the gradient. @internal */
  get gradient(): NdArray | null {
    return this.#leaf?.gradient?.array ?? null;
  }

  set grad(value: Tensor | null) {
    if (value !== null) requireTensor('grad', value);
    if (value && !(sameShape(value.shape, this.shape) && value.dtype === this.dtype)) {
      throw new ShapeError(
        `grad: expected a gradient ${this.dtype} ${formatShape(this.shape)}, got ${value.dtype} ${formatShape(value.shape)}`,
      );
    }
    if (this.#leaf) {
      // Nobody can reach a gradient that was never looked at.
      const { gradient } = this.#leaf;
      if (gradient && !(gradient instanceof TensorCore)) memory.free(gradient.array.buffer);
      this.#leaf.gradient = value;
    } else if (value) throw new AutogradError('grad: only a leaf that requires a gradient keeps one');
  }

  /**
   * Adds the gradient of this tensor to `grad` of every leaf that it was computed from, and frees the graph.
   * `gradient` is that of the final result with respect to this tensor: 1 for a scalar, else to be given.
   */
  backward(gradient: Tensor | null = null, options: BackwardOptions = {}): void {
    checkOptions('backward', options, ['retainGraph']);
    const { retainGraph = false } = options;
    checkBoolean('backward', 'retainGraph', retainGraph);
    if (isPlainObject(gradient)) {
      throw new ArgumentError(
        `backward: expected the gradient, or null, before the options, got ${describe(gradient)}; call x.backward(null, { retainGraph: true })`,
      );
    }
    if (gradient !== null) requireTensor('backward', gradient);
    noGrad(() => backward(this, this.#rootGradient(gradient), retainGraph));
  }

  #rootGradient(gradient: Tensor | null): NdArray {
    if (gradient && !sameShape(gradient.shape, this.shape)) {
      throw new ShapeError(
        `backward: Mismatch in shape: the gradient has a shape of ${formatShape(gradient.shape)} and the tensor has a shape of ${formatShape(this.shape)}`,
      );
    }
    if (gradient && gradient.dtype !== this.dtype) {
      throw new DTypeError(`backward: expected a gradient of dtype ${this.dtype}, got ${gradient.dtype}`);
    }
    if (gradient) return gradient.array;
    if (this.numel() !== 1 && this.source) {
      throw new AutogradError(
        `backward: grad can be implicitly created only for scalar outputs; give a gradient of shape ${formatShape(this.shape)}`,
      );
    }
    const one = hostArray(this.shape, this.dtype);
    one.buffer.array.fill(1);
    return one;
  }

  /** Returns a tensor of the same elements that is not on the tape. */
  detach(): Tensor {
    this.array.buffer.shared = true;
    return this.make(this.array);
  }

  /** Returns a copy; its gradient flows back here. */
  clone(): Tensor {
    return this.run(cast, [], this.dtype);
  }

  /**
   * Returns this tensor if it has this dtype, else a converted copy. An int32 loses the fraction; what it cannot hold wraps
   * modulo 2³², and NaN becomes 0 (PyTorch leaves that undefined).
   */
  to(dtype: DType): Tensor {
    checkDType('to', dtype);
    return dtype === this.dtype ? (this as unknown as Tensor) : this.run(cast, [], dtype);
  }

  /** Returns the tape behind this tensor as text, a line per record. */
  tape(): string {
    return printTape(this);
  }
}
