/** From tiles back to the image: each is multiplied by a matrix from both sides, first its rows, then all columns. */
import { f32x4, forRange, i32, type Scope, type Val, v128 } from '../asm/index.ts';
import {
  type Emission,
  everyTile,
  everyTileRow,
  frequencyBytes,
  loadVectors,
  onImage,
  type Places,
  type Run,
  stepThrough,
  storeVectors,
  stripRow,
  type Tiling,
} from './winogradTiling.ts';
import { tileSide, transform, type Vectors } from './winogradTransform.ts';

/**
 * image = the sum of matrix · tile · matrixᵀ over the tiles [36][room][C]; they overlap if side > step. `biasRow` is the
 * address of a row of the image with the bias of each channel, if there is one.
 */
export function emitFromTiles(
  f: Scope,
  e: Emission,
  { image, tiles, strip }: Places,
  biasRow: Val<'i32'> | null,
): void {
  const { t, matrix, factors, zero, vectors } = e;
  const overlap = t.side - t.step;
  const { bytes, start } = onImage(t);
  const [from, to, bias] = [f.local(i32, 'from'), f.local(i32, 'to'), f.local(i32, 'biasAt')];
  const tile = f.let(tiles, 'tile');
  everyTileRow(f, t, image, overlap > 0, (run, top) => {
    if (overlap > 0) clearOverlap(f, t, strip, overlap, zero);
    everyTile(f, e, strip, tile, (column, matrices) => {
      const frequencies = Array.from({ length: tileSide }, (_, j) =>
        loadVectors(f, matrices, j * frequencyBytes(t), vectors),
      );
      const values = transform(f, factors, matrix, frequencies).map((sums, j) => {
        if (j >= overlap) return sums!;
        const before = loadVectors(f, column, 4 * j * t.channels, vectors);
        return before.map((value, v) => f.let(f32x4.add(value, sums![v]!), 'sum'));
      });
      for (const [j, sums] of values.entries()) storeVectors(f, column, 4 * j * t.channels, sums);
    });
    from.set(i32.add(strip, start));
    to.set(top);
    if (biasRow) bias.set(biasRow);
    const pointers = biasRow ? [from, to, bias] : [from, to];
    stepThrough(f, pointers, run.from < run.to ? bytes : 0, 16 * vectors, () => {
      const rows = Array.from({ length: tileSide }, (_, i) => loadVectors(f, from, i * stripRow(t), vectors));
      storeRows(f, e, run, transform(f, factors, matrix, rows), to, biasRow && bias);
    });
    tile.set(i32.add(tile, 4 * t.tiles[1] * t.channels));
  });
}

/** Adds what the tile above has left and the bias, and stores the rows that are on the image. */
function storeRows(
  f: Scope,
  { t, vectors }: Emission,
  run: Run,
  rows: readonly Vectors[],
  to: Val<'i32'>,
  bias: Val<'i32'> | null,
): void {
  const rowBytes = 4 * t.size[1] * t.channels;
  const added = bias && loadVectors(f, bias, 0, vectors);
  const values = rows.slice(run.from, run.to).map((sums, index) => {
    const isShared = !run.isTop && index + run.from < t.side - t.step;
    const before = isShared ? loadVectors(f, to, index * rowBytes, vectors) : added;
    return before ? before.map((value, v) => f.let(f32x4.add(value, sums![v]!), 'sum')) : sums!;
  });
  for (const [index, sums] of values.entries()) storeVectors(f, to, index * rowBytes, sums);
}

function clearOverlap(f: Scope, t: Tiling, strip: Val<'i32'>, overlap: number, zero: Val<'v128'>): void {
  const row = f.let(strip, 'stripRow');
  const i = f.local(i32, 'i');
  forRange(f, i, 0, tileSide, 1, () => {
    stepThrough(f, [row], 4 * overlap * t.channels, 16, () => v128.store(f, row, zero));
    row.set(i32.add(row, stripRow(t)));
  });
}
