import type { NdArray } from '../backend/array.ts';
import type { Pair } from '../shape.ts';

interface Steps {
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

/**
 * Returns the geometry of a window that slides over image [N, C, H, W], with 1 for a dilation between the taps of a
 * kernel that has one, and with the padded size for a stride that is larger: both say the same, and in numbers that
 * fit the kernels whatever the user wrote.
 */
export function withinImage<G extends Steps>(geometry: G, kernel: Pair, { shape }: NdArray): G {
  const { stride, padding, dilation } = geometry;
  const [down, across] = [mostSteps(shape[2]!, padding[0]), mostSteps(shape[3]!, padding[1])];
  const fits = stride[0] <= down && stride[1] <= across;
  if (fits && kernel[0] !== 1 && kernel[1] !== 1) return geometry;
  return {
    ...geometry,
    stride: [Math.min(stride[0], down), Math.min(stride[1], across)],
    dilation: [kernel[0] === 1 ? 1 : dilation[0], kernel[1] === 1 ? 1 : dilation[1]],
  };
}

function mostSteps(size: number, padding: number): number {
  return Math.max(size + 2 * padding, 1);
}
