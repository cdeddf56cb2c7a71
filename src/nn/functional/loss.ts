import { checkInteger, checkOneOf, checkOptions } from '../../arguments.ts';
import { isFloat } from '../../dtype.ts';
import { AutogradError, DTypeError, ShapeError } from '../../errors.ts';
import { isGradEnabled } from '../../grad-mode.ts';
import { formatShape } from '../../shape.ts';
import { requireTensor, type Tensor } from '../../tensor.ts';

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
  checkLogits('nllLoss', logProbs);
  return loss('nllLoss', logProbs, target, options);
}

/** Returns `nllLoss` of the log-softmax of logits [N, C, ...] over the classes. */
export function crossEntropy(logits: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkLogits('crossEntropy', logits);
  return loss('crossEntropy', logits.logSoftmax(logits.ndim > 1 ? 1 : 0), target, options);
}

function checkLogits(op: string, input: Tensor): void {
  requireTensor(op, input);
  if (isFloat(input.dtype)) return;
  throw new DTypeError(`${op}: expected a float tensor, got ${input.dtype}; convert with x.to('float32')`);
}

function loss(
  caller: 'nllLoss' | 'crossEntropy',
  logProbs: Tensor,
  target: Tensor,
  options: LossOptions,
): Tensor {
  requireTensor(caller, target);
  const { weight, ...rest } = lossArgs(caller, options);
  if (weight?.requiresGrad && isGradEnabled()) {
    throw new AutogradError(
      `${caller}: the function is not differentiable with respect to argument 'weight'; give weight.detach()`,
    );
  }
  const args = { ...rest, caller };
  if (logProbs.ndim !== 1) return logProbs.nllLoss(target, weight, args);
  if (target.ndim !== 0) {
    throw new ShapeError(
      `${caller}: expected a scalar target for input ${formatShape(logProbs.shape)}, got ${formatShape(target.shape)}`,
    );
  }
  const one = logProbs.unsqueeze(0).nllLoss(target.unsqueeze(0), weight, args);
  return args.reduction === 'none' ? one.squeeze(0) : one;
}

/** Returns the options, checked, with their defaults; `op` is the function or layer that errors name. */
export function lossArgs(op: string, options: LossOptions) {
  checkOptions(op, options, ['weight', 'ignoreIndex', 'reduction']);
  const { weight = null, ignoreIndex = -100, reduction = 'mean' } = options;
  if (weight !== null) requireTensor(`${op}: weight`, weight);
  return {
    weight,
    ignoreIndex: checkInteger(op, 'ignoreIndex', ignoreIndex, -(2 ** 31), 2 ** 31 - 1),
    reduction: checkOneOf(op, 'reduction', reduction, ['none', 'mean', 'sum']),
  };
}
