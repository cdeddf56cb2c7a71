/** Where the work of a unit lies: strips of transformed columns, and a block of transformed tiles. */
import { channelSumBytes } from './winogradBackwardWeightEvenness.ts';
import {
  frequencies,
  type WinogradWeightShape,
  type WinogradWeightTiling,
} from './winogradBackwardWeightPlan.ts';
import { type Matrix, tileSide, transposed, winograds } from './winogradTransform.ts';

type Pair = WinogradWeightShape['size'];

/** x or dy, and where its transform goes: places and strides are in bytes, places from the start of the unit's work. */
export interface Side {
  /** Makes six values from the rows, and from the columns, that a tile has of the image. */
  readonly matrix: Matrix;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly padding: Pair;
  /** From tile to tile. */
  readonly step: number;
  readonly tilesDown: number;
  readonly tilesAcross: number;
  /** A row of zeros. */
  readonly zeros: number;
  /** How many columns of the image are in the strip, [6][column][channel]; the others are zeros. */
  readonly columns: number;
  readonly strip: number;
  readonly stripRow: number;
  /** [frequency][tile][channel]. */
  readonly tiles: number;
  readonly frequencyStride: number;
}

export interface Room {
  readonly x: Side;
  readonly dy: Side;
  /** So many bytes, with the zeros and the strips, must be zero in the beginning. */
  readonly zeroed: number;
  readonly bytes: number;
}

export function roomOf(shape: WinogradWeightShape, tiling: WinogradWeightTiling): Room {
  const { inner, outer, size, outSize, padding, taps } = shape;
  const { step, tilesDown, tilesAcross, mostLines } = tiling;
  const { Bt, At } = winograds[taps];
  const [xPart, dyPart] = [
    { matrix: Bt, size, channels: inner, padding },
    { matrix: transposed(At), size: outSize, channels: outer, padding: [0, 0] as Pair },
  ];
  let bytes = 0;
  const take = (count: number) => {
    const place = bytes;
    bytes += 64 * Math.ceil(count / 64);
    return place;
  };
  const zeros = take(4 * Math.max(size[1] * inner, outSize[1] * outer));
  const strips = [xPart, dyPart].map(({ matrix, size: [, width], channels, padding: [, left] }) => {
    const columns = step * (tilesAcross - 1) + matrix[0]!.length;
    const stripRow = oddLines(4 * channels * columns);
    return { columns: Math.min(width, columns - left), stripRow, strip: take(tileSide * stripRow) };
  });
  const zeroed = bytes;
  const [x, dy] = [xPart, dyPart].map(({ matrix, size: [height, width], channels, padding }, i) => {
    const frequencyStride = oddLines(4 * channels * mostLines * tilesAcross);
    const tiles = take(frequencies * frequencyStride);
    const image = { matrix, height, width, channels, padding, step, tilesDown, tilesAcross };
    return { ...image, ...strips[i]!, zeros, tiles, frequencyStride };
  });
  return { x: x!, dy: dy!, zeroed, bytes };
}

/** Returns the bytes of the sums of one frequency, [inner][outer]. */
export function sumStride({ inner, outer }: WinogradWeightShape): number {
  return oddLines(4 * inner * outer);
}

/** Returns where the sums of channels lie behind the sums of a unit, [frequency][inner][outer], in bytes. */
export function channelSumsAt(shape: WinogradWeightShape): number {
  return frequencies * sumStride(shape);
}

/** Returns the bytes of the sums of a unit with those of its channels. */
export function sumBytes(shape: WinogradWeightShape): number {
  return channelSumsAt(shape) + channelSumBytes(shape);
}

/** Returns at least so many bytes, an odd number of cache lines: they do not meet in one set of the cache. */
function oddLines(bytes: number): number {
  return 64 * (Math.ceil(bytes / 64) | 1);
}
