/** How the weight gradient of a convolution is cut into units, and its pixels into blocks that stay in the cache. */
import type { ConvGeometry } from '../../kernels.ts';
import type { Machine } from './machine.ts';
import { type Tile, tileFor } from './matmulTile.ts';
import { type Axis, isInside } from './overhang.ts';

type Pair = ConvGeometry['stride'];

/**
 * A convolution; its groups connect `inner` channels of x with `outer` channels of dy each. A depthwise one, whose groups
 * are single channels, counts as one group of one channel of x, which is another one under every channel of dy.
 */
export interface WeightShape extends ConvGeometry {
  readonly depthwise: boolean;
  /** Height and width of x. */
  readonly size: Pair;
  /** Height and width of dy. */
  readonly outSize: Pair;
  readonly kernel: Pair;
  /** Of x, all of them. */
  readonly channels: number;
  readonly inner: number;
  readonly outer: number;
  /** Channels from one group to the next in dy as the kernel reads it: `outer`, but at least 4. */
  readonly outerStep: number;
}

export interface BackwardWeightPlan {
  /** The weights of a unit: rows are channels of x under taps, columns are channels of dy. */
  readonly tile: Tile;
  /** The rows of a tile have the same tap, so pixels under which it misses the image can be left out. */
  readonly byTap: boolean;
  readonly rowTiles: number;
  readonly columnTiles: number;
  readonly units: number;
  /** A block is so many whole images, or so many rows of dy of one. */
  readonly blockImages: number;
  readonly blockRows: number;
}

/** Bytes of x and dy that stay in the first cache while all units read them. */
const blockBytes = 32 * 1024;
/** Fewer pixels are not worth adding the tile to its sums in memory. */
const blockPixels = 192;

export function tapsOf({ kernel }: WeightShape): number {
  return kernel[0] * kernel[1];
}

export function planBackwardWeight(shape: WeightShape, machine: Machine): BackwardWeightPlan {
  const { groups, inner, outerStep, channels, stride } = shape;
  const taps = tapsOf(shape);
  const byTap = shape.depthwise || inner % 4 === 0 || !axesOf(shape).every(isInside);
  const tile = shape.depthwise
    ? depthwiseTile(outerStep, machine)
    : tileOf(byTap ? inner : inner * taps, outerStep, machine);
  const rowTiles = byTap ? taps * Math.ceil(inner / tile.rows) : Math.ceil((inner * taps) / tile.rows);
  const columnTiles = Math.ceil(outerStep / (4 * tile.vectors));
  const [height, width] = shape.outSize;
  const pixelBytes = 4 * (channels * stride[0] * stride[1] + groups * outerStep);
  const pixels = Math.max(blockPixels, blockBytes / pixelBytes);
  return {
    tile,
    byTap,
    rowTiles,
    columnTiles,
    units: groups * rowTiles * columnTiles,
    blockImages: Math.max(1, Math.round(pixels / (height * width))),
    blockRows: Math.min(height, Math.ceil(pixels / width)),
  };
}

/** Returns where the taps are on x, along its height and its width. */
function axesOf({ size, outSize, kernel, stride, padding, dilation }: WeightShape): Axis[] {
  return ([0, 1] as const).map(i => ({
    ...{ size: size[i], windows: outSize[i], kernel: kernel[i] },
    ...{ stride: stride[i], padding: padding[i], dilation: dilation[i] },
  }));
}

/** Returns the usual tile; on a wide machine, which has room for five rows of its vectors, those where they fit exactly. */
function tileOf(rows: number, columns: number, machine: Machine): Tile {
  const isFive = machine.wide && columns >= 16 && rows % 5 === 0 && rows % 4 !== 0;
  return isFive ? { rows: 5, vectors: 4 } : tileFor(rows, columns, machine);
}

/** One row of as many sums as there are registers for: no operand is used twice. */
function depthwiseTile(channels: number, { wide }: Machine): Tile {
  const vectors = Math.min(wide ? 16 : 8, channels / 4);
  return { rows: 1, vectors: 2 ** Math.floor(Math.log2(vectors)) };
}
