import { checkBoolean, checkOptions } from '../../arguments.ts';
import { isFloat } from '../../dtype.ts';
import { ArgumentError, DTypeError, describe, ShapeError } from '../../errors.ts';
import { generator } from '../../random.ts';
import { formatShape } from '../../shape.ts';
import { requireTensor, type Tensor } from '../../tensor.ts';

export interface DropoutOptions {
  /** The probability of an element to be zeroed. */
  readonly p?: number;
  readonly training?: boolean;
}

/** Returns input with elements zeroed with probability p and the others divided by 1 - p; as it is when not training. */
export function dropout(input: Tensor, options: DropoutOptions = {}): Tensor {
  requireTensor('dropout', input);
  return drop('dropout', input, options, false);
}

/** Returns input [N, C, H, W] with whole channels zeroed with probability p. */
export function dropout2d(input: Tensor, options: DropoutOptions = {}): Tensor {
  requireTensor('dropout2d', input);
  if (input.ndim < 2) {
    throw new ShapeError(`dropout2d: expected input [N, C, H, W], got ${formatShape(input.shape)}`);
  }
  return drop('dropout2d', input, options, true);
}

function drop(op: string, input: Tensor, options: DropoutOptions, channels: boolean): Tensor {
  checkOptions(op, options, ['p', 'training']);
  const { p = 0.5, training = true } = options;
  checkProbability(op, p);
  checkBoolean(op, 'training', training);
  if (!isFloat(input.dtype)) throw new DTypeError(`${op}: expected a float tensor, got ${input.dtype}`);
  if (!training || p === 0) return input;
  return input.dropout({ p, seed: generator.bits(), channels });
}

/** Returns `p`, a number from 0 to 1. */
export function checkProbability(op: string, p: number): number {
  if (typeof p === 'number' && p >= 0 && p <= 1) return p;
  throw new ArgumentError(`${op}: dropout probability has to be between 0 and 1, but got ${describe(p)}`);
}
