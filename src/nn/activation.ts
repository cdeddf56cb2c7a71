import { checkOptions } from '../arguments.ts';
import type { Tensor } from '../tensor.ts';
import { Module } from './module.ts';

/** max(x, 0); with `inplace` it writes over its input. */
export class ReLU extends Module {
  readonly inplace: boolean;

  constructor(options: { inplace?: boolean } = {}) {
    super();
    checkOptions('ReLU', options, ['inplace']);
    this.inplace = options.inplace ?? false;
  }

  override forward(x: Tensor): Tensor {
    return this.inplace ? x.relu_() : x.relu();
  }

  protected override extraRepr(): string {
    return this.inplace ? 'inplace=True' : '';
  }
}

/** x - log Σ eˣ along `dim`. */
export class LogSoftmax extends Module {
  readonly dim: number;

  constructor(dim: number) {
    super();
    this.dim = dim;
  }

  override forward(x: Tensor): Tensor {
    return x.logSoftmax(this.dim);
  }

  protected override extraRepr(): string {
    return `dim=${this.dim}`;
  }
}

/** The dims from `startDim` to `endDim` as one. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(x: Tensor): Tensor {
    return x.flatten(this.startDim, this.endDim);
  }

  protected override extraRepr(): string {
    return `start_dim=${this.startDim}, end_dim=${this.endDim}`;
  }
}
