/** The tiles that cover an image, and the walk through them. */
import { forRange, i32, type Local, type Scope, type Val, v128 } from '../asm/index.ts';
import type { Machine } from './machine.ts';
import { reachesEnds } from './overhang.ts';
import { type Factors, type Matrix, tileSide } from './winogradTransform.ts';

type Pair = readonly [number, number];

/**
 * Whether tiles cover a correlation of stride 1 from x to y: the first begins at the first element of x or less than a
 * kernel before it, and the last kernel ends likewise. So nothing of x is left out, and strips have room for the rest.
 */
export function fitsTiles(x: Pair, y: Pair, kernel: number, padding: Pair): boolean {
  return ([0, 1] as const).every(i =>
    reachesEnds({ size: x[i], windows: y[i], kernel, stride: 1, padding: padding[i], dilation: 1 }),
  );
}

/** Tiles of `side` × `side` pixels that lie `step` apart on an image [H, W, C]. */
export interface Tiling {
  /** [H, W]; C is a multiple of 4. */
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly side: number;
  readonly step: number;
  /** How far the first tile begins outside of the image, above and left; what is there is zero, or dropped. */
  readonly before: readonly [number, number];
  /** The tiles in a column and in a row of them. */
  readonly tiles: readonly [number, number];
  /** Tiles for which there is room in the matrices of all tiles, [36][room][C]. */
  readonly room: number;
}

/** Addresses: of an image, of its first tile in the matrices, and of `stripBytes` for a row of tiles. */
export interface Places {
  readonly image: Val<'i32'>;
  readonly tiles: Val<'i32'>;
  readonly strip: Val<'i32'>;
}

/** Returns the bytes from frequency to frequency in the matrices. */
export function frequencyBytes({ room, channels }: Tiling): number {
  return spaced(4 * room * channels);
}

/** Returns `bytes` and a cache line more: matrices a power of two apart would throw each other out of the cache. */
export function spaced(bytes: number): number {
  return bytes + 64;
}

/** Returns the bytes of a strip [6][columns][C], the 6 rows being those of the tiles or their transforms. */
export function stripBytes(t: Tiling): number {
  return tileSide * stripRow(t);
}

export function stripRow({ tiles, step, side, channels }: Tiling): number {
  return 4 * ((tiles[1] - 1) * step + side) * channels;
}

/** Vectors to compute at once: a wide machine pairs neighbours. */
export function vectorsFor(channels: number, { wide }: Machine): number {
  return wide && channels % 8 === 0 ? 2 : 1;
}

/** Tile rows one after another that have the same rows on the image. */
export interface Run {
  readonly first: number;
  readonly count: number;
  /** [from, to) of the rows of a tile. */
  readonly from: number;
  readonly to: number;
  /** There is no tile above, and that matters. */
  readonly isTop: boolean;
}

function runsOf({ size, side, step, before, tiles }: Tiling, topIsApart: boolean): Run[] {
  const runs: Run[] = [];
  for (let index = 0; index < tiles[0]; index++) {
    const top = index * step - before[0];
    const from = Math.min(side, Math.max(0, -top));
    const to = Math.max(from, Math.min(side, size[0] - top));
    const last = runs.at(-1);
    const isTop = topIsApart && index === 0;
    if (last && last.from === from && last.to === to && !last.isTop)
      runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ first: index, count: 1, from, to, isTop });
  }
  return runs;
}

/** Returns the bytes of a row that lie on the image, and where in a strip they begin. */
export function onImage({ size, channels, before, tiles, step, side }: Tiling) {
  const columns = Math.min(size[1], (tiles[1] - 1) * step + side - before[1]);
  return { bytes: Math.max(0, 4 * columns * channels), start: 4 * before[1] * channels };
}

/** Runs `body` for every `step` bytes of [0, bytes), with the pointers moved on; they are back afterwards. */
export function stepThrough(
  f: Scope,
  pointers: readonly Local<'i32'>[],
  bytes: number,
  step: number,
  body: () => void,
): void {
  if (bytes === 0) return;
  const i = f.local(i32, 'i');
  forRange(f, i, 0, bytes, step, () => {
    body();
    for (const pointer of pointers) pointer.set(i32.add(pointer, step));
  });
  for (const pointer of pointers) pointer.set(i32.sub(pointer, bytes));
}

/** Returns the vectors from an address on, in locals. */
export function loadVectors(f: Scope, pointer: Val<'i32'>, offset: number, vectors: number): Local<'v128'>[] {
  return Array.from({ length: vectors }, (_, v) => f.let(v128.load(pointer, offset + 16 * v), 'x'));
}

export function storeVectors(
  f: Scope,
  pointer: Val<'i32'>,
  offset: number,
  values: readonly Val<'v128'>[],
): void {
  for (const [v, value] of values.entries()) v128.store(f, pointer, value, offset + 16 * v);
}

/** What the emission of a transform goes by. */
export interface Emission {
  readonly t: Tiling;
  /** [6][side] into tiles, [side][6] back to the image. */
  readonly matrix: Matrix;
  readonly factors: Factors;
  readonly zero: Val<'v128'>;
  readonly vectors: number;
}

/** Runs `body` for each row of tiles, with the address of the first row of the image that they have. */
export function everyTileRow(
  f: Scope,
  t: Tiling,
  image: Val<'i32'>,
  topIsApart: boolean,
  body: (run: Run, top: Val<'i32'>) => void,
): void {
  const rowBytes = 4 * t.size[1] * t.channels;
  const top = f.local(i32, 'top');
  const index = f.local(i32, 'tileRow');
  for (const run of runsOf(t, topIsApart)) {
    top.set(i32.add(image, (run.first * t.step - t.before[0] + run.from) * rowBytes));
    forRange(f, index, 0, run.count, 1, () => {
      body(run, top);
      top.set(i32.add(top, t.step * rowBytes));
    });
  }
}

/** Runs `body` for 6 rows of each tile of a strip, with addresses in the strip and in the matrices. */
export function everyTile(
  f: Scope,
  { t, vectors }: Emission,
  strip: Val<'i32'>,
  tile: Val<'i32'>,
  body: (column: Val<'i32'>, matrices: Val<'i32'>) => void,
): void {
  const pixel = 4 * t.channels;
  const [column, matrices] = [f.let(strip, 'column'), f.let(tile, 'matrices')];
  const [row, index] = [f.local(i32, 'row'), f.local(i32, 'tileColumn')];
  forRange(f, row, 0, tileSide, 1, () => {
    forRange(f, index, 0, t.tiles[1], 1, () => {
      stepThrough(f, [column, matrices], pixel, 16 * vectors, () => body(column, matrices));
      column.set(i32.add(column, t.step * pixel));
      matrices.set(i32.add(matrices, pixel));
    });
    column.set(i32.add(column, stripRow(t) - t.tiles[1] * t.step * pixel));
    matrices.set(i32.add(matrices, tileSide * frequencyBytes(t) - t.tiles[1] * pixel));
  });
}
