/** What follows from shapes, kept from call to call. It is found by numbers: to make a string of them takes longer. */
import type { NdArray } from '../array.ts';
import type { ConvGeometry } from '../kernels.ts';
import { LruMap } from './lru.ts';

interface Entry<T> {
  readonly numbers: readonly number[];
  readonly value: T;
}

/** So many shapes are remembered. */
const mostShapes = 512;

export class ShapeCache<T> {
  /** By a hash of the numbers, which hardly ever is that of others, too. */
  readonly #entries = new LruMap<number, readonly Entry<T>[]>(mostShapes);

  /** Returns what `make` returned when it was first asked for these numbers. */
  find(numbers: readonly number[], make: () => T): T {
    let hash = 0;
    for (const n of numbers) hash = (Math.imul(hash, 31) + n) | 0;
    const entries = this.#entries.get(hash);
    const known = entries?.find(entry => isSame(entry.numbers, numbers));
    if (known) return known.value;
    const fresh = { numbers, value: make() };
    this.#entries.set(hash, [...(entries ?? []), fresh]);
    return fresh.value;
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Returns the numbers that a convolution of these shapes depends on. */
export function convolutionNumbers(
  x: NdArray,
  y: NdArray,
  w: NdArray,
  { stride, padding, dilation, groups }: ConvGeometry,
): number[] {
  const [a, b, c] = [x.shape, y.shape, w.shape];
  const sizes = [a[0]!, a[1]!, a[2]!, a[3]!, b[1]!, b[2]!, b[3]!, c[2]!, c[3]!];
  sizes.push(stride[0], stride[1], padding[0], padding[1], dilation[0], dilation[1], groups);
  return sizes;
}
