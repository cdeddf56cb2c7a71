import { checkOptions } from '../arguments.ts';
import type { Tensor } from '../tensor.ts';
import { checkProbability, dropout, dropout2d } from './functional/dropout.ts';
import { Module } from './module.ts';

/** Zeroes elements with probability p while training (Srivastava et al. 2014). */
export class Dropout extends Module {
  static override readonly name: string = 'Dropout';
  readonly p: number;

  constructor(options: { p?: number } = {}) {
    super();
    checkOptions(this.constructor.name, options, ['p']);
    const { p = 0.5 } = options;
    this.p = checkProbability(this.constructor.name, p);
  }

  override forward(x: Tensor): Tensor {
    return dropout(x, { p: this.p, training: this.training });
  }

  protected override extraRepr(): string {
    return `p=${this.p}, inplace=False`;
  }
}

/** Zeroes whole channels of [N, C, H, W] with probability p while training. */
export class Dropout2d extends Dropout {
  static override readonly name: string = 'Dropout2d';

  override forward(x: Tensor): Tensor {
    return dropout2d(x, { p: this.p, training: this.training });
  }
}
