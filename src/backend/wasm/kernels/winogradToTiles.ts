/** From an image to its tiles: each is multiplied by a matrix from both sides, first all columns, then the rows. */
import { i32, memory, type Scope, type Val } from '../asm/index.ts';
import {
  type Emission,
  everyTile,
  everyTileRow,
  frequencyBytes,
  loadVectors,
  onImage,
  type Places,
  stepThrough,
  storeVectors,
  stripBytes,
  stripRow,
  type Tiling,
} from './winogradTiling.ts';
import { transform, type Vectors } from './winogradTransform.ts';

/** tiles [36][room][C] = matrix · tile · matrixᵀ for every tile of an image. The strip must have been cleared. */
export function emitToTiles(f: Scope, e: Emission, { image, tiles, strip }: Places): void {
  const { t, matrix, factors, zero, vectors } = e;
  const rowBytes = 4 * t.size[1] * t.channels;
  const { bytes, start } = onImage(t);
  const [from, to] = [f.local(i32, 'from'), f.local(i32, 'to')];
  const tile = f.let(tiles, 'tile');
  everyTileRow(f, t, image, false, (run, top) => {
    from.set(top);
    to.set(i32.add(strip, start));
    stepThrough(f, [from, to], bytes, 16 * vectors, () => {
      const rows = Array.from(
        { length: t.side },
        (_, i): Vectors =>
          i < run.from || i >= run.to ? null : loadVectors(f, from, (i - run.from) * rowBytes, vectors),
      );
      for (const [i, values] of transform(f, factors, matrix, rows).entries())
        storeVectors(f, to, i * stripRow(t), values ?? new Array<Val<'v128'>>(vectors).fill(zero));
    });
    everyTile(f, e, strip, tile, (column, matrices) => {
      const columns = Array.from({ length: t.side }, (_, j) =>
        loadVectors(f, column, 4 * j * t.channels, vectors),
      );
      for (const [j, values] of transform(f, factors, matrix, columns).entries())
        storeVectors(f, matrices, j * frequencyBytes(t), values!);
    });
    tile.set(i32.add(tile, 4 * t.tiles[1] * t.channels));
  });
}

/** Emits what the strips need beforehand: zeros where they lie outside of the image. */
export function clearStrip(f: Scope, t: Tiling, strip: Val<'i32'>): void {
  memory.fill(f, strip, 0, stripBytes(t));
}
