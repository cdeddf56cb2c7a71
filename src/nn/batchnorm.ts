import { checkBoolean, checkNumber, checkOptions } from '../arguments.ts';
import { ShapeError } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { formatShape } from '../shape.ts';
import { requireTensor, Tensor } from '../tensor.ts';
import { batchNorm, checkEps } from './functional/normalization.ts';
import { Module } from './module.ts';
import { Parameter } from './parameter.ts';
import { python } from './repr.ts';
import { checkSize } from './sizes.ts';

export interface BatchNorm2dOptions {
  readonly eps?: number;
  /** The weight of a batch in the running statistics; null averages over all batches. */
  readonly momentum?: number | null;
  /** Learn a scale and a shift per channel. */
  readonly affine?: boolean;
  /** Keep running statistics for testing; without them a batch is always normalised by its own. */
  readonly trackRunningStats?: boolean;
}

/** Batch normalisation of [N, numFeatures, H, W] (Ioffe & Szegedy 2015). */
export class BatchNorm2d extends Module {
  static override readonly name: string = 'BatchNorm2d';
  readonly numFeatures: number;
  readonly eps: number;
  readonly momentum: number | null;
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;

  constructor(numFeatures: number, options: BatchNorm2dOptions = {}) {
    super();
    checkOptions('BatchNorm2d', options, ['eps', 'momentum', 'affine', 'trackRunningStats']);
    const { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true } = options;
    checkBoolean('BatchNorm2d', 'affine', affine);
    checkBoolean('BatchNorm2d', 'trackRunningStats', trackRunningStats);
    this.numFeatures = checkSize(
      'BatchNorm2d',
      'numFeatures',
      numFeatures,
      'new nn.BatchNorm2d(numFeatures)',
    );
    this.eps = checkEps('BatchNorm2d', eps);
    this.momentum = momentum === null ? null : checkNumber('BatchNorm2d', 'momentum', momentum);
    this.weight = affine ? new Parameter(Tensor.ones([numFeatures])) : null;
    this.bias = affine ? new Parameter(Tensor.zeros([numFeatures])) : null;
    if (trackRunningStats) {
      this.registerBuffer('running_mean', Tensor.zeros([numFeatures]));
      this.registerBuffer('running_var', Tensor.ones([numFeatures]));
      this.registerBuffer('num_batches_tracked', Tensor.zeros([], { dtype: 'int32' }));
    }
  }

  get runningMean(): Tensor | null {
    return this.buffer('running_mean');
  }

  get runningVar(): Tensor | null {
    return this.buffer('running_var');
  }

  get numBatchesTracked(): Tensor | null {
    return this.buffer('num_batches_tracked');
  }

  override forward(x: Tensor): Tensor {
    requireTensor('BatchNorm2d', x);
    if (x.ndim !== 4)
      throw new ShapeError(`BatchNorm2d: expected 4D input [N, C, H, W], got ${formatShape(x.shape)}`);
    const { runningMean, runningVar, numBatchesTracked, weight, bias, eps } = this;
    const training = this.training || runningMean === null;
    const seen = this.training && numBatchesTracked ? numBatchesTracked.item() + 1 : null;
    const momentum = this.momentum ?? (seen === null ? 0 : 1 / seen);
    const y = batchNorm(x, runningMean, runningVar, { weight, bias, training, momentum, eps });
    if (seen !== null) noGrad(() => numBatchesTracked?.fill_(seen));
    return y;
  }

  protected override extraRepr(): string {
    const { numFeatures, eps, momentum, weight, runningMean } = this;
    return `${numFeatures}, eps=${python(eps)}, momentum=${python(momentum)}, affine=${python(weight !== null)}, track_running_stats=${python(runningMean !== null)}`;
  }
}
