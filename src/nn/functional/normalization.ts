import { checkOptions } from '../../arguments.ts';
import type { Tensor } from '../../tensor.ts';

export interface BatchNormOptions {
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  /** Normalise with the statistics of this batch, and update the running ones with them. */
  readonly training?: boolean;
  /** The weight of this batch in the running statistics. */
  readonly momentum?: number;
  readonly eps?: number;
}

/**
 * Returns input [N, C], [N, C, L] or [N, C, H, W] normalised per channel, scaled by weight [C] and shifted by bias [C].
 * https://pytorch.org/docs/stable/generated/torch.nn.functional.batch_norm.html
 */
export function batchNorm(
  input: Tensor,
  runningMean: Tensor | null,
  runningVar: Tensor | null,
  options: BatchNormOptions = {},
): Tensor {
  checkOptions('batchNorm', options, ['weight', 'bias', 'training', 'momentum', 'eps']);
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  return input.batchNorm(weight, bias, { runningMean, runningVar, training, momentum, eps });
}
