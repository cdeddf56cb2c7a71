import { checkOptions } from '../../arguments.ts';
import { ArgumentError, describe } from '../../errors.ts';
import { toPair } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
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
  checkOptions('maxPool2d', options, ['stride', 'padding', 'dilation', 'ceilMode']);
  const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
  const args = {
    kernel: toPair('maxPool2d', 'kernelSize', kernelSize, 1),
    stride: toPair('maxPool2d', 'stride', stride, 1),
    padding: toPair('maxPool2d', 'padding', padding, 0),
    dilation: toPair('maxPool2d', 'dilation', dilation, 1),
    ceilMode,
  };
  return batched(input, x => x.maxPool2d(args));
}

/** Returns the mean of each window, [N, C, Ho, Wo] of [N, C, H, W]. */
export function avgPool2d(input: Tensor, kernelSize: Size2d, options: AvgPool2dOptions = {}): Tensor {
  checkOptions('avgPool2d', options, ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride']);
  const { stride = kernelSize, padding = 0, ceilMode = false } = options;
  const { countIncludePad = true, divisorOverride = null } = options;
  if (divisorOverride === 0)
    throw new ArgumentError(`avgPool2d: divisor must be not zero, got ${describe(divisorOverride)}`);
  const args = {
    kernel: toPair('avgPool2d', 'kernelSize', kernelSize, 1),
    stride: toPair('avgPool2d', 'stride', stride, 1),
    padding: toPair('avgPool2d', 'padding', padding, 0),
    dilation: [1, 1] as const,
    ceilMode,
    countIncludePad,
    divisorOverride,
  };
  return batched(input, x => x.avgPool2d(args));
}
