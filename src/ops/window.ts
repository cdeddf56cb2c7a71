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
  const steps = (i: 0 | 1) => Math.min(stride[i], Math.max(shape[2 + i]! + 2 * padding[i], 1));
  const gaps = (i: 0 | 1) => (kernel[i] === 1 ? 1 : dilation[i]);
  return { ...geometry, stride: [steps(0), steps(1)], dilation: [gaps(0), gaps(1)] };
}
