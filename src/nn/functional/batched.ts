import type { Tensor } from '../../tensor.ts';

/** Returns f(input) for [N, C, H, W]; an image [C, H, W] goes through as a batch of one. */
export function batched(input: Tensor, f: (x: Tensor) => Tensor): Tensor {
  return input.ndim === 3 ? f(input.unsqueeze(0)).squeeze(0) : f(input);
}
