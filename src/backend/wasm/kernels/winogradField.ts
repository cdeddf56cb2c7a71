/** The sums over windows of an image by which its evenness is judged. */
import { f32, f32x4, forRange, i8x16, i32, type Local, type Scope, type Val, v128 } from '../asm/index.ts';

type Int = Val<'i32'>;
type Vector = Val<'v128'>;
type Pair = readonly [number, number];

/** The correlation whose windows are looked at. */
export interface Windows {
  readonly size: Pair;
  readonly channels: number;
  readonly taps: number;
  readonly padding: Pair;
  readonly out: Pair;
  /** The side of a tile of results that share the rounding errors of its pixels; null if each has its window's alone. */
  readonly tile: 4 | null;
  /** The first and the last row and column have one tap along that side. */
  readonly hasBorder: Readonly<Record<0 | 1, boolean>>;
}

export type Field = ReturnType<typeof fieldOf>;

/** Where two fields lie, each a row of pixels and then rows of sums along rows: of |x|, and behind it of squares. */
export function fieldOf({ taps, out, tile }: Windows) {
  const rows = tile ? Math.ceil(out[0] / tile) * tile + taps - 1 : out[0] + taps - 1;
  // Vectors of four reach beyond the last sum, and the sums beyond the last pixel.
  const rowBytes = 16 * (Math.ceil(out[1] / 4) + 2);
  const plane = rowBytes * (1 + rows);
  return { rowBytes, sums: rowBytes, plane, bytes: 64 * Math.ceil((2 * plane) / 64) };
}

export const total = (terms: readonly Vector[]) => terms.reduce((sum, term) => f32x4.add(sum, term));

const lanes = (...which: readonly number[]) => which.flatMap(i => [0, 1, 2, 3].map(byte => 4 * i + byte));

/** Row by row: the pixels' sums of |x| and of squares, then the sums of as many of those as there are taps in a row. */
export function storeSums(f: Scope, windows: Windows, image: Int, field: Int): void {
  const { size, taps, padding, out, channels } = windows;
  const { rowBytes, sums, plane } = fieldOf(windows);
  const [row, column] = [f.local(i32, 'row'), f.local(i32, 'column')];
  const [from, to] = [f.let(image, 'from'), f.local(i32, 'to')];
  const sumsAt = f.let(i32.add(field, sums + padding[0] * rowBytes), 'sumsAt');
  const pixels = (count: number) => {
    sumPixels(f, channels, from, to, plane, count);
    from.set(i32.add(from, 4 * channels * count));
    to.set(i32.add(to, 16));
  };
  forRange(f, row, 0, size[0], 1, () => {
    to.set(i32.add(field, 4 * padding[1]));
    forRange(f, column, 0, Math.floor(size[1] / 4), 1, () => pixels(4));
    if (size[1] % 4 !== 0) pixels(size[1] % 4);
    forRange(f, column, 0, 16 * Math.ceil(out[1] / 4), 16, () => {
      const [at, sumAt] = [f.let(i32.add(field, column), 'at'), f.let(i32.add(sumsAt, column), 'sumAt')];
      const alongRow = (first: number) =>
        total(Array.from({ length: taps }, (_, tap) => v128.load(at, first + 4 * tap)));
      for (const first of [0, plane]) v128.store(f, sumAt, alongRow(first), first);
    });
    sumsAt.set(i32.add(sumsAt, rowBytes));
  });
  if (padding.every(p => p === taps - 1)) storeCorners(f, windows, image, field);
}

/** Stores Σx² itself for the windows of a single pixel, in the corners: there the parts of four lanes are too coarse. */
function storeCorners(f: Scope, windows: Windows, image: Int, field: Int): void {
  const { size, channels, padding, out } = windows;
  const { rowBytes, sums, plane } = fieldOf(windows);
  const channel = f.local(i32, 'channel');
  for (const row of [0, size[0] - 1]) {
    for (const [column, window] of [
      [0, 0],
      [size[1] - 1, out[1] - 1],
    ] as const) {
      const squares = f.let(v128.const(new Uint8Array(16)), 'squares');
      const pixel = f.let(i32.add(image, 4 * channels * (row * size[1] + column)), 'pixel');
      forRange(f, channel, 0, 4 * channels, 16, () => {
        const x = f.let(v128.load(i32.add(pixel, channel)), 'x');
        squares.set(f32x4.add(squares, f32x4.mul(x, x)));
      });
      const lane = (i: number) => f32x4.extractLane(squares, i);
      const at = sums + plane + (padding[0] + row) * rowBytes + 4 * window;
      f32.store(f, i32.add(field, at), f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3))));
    }
  }
}

/**
 * Stores Σ|x| of four pixels, of which `count` are there, and sums of squares: of the parts of Σ|x| that are in the four
 * lanes of a vector. That is never less than Σx², and takes fewer instructions.
 */
function sumPixels(f: Scope, channels: number, from: Int, to: Int, plane: number, count: number): void {
  const zero = v128.const(new Uint8Array(16));
  const parts = [0, 1, 2, 3].map(p => (p < count ? sumChannels(f, channels, from, p) : f.let(zero, 'zero')));
  const [a, b, c, d] = parts as unknown as [Vector, Vector, Vector, Vector];
  const pairs = (x: Vector, y: Vector, first: 0 | 2) =>
    f.let(i8x16.shuffle(x, y, lanes(first, first + 4, first + 1, first + 5)), 'pairs');
  const [low, high] = [0, 2].map(first => [pairs(a, b, first as 0 | 2), pairs(c, d, first as 0 | 2)]);
  // Transposed: the first parts of the four pixels, then the second ones …
  const transposed = [low!, high!].flatMap(([x, y]) => [
    f.let(i8x16.shuffle(x!, y!, lanes(0, 1, 4, 5)), 'part'),
    f.let(i8x16.shuffle(x!, y!, lanes(2, 3, 6, 7)), 'part'),
  ]);
  v128.store(f, to, total(transposed));
  v128.store(f, to, total(transposed.map(part => f32x4.mul(part, part))), plane);
}

/** Returns Σ|x| over the channels of a pixel, of every fourth in each lane. */
function sumChannels(f: Scope, channels: number, from: Int, pixel: number): Local<'v128'> {
  const load = (at: Int, c: number) => f32x4.abs(v128.load(at, 4 * channels * pixel + 16 * c));
  const unrolled = Math.min(channels / 4, 8);
  const sum = f.let(total(Array.from({ length: unrolled }, (_, c) => load(from, c))), 'sum');
  if (channels / 4 > unrolled) {
    const [at, c] = [f.let(i32.add(from, 16 * unrolled), 'at'), f.local(i32, 'c')];
    forRange(f, c, unrolled, channels / 4, 1, () => {
      sum.set(f32x4.add(sum, load(at, 0)));
      at.set(i32.add(at, 16));
    });
  }
  return sum;
}
