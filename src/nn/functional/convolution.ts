import { checkOptions } from '../../arguments.ts';
import { ArgumentError, describe } from '../../errors.ts';
import { toPair } from '../../shape.ts';
import type { Tensor } from '../../tensor.ts';
import { batched } from './batched.ts';

export type Size2d = number | readonly [number, number];

export interface Conv2dOptions {
  readonly stride?: Size2d;
  /** Zeros on each side, or 'same' to keep the size at stride 1, or 'valid' for none. */
  readonly padding?: Size2d | 'same' | 'valid';
  readonly dilation?: Size2d;
  readonly groups?: number;
}

/**
 * Returns the cross-correlation [N, O, Ho, Wo] of input [N, C, H, W] and weight [O, C/groups, kh, kw] plus bias [O];
 * an input without N gives a result without N. https://pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
 */
export function conv2d(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: Conv2dOptions = {},
): Tensor {
  checkOptions('conv2d', options, ['stride', 'padding', 'dilation', 'groups']);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  if (!Number.isInteger(groups) || groups < 1) {
    throw new ArgumentError(`conv2d: groups must be a positive integer, got ${describe(groups)}`);
  }
  const args = {
    stride: toPair('conv2d', 'stride', stride, 1),
    padding: typeof padding === 'string' ? checkPadding(padding) : toPair('conv2d', 'padding', padding, 0),
    dilation: toPair('conv2d', 'dilation', dilation, 1),
    groups,
  };
  return batched(input, x => x.conv2d(weight, bias, args));
}

function checkPadding(padding: 'same' | 'valid'): 'same' | 'valid' {
  if (padding === 'same' || padding === 'valid') return padding;
  throw new ArgumentError(`conv2d: padding must be numbers, 'same' or 'valid', got ${describe(padding)}`);
}
