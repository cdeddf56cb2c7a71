import { checkBoolean, checkOptions } from '../arguments.ts';
import { ShapeError } from '../errors.ts';
import { type Pair, toPair } from '../shape.ts';
import { Tensor } from '../tensor.ts';
import { type Conv2dOptions, conv2d, conv2dArgs, type Size2d } from './functional/convolution.ts';
import { calculateFans, kaimingUniform_, uniform_ } from './init.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { formatPair, python } from './repr.ts';
import { checkSize } from './sizes.ts';

const usage = 'new nn.Conv2d(inChannels, outChannels, kernelSize)';

export interface Conv2dLayerOptions extends Conv2dOptions {
  readonly bias?: boolean;
}

/** 2-D convolution of [N, inChannels, H, W] to [N, outChannels, Ho, Wo]. */
export class Conv2d extends Module {
  static override readonly name: string = 'Conv2d';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: Pair;
  readonly options: Required<Conv2dOptions>;
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inChannels: number, outChannels: number, kernelSize: Size2d, options: Conv2dLayerOptions = {}) {
    super();
    checkOptions('Conv2d', options, ['stride', 'padding', 'dilation', 'groups', 'bias']);
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true } = options;
    checkBoolean('Conv2d', 'bias', bias);
    this.options = { stride, padding, dilation, groups };
    conv2dArgs('Conv2d', this.options);
    this.inChannels = checkSize('Conv2d', 'inChannels', inChannels, usage);
    this.outChannels = checkSize('Conv2d', 'outChannels', outChannels, usage);
    this.kernelSize = toPair('Conv2d', 'kernelSize', kernelSize, 1);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ShapeError(
        `Conv2d: inChannels ${inChannels} and outChannels ${outChannels} must be divisible by groups ${groups}`,
      );
    }
    this.weight = new Parameter(Tensor.zeros([outChannels, inChannels / groups, ...this.kernelSize]));
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    this.bias = bias ? new Parameter(initialBias(this.weight)) : null;
  }

  override forward(x: Tensor): Tensor {
    return conv2d(x, this.weight, this.bias, this.options);
  }

  protected override extraRepr(): string {
    const { stride, padding, dilation, groups } = this.options;
    const parts = [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${formatPair(this.kernelSize)}`,
      `stride=${formatPair(stride)}`,
    ];
    const text = typeof padding === 'string' ? padding : formatPair(padding);
    if (text !== '(0, 0)') parts.push(`padding=${text}`);
    if (formatPair(dilation) !== '(1, 1)') parts.push(`dilation=${formatPair(dilation)}`);
    if (groups !== 1) parts.push(`groups=${groups}`);
    if (!this.bias) parts.push(`bias=${python(false)}`);
    return parts.join(', ');
  }
}

/** Returns PyTorch's initial bias for a weight [out, ...]: evenly from ±1/√fanIn. */
export function initialBias(weight: Tensor): Tensor {
  const { fanIn } = calculateFans(weight);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return uniform_(Tensor.zeros([weight.shape[0]!]), -bound, bound);
}
