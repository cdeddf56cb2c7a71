import type { Tensor } from '../../tensor.ts';

/**
 * Returns f(input) for [N, C, H, W]; an image [C, H, W] goes through as a batch of one, which `unbatched` says, so that
 * errors show the shape that came.
 */
export function batched(input: Tensor, f: (x: Tensor, unbatched: boolean) => Tensor): Tensor {
  return input.ndim === 3 ? f(input.unsqueeze(0), true).squeeze(0) : f(input, false);
}
