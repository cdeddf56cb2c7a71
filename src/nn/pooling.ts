import type { Tensor } from '../tensor.ts';
import type { Size2d } from './functional/convolution.ts';
import {
  type AvgPool2dOptions,
  avgPool2d,
  avgPool2dArgs,
  type MaxPool2dOptions,
  maxPool2d,
  maxPool2dArgs,
} from './functional/pooling.ts';
import { Module } from './module.ts';
import { python } from './repr.ts';

/** The largest of each window of [N, C, H, W]. */
export class MaxPool2d extends Module {
  static override readonly name: string = 'MaxPool2d';
  readonly kernelSize: Size2d;
  readonly options: MaxPool2dOptions;

  constructor(kernelSize: Size2d, options: MaxPool2dOptions = {}) {
    super();
    maxPool2dArgs('MaxPool2d', kernelSize, options);
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }

  protected override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0, dilation = 1, ceilMode = false } = this.options;
    return `kernel_size=${python(this.kernelSize)}, stride=${python(stride)}, padding=${python(padding)}, dilation=${python(dilation)}, ceil_mode=${python(ceilMode)}`;
  }
}

/** The mean of each window of [N, C, H, W]. */
export class AvgPool2d extends Module {
  static override readonly name: string = 'AvgPool2d';
  readonly kernelSize: Size2d;
  readonly options: AvgPool2dOptions;

  constructor(kernelSize: Size2d, options: AvgPool2dOptions = {}) {
    super();
    avgPool2dArgs('AvgPool2d', kernelSize, options);
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }

  protected override extraRepr(): string {
    const { stride = this.kernelSize, padding = 0 } = this.options;
    return `kernel_size=${python(this.kernelSize)}, stride=${python(stride)}, padding=${python(padding)}`;
  }
}
