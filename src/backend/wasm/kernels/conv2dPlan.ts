/** What a convolution computes, as a correlation, and how its rows are cut into tiles. */
import type { ConvGeometry } from '../../kernels.ts';
import { cutRow } from './conv2dRow.ts';
import type { Machine } from './machine.ts';

type Pair = ConvGeometry['stride'];

/**
 * y[o] = Σk x[(o · stride - padding + k · dilation) / fraction] · w[k] along each side, over the taps k for which that
 * is a whole number inside the image. A convolution has fraction 1; its input gradient is the correlation of dy with
 * the flipped weights, of stride 1, whose fraction is the convolution's stride. A padding may be negative.
 */
export interface Correlation {
  /** [H, W] of x, [Ho, Wo] of y and [kh, kw]. */
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly fraction: Pair;
  readonly groups: number;
  /** Channels of x and of y in a group. */
  readonly inner: number;
  readonly outer: number;
}

/** Consecutive taps of a row, which the pixels [from, to) of a tile need. */
export interface Segment {
  readonly tap: number;
  readonly taps: number;
  readonly from: number;
  readonly to: number;
  /** The column of x, counted from the tile's, that the first pixel wants from the first tap. */
  readonly column: number;
}

/** Tiles side by side that need the same segments. */
export interface TileRun {
  readonly tiles: number;
  readonly pixels: number;
  /** The columns of the first pixel in y and in x. */
  readonly yColumn: number;
  readonly xColumn: number;
  readonly segments: readonly Segment[];
}

export interface Conv2dPlan {
  /** Vectors of channels in a tile, and tiles of them in a group. */
  readonly vectors: number;
  readonly channelTiles: number;
  /** Every channel is a group: vectors run over groups, and a last tile that does not fit begins earlier. */
  readonly depthwise: boolean;
  /** Groups to loop over, and the chunks in which a group's input channels are summed. */
  readonly groups: number;
  readonly chunks: number;
  readonly runs: readonly TileRun[];
  /** From pixel to pixel in x and y, and from tap to tap in the weights and in x. */
  readonly xStep: number;
  readonly yStep: number;
  readonly tapStep: number;
  readonly tapColumns: number;
}

/** The longest sum of float32 products at one stretch: rounding errors grow with its length. */
const longestSum = 2048;

/** Returns the fastest plan. The bits of the result do not depend on it: every sum has its order from the shape. */
export function planConv2d(c: Correlation, machine: Machine): Conv2dPlan {
  const depthwise = c.inner === 1 && c.outer === 1 && c.groups >= 4;
  const channels = depthwise ? c.groups : c.outer;
  const parts = { depthwise, groups: depthwise ? 1 : c.groups, chunks: chunksOf(c) };
  const mostVectors = Math.min(mostSums, depthwise ? Math.floor(channels / 4) : Math.ceil(channels / 4));
  let best: Conv2dPlan | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (let pixels = 1; pixels <= Math.min(mostSums, c.output[1]); pixels++) {
    const row = cutRow(c, pixels);
    for (let vectors = mostVectors; vectors >= 1; vectors--) {
      const registers = machine.wide && vectors % 2 === 0 ? vectors / 2 : vectors;
      // The weights and a value of x want registers beside the sums.
      if (pixels * registers > mostSums || (pixels + 1) * registers >= 16) continue;
      const plan = { vectors, channelTiles: Math.ceil(channels / (4 * vectors)), ...parts, ...row };
      const cost = costOf(plan, registers);
      if (cost < least) [best, least] = [plan, cost];
    }
  }
  return best!;
}

/** Sums that a tile keeps in registers. A register holds one vector or, of an even number and if they are wide, two. */
const mostSums = 8;

/** Returns the time of a row in half cycles, of which each starts one addition and one load. */
function costOf({ runs, vectors, channelTiles, depthwise }: Conv2dPlan, registers: number): number {
  const step = (pixels: number) => {
    const sums = pixels * registers;
    const loads = registers + (depthwise ? sums : pixels);
    // An addition takes more than three cycles, so fewer than seven sums wait for themselves.
    return Math.max(sums, loads, 7) + 1;
  };
  let [time, code] = [0, 0];
  for (const { tiles, segments } of runs) {
    for (const { taps, from, to } of segments) {
      time += tiles * taps * step(to - from);
      code += (to - from) * vectors;
    }
  }
  // Code of thousands of multiply-adds takes longer to compile than it saves.
  return channelTiles * time * (1 + code / 4000);
}

/** Returns the number of equal chunks that make the sums short enough; it depends on the shape alone. */
function chunksOf({ kernel, inner }: Correlation): number {
  const enough = (kernel[0] * kernel[1] * inner) / longestSum;
  for (let chunks = 1; chunks <= 2 * enough; chunks++)
    if (chunks >= enough && inner % chunks === 0) return chunks;
  return 1;
}
