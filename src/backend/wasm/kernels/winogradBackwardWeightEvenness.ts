/**
 * Whether Winograd's algorithm keeps the error of every weight gradient small beside what that sums, Σ|x·dy|.
 *
 * The rounding errors of the gradient of a weight grow as √(Σx² · Σdy²) over its two channels. With n the number of
 * values that a channel has in effect, (Σ|x|)² / Σx², the sum Σ|x·dy| over N pixels is about as many times larger as
 * √(n(x) · n(dy) / N), if x and dy know nothing of each other's places: that must be 4 or more, for all pairs of channels.
 * There is one thing that they know: at a border, some taps never meet. So a border may not have nearly all of a channel.
 */
import {
  f32,
  f32x4,
  forRange,
  i32,
  ifElse,
  type Local,
  type Scope,
  select,
  type Val,
  v128,
} from '../asm/index.ts';
import { smaller } from './matmulTile.ts';
import type { WinogradWeightShape } from './winogradBackwardWeightPlan.ts';
import type { Side } from './winogradBackwardWeightRoom.ts';
import { loadVectors, storeVectors } from './winogradTiling.ts';

type Int = Val<'i32'>;

/** The least n(x) · n(dy) / N. */
const leastPairs = 4;
/** Squares of smaller sums lose their digits. */
const smallest = 1e-30;
/** More than any n, for a channel that is zero: it has no error. */
const unlimited = 1e18;
/** Pixels whose |x| are summed before the squares are taken: n comes out smaller, never larger, for less work. */
const group = 4;

/** A border has at most so much of Σ|x|. */
const mostOfBorder = 0.9;

/** The sums of a channel: of |x|, of squares, and of |x| at the top, at the bottom, on the left and on the right. */
const sumsPerChannel = 6;

/** Returns the bytes of the sums of all channels, [6][inner] and then [6][outer]. */
export function channelSumBytes({ inner, outer }: WinogradWeightShape): number {
  return 64 * Math.ceil((4 * sumsPerChannel * (inner + outer)) / 64);
}

/** Returns where those of dy begin. */
export function outerSumsAt({ inner }: Pick<WinogradWeightShape, 'inner'>): number {
  return 4 * sumsPerChannel * inner;
}

/** Adds the pixels of a line of tiles to the sums of their channels; the last line of an image has all its last rows. */
export function addChannelSums(
  f: Scope,
  side: Side,
  border: Side['padding'],
  image: Int,
  line: Int,
  sums: Int,
): void {
  const { height, width, channels, step, tilesDown } = side;
  const pixel = 4 * channels;
  const number = f.let(i32.divU(line, tilesDown), 'image');
  const index = f.let(i32.sub(line, i32.mul(number, tilesDown)), 'index');
  const top = f.let(smaller(i32.mul(index, step), i32.const(height)), 'top');
  const isLast = i32.eq(index, tilesDown - 1);
  const end = select(i32.const(height), smaller(i32.add(top, step), i32.const(height)), isLast);
  const bottom = f.let(end, 'bottom');
  const bytes = f.let(i32.mul(i32.sub(bottom, top), pixel * width), 'bytes');
  const first = f.let(i32.add(image, i32.mul(i32.add(i32.mul(number, height), top), pixel * width)), 'first');
  const groupsEnd = f.let(i32.sub(bytes, i32.remU(bytes, group * pixel)), 'groupsEnd');
  const [channel, at] = [f.local(i32, 'channel'), f.local(i32, 'at')];
  // Neighbouring vectors, so that a wide machine pairs them.
  const vectors = channels % 8 === 0 ? 2 : 1;
  forRange(f, channel, 0, pixel, 16 * vectors, () => {
    const place = f.let(i32.add(sums, channel), 'place');
    const sum = loadVectors(f, place, 0, vectors);
    const squares = loadVectors(f, place, pixel, vectors);
    const from = f.let(i32.add(first, channel), 'from');
    const add = (pixels: number) => {
      const here = f.let(i32.add(from, at), 'here');
      for (let v = 0; v < vectors; v++) {
        const sizes = Array.from({ length: pixels }, (_, p) =>
          f32x4.abs(v128.load(here, p * pixel + 16 * v)),
        );
        const size = f.let(
          sizes.reduce((a, b) => f32x4.add(a, b)),
          'size',
        );
        sum[v]!.set(f32x4.add(sum[v]!, size));
        squares[v]!.set(f32x4.add(squares[v]!, f32x4.mul(size, size)));
      }
    };
    forRange(f, at, 0, groupsEnd, group * pixel, () => add(group));
    forRange(f, at, groupsEnd, bytes, pixel, () => add(1));
    storeVectors(f, place, 0, sum);
    storeVectors(f, place, pixel, squares);
  });
  addBorders(f, side, border, { first, top, bottom }, i32.add(sums, 2 * pixel));
}

