import { checkBoolean, checkInteger, checkOptions } from '../arguments.ts';
import { ArgumentError, describe } from '../errors.ts';
import { requireTensor, type Tensor } from '../tensor.ts';
import { logSoftmax } from './functional/activation.ts';
import { Module } from './module.ts';

/** max(x, 0); with `inplace` it writes over its input. */
export class ReLU extends Module {
  static override readonly name: string = 'ReLU';
  readonly inplace: boolean;

  constructor(options: { inplace?: boolean } = {}) {
    super();
    checkOptions('ReLU', options, ['inplace']);
    const { inplace = false } = options;
    this.inplace = checkBoolean('ReLU', 'inplace', inplace);
  }

  override forward(x: Tensor): Tensor {
    requireTensor('ReLU', x);
    return this.inplace ? x.relu_() : x.relu();
  }

  protected override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** x - log Σ eˣ along `dim`. */
export class LogSoftmax extends Module {
  static override readonly name: string = 'LogSoftmax';
  readonly dim: number;

  constructor(dim: number) {
    super();
    if (!Number.isInteger(dim)) {
      throw new ArgumentError(
        `LogSoftmax: expected dim to be an integer, got ${describe(dim)}; the call is new nn.LogSoftmax(dim)`,
      );
    }
    this.dim = dim;
  }

  override forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }

  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** The dims from `startDim` to `endDim` as one. */
export class Flatten extends Module {
  static override readonly name: string = 'Flatten';
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = checkInteger('Flatten', 'startDim', startDim);
    this.endDim = checkInteger('Flatten', 'endDim', endDim);
  }

  override forward(x: Tensor): Tensor {
    requireTensor('Flatten', x);
    return x.flatten(this.startDim, this.endDim);
  }

  protected override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}
