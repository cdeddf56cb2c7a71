import { checkOptions } from '../../arguments.ts';
import { ArgumentError, describe, ShapeError } from '../../errors.ts';
import { formatShape } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';

export type Reduction = 'none' | 'mean' | 'sum';

export interface LossOptions {
  /** A factor for each class [C]. */
  readonly weight?: Tensor | null;
  /** A target that counts for nothing. */
  readonly ignoreIndex?: number;
  /** 'mean' is over the weights of the targets that are not ignored. */
  readonly reduction?: Reduction;
}

/**
 * Returns the negative log-likelihood of class indices target [N, ...] (int32) under logProbs [N, C, ...]; or of one
 * index under [C]. https://pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
 */
export function nllLoss(logProbs: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return loss('nllLoss', logProbs, target, options);
}

/** Returns `nllLoss` of the log-softmax of logits [N, C, ...] over the classes. */
export function crossEntropy(logits: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return loss('crossEntropy', logits.logSoftmax(logits.ndim > 1 ? 1 : 0), target, options);
}

function loss(op: string, logProbs: Tensor, target: Tensor, options: LossOptions): Tensor {
  checkOptions(op, options, ['weight', 'ignoreIndex', 'reduction']);
  const { weight = null, ignoreIndex = -100, reduction = 'mean' } = options;
  if (!['none', 'mean', 'sum'].includes(reduction)) {
    throw new ArgumentError(
      `${op}: ${describe(reduction)} is not a valid value for reduction: 'none', 'mean' or 'sum'`,
    );
  }
  if (logProbs.ndim === 1) {
    if (target.ndim !== 0) {
      throw new ShapeError(
        `${op}: expected a scalar target for input ${formatShape(logProbs.shape)}, got ${formatShape(target.shape)}`,
      );
    }
    const one = logProbs.unsqueeze(0).nllLoss(target.unsqueeze(0), weight, { ignoreIndex, reduction });
    return reduction === 'none' ? one.squeeze(0) : one;
  }
  return logProbs.nllLoss(target, weight, { ignoreIndex, reduction });
}
