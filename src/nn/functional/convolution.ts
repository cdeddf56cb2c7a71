import { checkInteger, checkOptions } from '../../arguments.ts';
import { ArgumentError, describe } from '../../errors.ts';
import { type Pair, toPair } from '../../shape.ts';
import { requireTensor, type Tensor } from '../../tensor.ts';
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
  requireTensor('conv2d', input);
  requireTensor('conv2d', weight);
  const args = conv2dArgs('conv2d', options);
  return batched(input, (x, unbatched) => x.conv2d(weight, bias, { ...args, unbatched }));
}

interface Conv2dArgs {
  readonly stride: Pair;
  readonly padding: Pair | 'same' | 'valid';
  readonly dilation: Pair;
  readonly groups: number;
}

/** Returns the options, checked, with their defaults; `op` is the function or layer that errors name. */
export function conv2dArgs(op: string, options: Conv2dOptions): Conv2dArgs {
  checkOptions(op, options, ['stride', 'padding', 'dilation', 'groups']);
  const { stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  return {
    stride: toPair(op, 'stride', stride, 1),
    padding: typeof padding === 'string' ? checkPadding(op, padding) : toPair(op, 'padding', padding, 0),
    dilation: toPair(op, 'dilation', dilation, 1),
    groups: checkInteger(op, 'groups', groups, 1),
  };
}

function checkPadding(op: string, padding: 'same' | 'valid'): 'same' | 'valid' {
  if (padding === 'same' || padding === 'valid') return padding;
  throw new ArgumentError(`${op}: padding must be numbers, 'same' or 'valid', got ${describe(padding)}`);
}
