/** The end of a convolution's tile: what becomes of the sums before they are stored, and where they go. */
import { f32x4, ifElse, type Local, type Scope, type Val, v128 } from '../asm/index.ts';
import type { Place, Tile } from './conv2dTile.ts';

/** A sum of the tile, and the lanes of it that are stored. */
interface Stored {
  readonly sum: Local<'v128'>;
  readonly vector: number;
  readonly lanes: number;
  readonly offset: number;
}

/**
 * y = sum + bias, or y += sum after the first chunk of input channels. In the last tile of a group, only the lanes that
 * are channels are stored: behind them lies another pixel.
 */
export function storeSums(
  f: Scope,
  tile: Tile,
  sums: readonly (readonly Local<'v128'>[])[],
  pixelBytes: number,
  place: Place,
): void {
  const { c, plan } = tile.form;
  const all = 4 * plan.vectors;
  const rest = plan.depthwise ? all : c.outer - all * (plan.channelTiles - 1);
  const storeChannels = (channels: number, isFirstChunk: boolean) => {
    const stored = sums.flatMap((vectors, pixel) =>
      vectors.slice(0, Math.ceil(channels / 4)).map((sum, vector) => {
        const lanes = Math.min(channels - 4 * vector, 4);
        return { sum, vector, lanes, offset: pixel * pixelBytes + 16 * vector };
      }),
    );
    finish(tile, stored, isFirstChunk);
    for (const { sum, lanes, offset } of stored) storeLanes(f, tile.yPixel, sum, lanes, offset);
  };
  const storeChunk = (isFirstChunk: boolean) => {
    if (rest === all) storeChannels(all, isFirstChunk);
    else {
      ifElse(
        f,
        place.isLast,
        () => storeChannels(rest, isFirstChunk),
        () => storeChannels(all, isFirstChunk),
      );
    }
  };
  ifElse(
    f,
    place.isFirstChunk,
    () => storeChunk(true),
    () => storeChunk(false),
  );
}

/**
 * Turns the sums into the values to store. All loads come before all stores: an engine with wide registers pairs
 * neighbouring stores only if no memory is read between them.
 */
function finish({ biased, bias, yPixel }: Tile, stored: readonly Stored[], isFirstChunk: boolean): void {
  for (const { sum, vector, lanes, offset } of stored) {
    if (!isFirstChunk) sum.set(f32x4.add(loadLanes(yPixel, lanes, offset), sum));
    else if (biased) sum.set(f32x4.add(sum, v128.load(bias, 16 * vector)));
  }
}

/** The first lanes of a vector in memory, and zero in the others. */
function loadLanes(address: Val<'i32'>, lanes: number, offset: number): Val<'v128'> {
  if (lanes === 4) return v128.load(address, offset);
  if (lanes === 1) return v128.load32Zero(address, offset);
  const pair = v128.load64Zero(address, offset);
  return lanes === 2 ? pair : v128.load32Lane(address, pair, 2, offset + 8);
}

/** Stores the first lanes of a vector. */
function storeLanes(f: Scope, address: Val<'i32'>, value: Val<'v128'>, lanes: number, offset: number): void {
  if (lanes === 4) v128.store(f, address, value, offset);
  if (lanes === 2 || lanes === 3) v128.store64Lane(f, address, value, 0, offset);
  if (lanes === 1) v128.store32Lane(f, address, value, 0, offset);
  if (lanes === 3) v128.store32Lane(f, address, value, 2, offset + 8);
}