/** Adds |x| of the rows from `top` to `bottom` of an image, which begin at `first`, to the sums of its borders. */
function addBorders(
  f: Scope,
  { height, width, channels }: Side,
  border: Side['padding'],
  { first, top, bottom }: Readonly<Record<'first' | 'top' | 'bottom', Int>>,
  sums: Int,
): void {
  const pixel = 4 * channels;
  const [rows, columns] = [Math.min(border[0], height), Math.min(border[1], width)];
  if (rows + columns === 0) return;
  const [row, channel, at] = [f.local(i32, 'row'), f.local(i32, 'channel'), f.local(i32, 'at')];
  const start = f.let(first, 'start');
  forRange(f, row, top, bottom, 1, () => {
    forRange(f, channel, 0, pixel, 16, () => {
      const add = (from: number, to: number, border: number) => {
        const place = f.let(i32.add(sums, channel), 'place');
        const sum = f.let(v128.load(place, border * pixel), 'sum');
        forRange(f, at, from * pixel, to * pixel, pixel, () => {
          const x = v128.load(i32.add(i32.add(start, channel), at));
          sum.set(f32x4.add(sum, f32x4.abs(x)));
        });
        v128.store(f, place, sum, border * pixel);
      };
      if (rows > 0) {
        ifElse(f, i32.ltS(row, rows), () => add(0, width, 0));
        ifElse(f, i32.geS(row, height - rows), () => add(0, width, 1));
      }
      if (columns > 0) {
        add(0, columns, 2);
        add(width - columns, width, 3);
      }
    });
    start.set(i32.add(start, pixel * width));
  });
}

/** Emits n of a channel of x, in all lanes, from the sums of all units, which lie `stride` bytes apart. */
export function emitCountOfInner(
  f: Scope,
  { inner }: WinogradWeightShape,
  units: Int,
  sums: Int,
  stride: number,
): Local<'v128'> {
  const load = (at: Int, offset: number) => f32x4.splat(f32.load(at, offset));
  return countOf(f, units, sums, stride, load, 4 * inner);
}

/** Returns the least product of n of a channel of x and n of one of dy that are even enough. */
export function leastCounts({ outSize }: WinogradWeightShape, images: number): number {
  return leastPairs * images * outSize[0] * outSize[1];
}

/** Emits all ones in the lanes of four channels of dy that are not even enough beside one of x. */
export function emitIsUneven(
  f: Scope,
  { inner, outer }: WinogradWeightShape,
  { units, least }: { readonly units: Int; readonly least: Val<'f32'> },
  ofInner: Val<'v128'>,
  sums: Int,
  stride: number,
): Val<'v128'> {
  const start = f.let(i32.add(sums, outerSumsAt({ inner })), 'start');
  const ofOuter = countOf(f, units, start, stride, (at, offset) => v128.load(at, offset), 4 * outer);
  return v128.not(f32x4.ge(f32x4.mul(ofInner, ofOuter), f32x4.splat(least)));
}

/** Emits n of channels from the sums of all units; 0 if they are too small to tell, or nearly all at a border. */
function countOf(
  f: Scope,
  units: Int,
  start: Int,
  stride: number,
  load: (at: Int, offset: number) => Val<'v128'>,
  nextAt: number,
): Local<'v128'> {
  const at = f.let(start, 'at');
  const offsets = Array.from({ length: sumsPerChannel }, (_, i) => i * nextAt);
  const sums = offsets.map(offset => f.let(load(at, offset), 'sum'));
  const unit = f.local(i32, 'unit');
  forRange(f, unit, 1, units, 1, () => {
    at.set(i32.add(at, stride));
    for (const [i, sum] of sums.entries()) sum.set(f32x4.add(sum, load(at, offsets[i]!)));
  });
  const [sum, squares, ...borders] = sums as unknown as readonly [Local<'v128'>, ...Local<'v128'>[]];
  const largest = borders.reduce<Val<'v128'>>((a, b) => f32x4.pmax(a, b), borders[0]!);
  const unclear = v128.or(
    f32x4.lt(squares!, f32x4.splat(smallest)),
    f32x4.gt(largest, f32x4.mul(sum, f32x4.splat(mostOfBorder))),
  );
  const count = v128.andnot(f32x4.div(f32x4.mul(sum, sum), squares!), unclear);
  const zero = v128.const(new Uint8Array(16));
  return f.let(v128.bitselect(f32x4.splat(unlimited), count, f32x4.eq(sum, zero)), 'count');
}
