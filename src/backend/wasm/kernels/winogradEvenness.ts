/**
 * Whether Winograd's algorithm keeps the error of every result small beside what that result sums.
 *
 * A direct convolution errs by a share of Σ|x·w| over the window of each result. Winograd's algorithm adds and subtracts
 * the values of a whole tile, and its rounding errors are a share of the largest of them: a result that sums small
 * values beside large ones, or few values, may be all error. So each image is looked at first. With S the sum of |x| over
 * a window, W a sum of squares over it, E one over the tile, and λ the evenness of the weights, an image is even if
 *
 *     λ · S² ≥ 3 · W + E / 80   for every window.
 *
 * S² / W is how many values a window has in effect, S² / E how much of the tile's energy it has. λ = (Σ|w|)² / (n · Σw²)
 * for the least even filter: 1 if all n weights are of one size, 0.64 for normal ones. Weights count as independent of
 * where x is large; of convolutions of noise of every spread and sparsity, and of networks in training, none that passed
 * had an error above 1e-5 · Σ|x·w|.
 *
 * F(2×2, 5×5) and its adjoint need no E: their results depend on their windows alone.
 */
import {
  f32,
  f32x4,
  forRange,
  i32,
  i32x4,
  ifElse,
  type Local,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import { type Bounds, smallest } from './winogradBounds.ts';
import { type Field, fieldOf, storeSums, total, type Windows } from './winogradField.ts';
import type { WinogradPlan } from './winogradPlan.ts';

type Int = Val<'i32'>;
type Vector = Val<'v128'>;

/** At the border of an image where the adjoint has one tap along a side, it rounds less. */
const borderShare = 1 / 6;

function windowsOf({ algorithm: { taps }, input, output }: WinogradPlan): Windows {
  const isAdjoint = input.side < output.side;
  const last = taps - 1;
  const padding: Windows['padding'] = isAdjoint
    ? [last - output.before[0], last - output.before[1]]
    : input.before;
  return {
    ...{ size: input.size, channels: input.channels, taps, padding, out: output.size },
    tile: taps === 3 ? 4 : null,
    hasBorder: [isAdjoint && padding[0] === last, isAdjoint && padding[1] === last],
  };
}

/** Returns the bytes of memory that the check needs, zero in the beginning. */
export function fieldBytes(plan: WinogradPlan): number {
  return fieldOf(windowsOf(plan)).bytes;
}

/** Emits whether the image at an address [H, W, C] is even. */
export function emitIsEven(f: Scope, plan: WinogradPlan, bounds: Bounds, image: Int, field: Int): Val<'i32'> {
  const windows = windowsOf(plan);
  storeSums(f, windows, image, field);
  const found: Found = {
    isEven: f.let(v128.const(new Uint8Array(16).fill(255)), 'isEven'),
    least: f.let(v128.const(new Uint8Array(16).fill(255)), 'least'),
    most: f.let(v128.const(new Uint8Array(16)), 'most'),
  };
  const sums = f.let(i32.add(field, fieldOf(windows).sums), 'sums');
  if (windows.tile) compareTiles(f, windows, bounds, found, sums);
  else compareWindows(f, windows, bounds, found, sums);
  const tooSmall = i32x4.ltU(found.least, bitsMinusOne(f32x4.splat(smallest)));
  const tooLarge = v128.not(f32x4.le(found.most, f32x4.splat(bounds.largest)));
  const isUneven = v128.anyTrue(v128.or(v128.not(found.isEven), v128.or(tooSmall, tooLarge)));
  return f.let(i32.eqz(isUneven), 'isEven');
}

/** What the windows seen so far have shown. */
interface Found {
  /** All ones in lanes that have seen even windows alone. */
  readonly isEven: Local<'v128'>;
  /** The bits of the smallest sum of |x| that is not zero, less one: so a zero is the largest of all. */
  readonly least: Local<'v128'>;
  readonly most: Local<'v128'>;
}

const bitsMinusOne = (v: Vector) => i32x4.sub(v, i32x4.splat(1));

/** All ones in the lanes of four windows that are not on the image, of which `count` are. */
const beyond = (count: number) =>
  v128.const(Uint8Array.from({ length: 16 }, (_, i) => (i < 4 * count ? 0 : 255)));

/** Looks at four windows at once, of which the first `count` are on the image. */
function compareFour(
  { isEven }: Found,
  { sums, needed, count }: { readonly sums: Local<'v128'>; readonly needed: Vector; readonly count: number },
): void {
  const enough = f32x4.ge(f32x4.mul(sums, sums), needed);
  isEven.set(v128.and(isEven, count < 4 ? v128.or(enough, beyond(count)) : enough));
}

/** Notes the sizes of four sums of |x|. */
function noteSizes(f: Scope, { least, most }: Found, sums: Vector, count: number): void {
  const seen = f.let(count < 4 ? v128.andnot(sums, beyond(count)) : sums, 'seen');
  least.set(i32x4.minU(least, bitsMinusOne(seen)));
  most.set(f32x4.pmax(most, seen));
}

/** λ · S² ≥ 3 · W for every window; a border asks for less. */
function compareWindows(
  f: Scope,
  windows: Windows,
  { values }: Bounds,
  found: Found,
  sums: Local<'i32'>,
): void {
  const { taps, out, hasBorder } = windows;
  const { rowBytes, plane } = fieldOf(windows);
  const [row, column, needed] = [f.local(i32, 'row'), f.local(i32, 'column'), f.local(v128, 'needed')];
  const four = (first: Int, count: number, factors: readonly number[]) => {
    const at = f.let(first, 'at');
    const down = (plane: number) =>
      total(Array.from({ length: taps }, (_, tap) => v128.load(at, plane + tap * rowBytes)));
    const sums = f.let(down(0), 'sums');
    const [a, b, c, d] = factors as [number, number, number, number];
    const isPlain = factors.every(factor => factor === 1);
    const factor = isPlain ? needed : f32x4.mul(needed, f32x4.const(a, b, c, d));
    compareFour(found, { sums, needed: f32x4.mul(down(plane), factor), count });
    noteSizes(f, found, sums, count);
  };
  const factorAt = (i: number) => (hasBorder[1] && (i === 0 || i === out[1] - 1) ? borderShare : 1);
  const factorsAt = (first: number) => [0, 1, 2, 3].map(lane => factorAt(first + lane));
  const last = Math.ceil(out[1] / 4) - 1;
  forRange(f, row, 0, out[0], 1, () => {
    needed.set(values);
    if (hasBorder[0]) {
      const isBorder = i32.or(i32.eqz(row), i32.eq(row, out[0] - 1));
      ifElse(f, isBorder, () => needed.set(f32x4.mul(needed, f32x4.splat(borderShare))));
    }
    four(sums, Math.min(4, out[1]), factorsAt(0));
    forRange(f, column, 16, 16 * last, 16, () => four(i32.add(sums, column), 4, [1, 1, 1, 1]));
    if (last > 0) four(i32.add(sums, 16 * last), out[1] - 4 * last, factorsAt(4 * last));
    sums.set(i32.add(sums, rowBytes));
  });
}

/** λ · S² ≥ 3 · W + E / 80 for the windows of every tile. */
function compareTiles(f: Scope, windows: Windows, bounds: Bounds, found: Found, sums: Local<'i32'>): void {
  const { out } = windows;
  const field = fieldOf(windows);
  const [row, column] = [f.local(i32, 'row'), f.local(i32, 'column')];
  const rowOfTiles = (rows: number) => {
    const at = f.let(sums, 'at');
    const tile = (columns: number) => {
      compareTile(f, bounds, found, at, field, rows, columns);
      at.set(i32.add(at, 16));
    };
    forRange(f, column, 0, Math.floor(out[1] / 4), 1, () => tile(4));
    if (out[1] % 4 !== 0) tile(out[1] % 4);
  };
  forRange(f, row, 0, Math.floor(out[0] / 4), 1, () => {
    rowOfTiles(4);
    sums.set(i32.add(sums, 4 * field.rowBytes));
  });
  if (out[0] % 4 !== 0) rowOfTiles(out[0] % 4);
}

function compareTile(
  f: Scope,
  { values, share }: Bounds,
  found: Found,
  at: Int,
  { rowBytes, plane }: Field,
  rows: number,
  columns: number,
): void {
  const sixRows = (plane: number) =>
    [0, 1, 2, 3, 4, 5].map(row => f.let(v128.load(at, plane + row * rowBytes), 'sums'));
  const [sizes, squares] = [sixRows(0), sixRows(plane)];
  // A row of a tile is six pixels: those of its first window and those of its last.
  const perWindow = f.let(total(squares), 'perWindow');
  const ends = f32.add(f32x4.extractLane(perWindow, 0), f32x4.extractLane(perWindow, 3));
  const fromTile = f.let(f32x4.mul(f32x4.splat(ends), share), 'fromTile');
  noteSizes(f, found, total(sizes), columns);
  for (let row = 0; row < rows; row++) {
    const window = (terms: readonly Vector[]) => total(terms.slice(row, row + 3));
    const sums = f.let(window(sizes), 'sums');
    const needed = f32x4.add(f32x4.mul(window(squares), values), fromTile);
    compareFour(found, { sums, needed, count: columns });
  }
}
