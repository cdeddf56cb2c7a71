import { checkBoolean, checkOptions } from '../../arguments.ts';
import { ArgumentError, describe } from '../../errors.ts';
import { toPair } from '../../shape.ts';
import { requireTensor, type Tensor } from '../../tensor.ts';
import { batched } from './batched.ts';
import type { Size2d } from './convolution.ts';

export interface MaxPool2dOptions {
  /** The kernel size unless given. */
  readonly stride?: Size2d;
  readonly padding?: Size2d;
  readonly dilation?: Size2d;
  /** Round the output size up: a last window may hang over. */
  readonly ceilMode?: boolean;
}

export interface AvgPool2dOptions {
  readonly stride?: Size2d;
  readonly padding?: Size2d;
  readonly ceilMode?: boolean;
  /** Count the zeros of the padding in the mean; they are by default. */
  readonly countIncludePad?: boolean;
  /** Divide by this instead of the size of the window. */
  readonly divisorOverride?: number | null;
}

/** Returns the largest of each window, [N, C, Ho, Wo] of [N, C, H, W]; the first of equals gets the gradient. */
export function maxPool2d(input: Tensor, kernelSize: Size2d, options: MaxPool2dOptions = {}): Tensor {
  requireTensor('maxPool2d', input);
  const args = maxPool2dArgs('maxPool2d', kernelSize, options);
  return batched(input, (x, unbatched) => x.maxPool2d({ ...args, unbatched }));
}

/** Returns the mean of each window, [N, C, Ho, Wo] of [N, C, H, W]. */
export function avgPool2d(input: Tensor, kernelSize: Size2d, options: AvgPool2dOptions = {}): Tensor {
  requireTensor('avgPool2d', input);
  const args = avgPool2dArgs('avgPool2d', kernelSize, options);
  return batched(input, (x, unbatched) => x.avgPool2d({ ...args, unbatched }));
}

/** Returns the options, checked, with their defaults; `op` is the function or layer that errors name. */
export function maxPool2dArgs(op: string, kernelSize: Size2d, options: MaxPool2dOptions) {
  checkOptions(op, options, ['stride', 'padding', 'dilation', 'ceilMode']);
  const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  return {
    kernel: toPair(op, 'kernelSize', kernelSize, 1),
    stride: toPair(op, 'stride', stride, 1),
    padding: toPair(op, 'padding', padding, 0),
    dilation: toPair(op, 'dilation', dilation, 1),
    ceilMode: checkBoolean(op, 'ceilMode', ceilMode),
  };
}

/** Returns the options, checked, with their defaults; `op` is the function or layer that errors name. */
export function avgPool2dArgs(op: string, kernelSize: Size2d, options: AvgPool2dOptions) {
  checkOptions(op, options, ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride']);
  const { stride = kernelSize, padding = 0, ceilMode = false } = options;
  const { countIncludePad = true, divisorOverride = null } = options;
  if (divisorOverride !== null && (!Number.isInteger(divisorOverride) || divisorOverride === 0)) {
    throw new ArgumentError(
      `${op}: divisor must be an integer and not zero, got ${describe(divisorOverride)}`,
    );
  }
  return {
    kernel: toPair(op, 'kernelSize', kernelSize, 1),
    stride: toPair(op, 'stride', stride, 1),
    padding: toPair(op, 'padding', padding, 0),
    dilation: [1, 1] as const,
    ceilMode: checkBoolean(op, 'ceilMode', ceilMode),
    countIncludePad: checkBoolean(op, 'countIncludePad', countIncludePad),
    divisorOverride,
  };
}
