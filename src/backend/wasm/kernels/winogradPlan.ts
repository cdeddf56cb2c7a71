/** Which convolutions are computed by Winograd's algorithm, and in which blocks. */
import type { Machine } from './machine.ts';
import { type Tile, tileFor } from './matmulTile.ts';
import { fitsTiles, frequencyBytes, stripBytes, type Tiling } from './winogradTiling.ts';
import { type Matrix, tileSide, transposed, type Winograd, winograds } from './winogradTransform.ts';

/**
 * A bilinear algorithm: transform tiles of the input, multiply them by the transformed weights, transform the products
 * to tiles of the output. An input gradient is a correlation with the flipped weights, or the adjoint of that with the
 * weights: the transposed matrices, in reverse.
 */
export interface WinogradPlan {
  readonly algorithm: Winograd;
  readonly isGradient: boolean;
  readonly isFlipped: boolean;
  readonly input: Tiling;
  readonly output: Tiling;
  /** [6][side of the input's tiles] and [side of the output's tiles][6]. */
  readonly inputMatrix: Matrix;
  readonly outputMatrix: Matrix;
  /** Images whose tiles are multiplied together. */
  readonly images: number;
  /** What is summed at one stretch of the input channels. */
  readonly depth: number;
  /** The tile of a product that is kept in registers. */
  readonly tile: Tile;
}

/** The shape of a convolution: size and channels of x, size and channels of y, [kh, kw], the padding. */
export interface WinogradShape {
  readonly images: number;
  readonly x: readonly [number, number];
  readonly inner: number;
  readonly y: readonly [number, number];
  readonly outer: number;
  readonly kernel: readonly [number, number];
  readonly padding: readonly [number, number];
}

/** Rows that a product should have at least, so that the weights are not read too often. */
const enoughRows = 16;
/** The longest sum at one stretch. */
const longestSum = 128;
/** Reading the weights for a block of images takes as long as so many rows of the products. */
const weightReads = 6;
/** Rows of a product that are computed together. */
const tileRows = 4;

/** Whether the algorithm fits and pays; it depends on the shape of an image alone, so that its batch changes no bit. */
export function paysWinograd(shape: WinogradShape, isGradient: boolean): boolean {
  const { x, y, inner, outer, kernel, padding } = correlationOf(shape, isGradient);
  const [side] = kernel;
  if ((side !== 3 && side !== 5) || kernel[1] !== side || inner % 4 !== 0 || outer % 4 !== 0) return false;
  if (inner < 8 || outer < 8 || !fitsTiles(x, y, side, padding)) return false;
  const { outputs } = winograds[side];
  const tiles = Math.ceil(y[0] / outputs) * Math.ceil(y[1] / outputs);
  const images = imagesOf(tiles);
  // In products of vectors; the transforms take about 150 instructions for each vector of a tile.
  const rows = Math.ceil((images * tiles) / tileRows) * tileRows;
  const products = ((rows + weightReads) * tileSide ** 2 * inner * outer) / 4;
  const transforms = (images * tiles * 150 * (inner + outer)) / 4;
  const direct = (images * Math.min(y[0] * y[1], x[0] * x[1]) * side ** 2 * inner * outer) / 4;
  return 1.2 * (products + transforms) < direct;
}

/** Whether a gradient is better the adjoint: it needs fewer tiles, but with 3 taps its errors are larger. */
function isAdjoint({ kernel }: WinogradShape, isGradient: boolean): boolean {
  return isGradient && kernel[0] === 5;
}

/** Returns the correlation that is computed, or whose adjoint is. */
function correlationOf(shape: WinogradShape, isGradient: boolean): WinogradShape {
  if (!isGradient || isAdjoint(shape, isGradient)) return shape;
  const { x, inner, y, outer, kernel, padding } = shape;
  const flipped = [kernel[0] - 1 - padding[0], kernel[1] - 1 - padding[1]] as const;
  return { ...shape, x: y, inner: outer, y: x, outer: inner, padding: flipped };
}

/** Returns the plan of a convolution, or of its input gradient, which maps dy to dx. */
export function planWinograd(shape: WinogradShape, isGradient: boolean, machine: Machine): WinogradPlan {
  const algorithm = winograds[shape.kernel[0] as 3 | 5];
  const correlation = correlationOf(shape, isGradient);
  const adjoint = isAdjoint(shape, isGradient);
  const { outputs, Bt, At } = algorithm;
  const tiles = [Math.ceil(correlation.y[0] / outputs), Math.ceil(correlation.y[1] / outputs)] as const;
  const images = imagesOf(tiles[0] * tiles[1]);
  const room = Math.ceil((images * tiles[0] * tiles[1]) / tileRows) * tileRows;
  const common = { step: outputs, tiles, room };
  const { padding, inner, outer } = correlation;
  const x: Tiling = { ...common, size: correlation.x, channels: inner, side: tileSide, before: padding };
  const y: Tiling = { ...common, size: correlation.y, channels: outer, side: outputs, before: [0, 0] };
  const sides = adjoint
    ? { input: y, output: x, inputMatrix: transposed(At), outputMatrix: transposed(Bt) }
    : { input: x, output: y, inputMatrix: Bt, outputMatrix: At };
  const [from, to] = adjoint ? [outer, inner] : [inner, outer];
  const tile = tileOf(to, machine);
  return {
    algorithm,
    isGradient,
    isFlipped: isGradient && !adjoint,
    ...sides,
    images,
    depth: depthOf(from),
    tile,
  };
}

/** Returns the tile of a product of so many columns, narrower if that computes fewer of them twice. */
function tileOf(columns: number, machine: Machine): Tile {
  const tile = tileFor(tileRows, columns, machine);
  const computed = (vectors: number) => Math.ceil(columns / (4 * vectors)) * vectors;
  const half = tile.vectors / 2;
  return half >= 2 && computed(half) < computed(tile.vectors) ? { ...tile, vectors: half } : tile;
}

/**
 * Returns for how many images the rows of a product are many, and nearly fill tiles of 4. A power of two, so that
 * convolutions that run together soon have whole blocks of the same images.
 */
function imagesOf(tiles: number): number {
  let images = 1;
  const waste = () => (tileRows - ((images * tiles) % tileRows)) % tileRows;
  while (images * tiles < enoughRows || waste() > 0.05 * images * tiles) images *= 2;
  return images;
}

function depthOf(channels: number): number {
  let parts = Math.ceil(channels / longestSum);
  while (channels % parts !== 0) parts++;
  return channels / parts;
}

/** Where the parts of a slot of scratch memory are, in bytes; the last is its size. */
export function slotOf({ input, output }: WinogradPlan) {
  const products = tileSide ** 2;
  const tiles = stripBytes(input);
  const outputStrip = tiles + products * frequencyBytes(input);
  const sums = outputStrip + stripBytes(output);
  const bias = sums + products * frequencyBytes(output);
  const size = bias + 4 * output.size[1] * output.channels;
  return { inputStrip: 0, tiles, outputStrip, sums, bias, size: Math.ceil(size / 64) * 64 };
}
