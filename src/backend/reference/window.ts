/** The sliding window that convolution and pooling share. */
import type { Pair, Shape } from '../../shape.ts';

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

/**
 * Calls `visit` for every output pixel and every tap of the window that falls on the input, image by image and row
 * by row: with the pixels' numbers in y and x (times the channels they are NHWC positions) and the tap's, ky · kw + kx.
 */
export function slide(
  yShape: Shape,
  xShape: Shape,
  { kernel: [kh, kw], stride, padding, dilation }: Window,
  visit: (yPixel: number, xPixel: number, tap: number) => void,
): void {
  const [n, , yHeight, yWidth] = yShape as [number, number, number, number];
  const [, , height, width] = xShape as [number, number, number, number];
  let yPixel = 0;
  for (let image = 0; image < n; image++) {
    for (let oy = 0; oy < yHeight; oy++) {
      for (let ox = 0; ox < yWidth; ox++, yPixel++) {
        for (let ky = 0; ky < kh; ky++) {
          const iy = oy * stride[0] - padding[0] + ky * dilation[0];
          if (iy < 0 || iy >= height) continue;
          for (let kx = 0; kx < kw; kx++) {
            const ix = ox * stride[1] - padding[1] + kx * dilation[1];
            if (ix < 0 || ix >= width) continue;
            visit(yPixel, (image * height + iy) * width + ix, ky * kw + kx);
          }
        }
      }
    }
  }
}
