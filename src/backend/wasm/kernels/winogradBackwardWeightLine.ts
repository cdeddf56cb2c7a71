/** The transform of a line of tiles of x or dy: down their columns first, into a strip, and then along its rows. */
import { forRange, i32, type Scope, select, type Val } from '../asm/index.ts';
import { isInside } from './overhang.ts';
import type { Side } from './winogradBackwardWeightRoom.ts';
import { loadVectors, storeVectors } from './winogradTiling.ts';
import { type Factors, tileSide, transform } from './winogradTransform.ts';

type Int = Val<'i32'>;

/** Some lines of tiles. */
export interface Lines {
  /** Where the images are, and the work of the unit. */
  readonly image: Int;
  readonly work: Int;
  /** The number of the first line among those of all images. */
  readonly first: Int;
  readonly lines: Int;
}

/** Transforms the lines of a block, `vectors` of channels at a time. */
export function transformBlock(
  f: Scope,
  side: Side,
  factors: Factors,
  vectors: number,
  { image, work, first, lines }: Lines,
): void {
  const index = f.local(i32, 'index');
  const tiles = f.let(i32.add(work, side.tiles), 'tiles');
  forRange(f, index, 0, lines, 1, () => {
    const rows = rowsOf(f, side, f.let(i32.add(first, index), 'line'), image, work);
    transformColumns(f, side, factors, vectors, rows, work);
    transformRows(f, side, factors, vectors, work, tiles);
    tiles.set(i32.add(tiles, 4 * side.channels * side.tilesAcross));
  });
}

/** Returns where the rows of the image are that a line of tiles sees; one that is outside of the image has zeros. */
function rowsOf(f: Scope, side: Side, line: Int, image: Int, work: Int): Int[] {
  const { matrix, height, width, channels, padding, step, tilesDown } = side;
  const bytes = 4 * channels * width;
  const number = f.let(i32.divU(line, tilesDown), 'image');
  const top = f.let(i32.sub(i32.mul(i32.sub(line, i32.mul(number, tilesDown)), step), padding[0]), 'top');
  const first = f.let(i32.add(image, i32.mul(i32.add(i32.mul(number, height), top), bytes)), 'first');
  const seen = { size: height, windows: tilesDown, kernel: matrix[0]!.length, stride: step, dilation: 1 };
  const isClear = isInside({ ...seen, padding: padding[0] });
  return matrix[0]!.map((_, r) => {
    const row = i32.add(first, r * bytes);
    if (isClear) return f.let(row, 'row');
    return f.let(select(row, i32.add(work, side.zeros), i32.ltU(i32.add(top, r), height)), 'row');
  });
}

/** strip [6][column][channel] = matrix · rows [column][channel]. */
function transformColumns(
  f: Scope,
  { matrix, channels, columns, padding, strip, stripRow }: Side,
  factors: Factors,
  vectors: number,
  rows: readonly Int[],
  work: Int,
): void {
  const start = f.let(i32.add(work, strip + 4 * channels * padding[1]), 'strip');
  const at = f.local(i32, 'at');
  forRange(f, at, 0, 4 * channels * columns, 16 * vectors, () => {
    const values = rows.map(row => loadVectors(f, i32.add(row, at), 0, vectors));
    const to = f.let(i32.add(start, at), 'to');
    storeAll(f, to, transform(f, factors, matrix, values), stripRow);
  });
}

/** tiles [frequency][tile][channel] = the rows of the strip, under each tile, · matrixᵀ. */
function transformRows(
  f: Scope,
  { matrix, channels, step, tilesAcross, strip, stripRow, frequencyStride }: Side,
  factors: Factors,
  vectors: number,
  work: Int,
  tiles: Int,
): void {
  const pixel = 4 * channels;
  const [row, across, channel] = [f.local(i32, 'row'), f.local(i32, 'across'), f.local(i32, 'channel')];
  const [stripAt, tilesAt] = [f.let(i32.add(work, strip), 'strip'), f.let(tiles, 'tiles')];
  forRange(f, row, 0, tileSide, 1, () => {
    const [from, to] = [f.let(stripAt, 'from'), f.let(tilesAt, 'to')];
    forRange(f, across, 0, tilesAcross, 1, () => {
      forRange(f, channel, 0, pixel, 16 * vectors, () => {
        const values = matrix[0]!.map((_, c) => loadVectors(f, from, c * pixel, vectors));
        storeAll(f, to, transform(f, factors, matrix, values), frequencyStride);
        for (const pointer of [from, to]) pointer.set(i32.add(pointer, 16 * vectors));
      });
      from.set(i32.add(from, (step - 1) * pixel));
    });
    stripAt.set(i32.add(stripAt, stripRow));
    tilesAt.set(i32.add(tilesAt, tileSide * frequencyStride));
  });
}

/** Stores rows of vectors, so far apart. */
export function storeAll(f: Scope, to: Int, rows: ReturnType<typeof transform>, stride: number): void {
  for (const [r, row] of rows.entries()) {
    storeVectors(f, to, r * stride, row!);
  }
}
