/** How settings stand in a printed module: as Python writes them. */
import type { Size2d } from './functional/convolution.ts';

/** Returns (3, 3) for 3 or [3, 3]. */
export function formatPair(size: Size2d): string {
  const [h, w] = typeof size === 'number' ? [size, size] : size;
  return `(${h}, ${w})`;
}

/** Returns 3 for 3, (3, 2) for [3, 2], True for true, None for null, 1e-05 for 0.00001. */
export function python(value: Size2d | boolean | null): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'number') return formatPair(value);
  return value !== 0 && Math.abs(value) < 1e-4
    ? value.toExponential().replace(/e-(\d)$/, 'e-0$1')
    : String(value);
}
