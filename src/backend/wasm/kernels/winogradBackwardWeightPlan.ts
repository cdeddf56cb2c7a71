/** How the weight gradient of a convolution is computed by Winograd's algorithm, and cut into units and blocks. */
import type { ConvGeometry } from '../../kernels.ts';
import { fitsTiles } from './winogradTiling.ts';
import { tileSide } from './winogradTransform.ts';

type Pair = ConvGeometry['stride'];

/** A convolution of stride 1 in one group, with a square kernel. */
export interface WinogradWeightShape {
  /** Height and width of x. */
  readonly size: Pair;
  /** Height and width of dy. */
  readonly outSize: Pair;
  readonly padding: Pair;
  readonly taps: 3 | 5;
  /** Channels of x and of dy. */
  readonly inner: number;
  readonly outer: number;
}

/**
 * Tiles of dy, and those of x under them, which overlap. A line is a row of tiles of one image. A unit is so many
 * lines, and goes through them in blocks, whose transforms stay in the cache.
 */
export interface WinogradWeightPlan {
  readonly tiling: WinogradWeightTiling;
  readonly lines: number;
  readonly blockLines: number;
  readonly unitLines: number;
  readonly units: number;
}

/** What does not depend on the number of images. */
export interface WinogradWeightTiling {
  /** The side of a tile of dy, and from one tile to the next. */
  readonly step: number;
  readonly tilesDown: number;
  readonly tilesAcross: number;
  /** Lines for which a block has room. */
  readonly mostLines: number;
}

/** Values of a transformed tile. */
export const frequencies = tileSide ** 2;

/** Tiles that are summed in registers, before they are added to sums in memory. Short sums are also more exact. */
const blockTiles = 32;
/** Units have sums of their own, so there are enough for some threads and no more. */
const maxUnits = 8;
/** Fewer tiles are not worth a second kernel. */
const minTiles = 16;
/** The bytes that the sums of all units may take. */
const maxSumBytes = 2 ** 25;
/** Products that take as long as the transform of a tile of one channel. */
const tileCost = 110;
/** Products that take as long as making weights from the sums of a channel of x and one of dy. */
const weightCost = 190;

/** Returns the shape of a convolution, or null if it is none of those. Vectors of channels must come out even. */
export function winogradWeightShape(
  x: readonly number[],
  dy: readonly number[],
  dw: readonly number[],
  { stride, padding, dilation, groups }: ConvGeometry,
): WinogradWeightShape | null {
  const [, inner, ...size] = x as [number, number, number, number];
  const [, outer, ...outSize] = dy as [number, number, number, number];
  const [, , taps, width] = dw;
  if ((taps !== 3 && taps !== 5) || width !== taps || inner % 4 !== 0 || outer % 4 !== 0) return null;
  if ([...stride, ...dilation, groups].some(n => n !== 1)) return null;
  return fitsTiles(size, outSize, taps, padding) ? { size, outSize, padding, taps, inner, outer } : null;
}

/** Returns the plan, or null if the direct kernel is faster. */
export function planWinogradWeight(shape: WinogradWeightShape, images: number): WinogradWeightPlan | null {
  const step = tileSide - shape.taps + 1;
  const [tilesDown, tilesAcross] = shape.outSize.map(size => Math.ceil(size / step)) as [number, number];
  const lines = images * tilesDown;
  if (lines * tilesAcross < minTiles || !pays(shape, images, lines * tilesAcross)) return null;
  const most = Math.min(maxUnits, Math.floor(maxSumBytes / (4 * frequencies * shape.inner * shape.outer)));
  if (most === 0) return null;
  const aboutLines = Math.max(1, Math.round(blockTiles / tilesAcross));
  const unitLines = Math.ceil(lines / Math.min(most, Math.ceil(lines / aboutLines)));
  const blocks = Math.round(unitLines / aboutLines) || 1;
  return {
    // Of a unit's lines a block has half as many more than `aboutLines` at the most: with more there are two blocks.
    tiling: { step, tilesDown, tilesAcross, mostLines: Math.ceil(1.5 * aboutLines) - 1 },
    lines,
    blockLines: Math.ceil(unitLines / blocks),
    unitLines,
    units: Math.ceil(lines / unitLines),
  };
}

/** Whether fewer products make up for the transforms. Tiles that reach beyond dy compute more than is wanted. */
function pays(
  { size, outSize, padding, taps, inner, outer }: WinogradWeightShape,
  images: number,
  tiles: number,
): boolean {
  const [down, across] = size.map((length, axis) => {
    // The direct kernel leaves out pixels of dy under which a tap is on the padding.
    let products = 0;
    for (let from = -padding[axis]!; from < taps - padding[axis]!; from++) {
      products += Math.max(0, Math.min(outSize[axis]!, length - from) - Math.max(0, -from));
    }
    return products;
  });
  const direct = images * down! * across! * inner * outer;
  const products = (tiles * frequencies + weightCost) * inner * outer;
  return products + tiles * tileCost * (inner + outer) < direct;
}
