import { checkBoolean, checkNumber, checkOptions } from '../../arguments.ts';
import { ArgumentError, DTypeError, describe } from '../../errors.ts';
import { requireTensor, type Tensor } from '../../tensor.ts';

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
  requireTensor('batchNorm', input);
  checkOptions('batchNorm', options, ['weight', 'bias', 'training', 'momentum', 'eps']);
  const { weight = null, bias = null, training = false, momentum = 0.1, eps = 1e-5 } = options;
  checkBoolean('batchNorm', 'training', training);
  checkNumber('batchNorm', 'momentum', momentum);
  checkEps('batchNorm', eps);
  checkRunning('runningMean', runningMean, input);
  checkRunning('runningVar', runningVar, input);
  return input.batchNorm(weight, bias, { runningMean, runningVar, training, momentum, eps });
}

/** Returns `eps`, a number that is not negative. */
export function checkEps(op: string, eps: number): number {
  if (typeof eps === 'number' && eps >= 0) return eps;
  throw new ArgumentError(`${op}: eps must be non-negative, but got ${describe(eps)}`);
}

function checkRunning(name: string, running: Tensor | null, { dtype }: Tensor): void {
  if (running === null) return;
  requireTensor(`batchNorm: ${name}`, running);
  if (running.dtype !== dtype) {
    throw new DTypeError(
      `batchNorm: expected ${name} to be ${dtype} as the input is, got ${running.dtype}; convert with to('${dtype}')`,
    );
  }
}
