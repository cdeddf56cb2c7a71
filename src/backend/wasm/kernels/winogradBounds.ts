/** What the weights of a convolution allow its images: how uneven they may be (see winogradEvenness.ts). */
import { f32, f32x4, forRange, i32, type Local, type Scope, type Val, v128 } from '../asm/index.ts';
import { total } from './winogradField.ts';

type Int = Val<'i32'>;
type Vector = Val<'v128'>;

/** In effect a window has at least so many values. */
const leastValues = 3;
/** The least λ · S² / E. */
const leastShare = 1 / 80;
/** A row or column of taps has at least so much of its part of Σ|w|. */
const leastLine = 1 / 8;
/** Squares of smaller sums lose digits, those of larger ones overflow, and so may the transforms. */
export const [smallest, largest] = [1e-15, 1e15];

/** What the weights allow: see `emitBounds`. */
export interface Bounds {
  /** 3 / λ and 1 / 80λ, in all lanes; NaN if the weights are not finite. */
  readonly values: Local<'v128'>;
  readonly share: Local<'v128'>;
  /** The largest sum of |x| that surely does not overflow. */
  readonly largest: Local<'f32'>;
}

/** The weights, by input and output channels. */
interface Filters {
  readonly taps: number;
  readonly inner: number;
  readonly outer: number;
}

/** Returns the bytes of what `storeWeightSums` stores for all weights. */
export function weightSumBytes({ taps, inner, outer }: Filters): number {
  return 4 * sumsOf(taps) * inner * outer;
}

/** Sums over the taps of a row, of a column, and of all squares. */
const sumsOf = (taps: number) => 2 * taps + 1;

/**
 * Stores, [inner][sums][outer], what the weights of an input channel and four output channels sum up to: |w| row by row
 * of taps and column by column, and w².
 */
export function storeWeightSums(f: Scope, to: Int, outer: number, weights: readonly Local<'v128'>[]): void {
  const taps = Math.sqrt(weights.length);
  const sizes = weights.map(w => f.let(f32x4.abs(w), 'size'));
  const line = Array.from({ length: taps }, (_, i) => i);
  const sums = [
    ...line.map(row => total(line.map(column => sizes[row * taps + column]!))),
    ...line.map(column => total(line.map(row => sizes[row * taps + column]!))),
    total(sizes.map(size => f32x4.mul(size, size))),
  ];
  for (const [i, sum] of sums.entries()) v128.store(f, to, sum, 4 * outer * i);
}

/**
 * Emits what follows from the sums over all weights, at an address. A filter that is zero has no error; one with hardly a
 * weight in a row or column of taps is as uneven as can be, since at a border no other row may be on the image.
 */
export function emitBounds(f: Scope, { taps, inner, outer }: Filters, at: Int): Bounds {
  const zero = v128.const(new Uint8Array(16));
  const [size, unevenness] = [f.let(zero, 'size'), f.let(zero, 'unevenness')];
  const [column, channel, from] = [f.local(i32, 'column'), f.local(i32, 'channel'), f.local(i32, 'sumsAt')];
  const sums = Array.from({ length: sumsOf(taps) }, () => f.local(v128, 'sum'));
  const [lines, squares] = [sums.slice(0, -1), sums.at(-1)!];
  forRange(f, column, 0, 4 * outer, 16, () => {
    for (const sum of sums) sum.set(zero);
    from.set(i32.add(at, column));
    forRange(f, channel, 0, inner, 1, () => {
      for (const [i, sum] of sums.entries()) sum.set(f32x4.add(sum, v128.load(from, 4 * outer * i)));
      from.set(i32.add(from, 4 * sums.length * outer));
    });
    const all = f.let(total(lines.slice(0, taps)), 'all');
    const least = lines.reduce<Vector>((a, b) => f32x4.pmin(a, b), lines[0]!);
    const count = inner * taps ** 2;
    const ratio = f32x4.div(f32x4.mul(f32x4.splat(count), squares), f32x4.mul(all, all));
    const isUneven = v128.or(
      f32x4.lt(all, f32x4.splat(smallest)),
      f32x4.lt(least, f32x4.mul(all, f32x4.splat(leastLine / taps))),
    );
    const known = v128.bitselect(f32x4.splat(Number.NaN), ratio, isUneven);
    // `max` keeps a NaN.
    unevenness.set(f32x4.max(unevenness, v128.andnot(known, f32x4.eq(all, zero))));
    size.set(f32x4.max(size, all));
  });
  const most = f.let(largestLane(unevenness), 'most');
  return {
    values: f.let(f32x4.splat(f32.mul(most, leastValues)), 'values'),
    share: f.let(f32x4.splat(f32.mul(most, leastShare)), 'share'),
    largest: f.let(f32.div(largest ** 2, f32.max(largestLane(size), largest)), 'largest'),
  };
}

function largestLane(v: Local<'v128'>): Val<'f32'> {
  const lane = (i: number) => f32x4.extractLane(v, i);
  return f32.max(f32.max(lane(0), lane(1)), f32.max(lane(2), lane(3)));
}
