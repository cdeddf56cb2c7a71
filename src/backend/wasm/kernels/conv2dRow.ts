/** How a row of a convolution's result is cut into tiles, by which taps their pixels need. */
import type { Conv2dPlan, Correlation, Segment, TileRun } from './conv2dPlan.ts';

type Steps = Pick<Conv2dPlan, 'xStep' | 'tapStep' | 'tapColumns'>;
type MutableRun = { -readonly [N in keyof TileRun]: TileRun[N] };

/** The first of the taps that meet the pixels of a phase, and the column of x that it meets for the first pixel. */
interface FirstTap {
  readonly first: number;
  readonly column: number;
}

/** Returns the row cut into tiles of at most `most` pixels. */
export function cutRow(c: Correlation, most: number) {
  const [stride, padding, dilation, fraction] = [c.stride[1], c.padding[1], c.dilation[1], c.fraction[1]];
  // Of the taps, every `tapStep`-th meets the same pixels.
  let tapStep = 1;
  while ((tapStep * dilation) % fraction !== 0) tapStep++;
  const steps = { xStep: stride, yStep: fraction, tapStep, tapColumns: (tapStep * dilation) / fraction };
  const runs: MutableRun[] = [];
  for (let phase = 0; phase < Math.min(fraction, c.output[1]); phase++) {
    const start = phase * stride - padding;
    let tap = 0;
    while (tap < tapStep && (start + tap * dilation) % fraction !== 0) tap++;
    const taps = tap < tapStep ? { first: tap, column: (start + tap * dilation) / fraction } : null;
    const pixels = Math.ceil((c.output[1] - phase) / fraction);
    const tiles = Math.ceil(pixels / most);
    // The last run, if all taps are on the image: where that is so for the next tile, too, it is alike.
    let clear: MutableRun | null = null;
    for (let tile = 0, first = 0; tile < tiles; tile++) {
      const size = Math.ceil((pixels - first) / (tiles - tile));
      const xColumn = first * stride;
      const isClear = taps !== null && hasAllTaps(c, steps, taps, xColumn, size);
      if (isClear && clear?.pixels === size) clear.tiles++;
      else {
        const segments = taps ? cutTaps(c, steps, taps, xColumn, size) : [];
        const columns = { yColumn: phase + first * fraction, xColumn };
        extend(runs, { tiles: 1, pixels: size, ...columns, segments }, fraction);
        clear = isClear ? runs.at(-1)! : null;
      }
      first += size;
    }
  }
  return { runs, ...steps };
}

/** Whether all taps of a tile's pixels are on the image. */
function hasAllTaps(
  c: Correlation,
  { xStep, tapStep, tapColumns }: Steps,
  taps: FirstTap,
  xColumn: number,
  pixels: number,
): boolean {
  const from = xColumn + taps.column;
  const more = Math.floor((c.kernel[1] - 1 - taps.first) / tapStep);
  return from >= 0 && from + more * tapColumns + (pixels - 1) * xStep < c.input[1];
}

/** Returns the taps of a tile at column `xColumn` of x, cut where its pixels begin or end to be outside of the image. */
function cutTaps(
  c: Correlation,
  { xStep, tapStep, tapColumns }: Steps,
  taps: FirstTap,
  xColumn: number,
  pixels: number,
): Segment[] {
  const segments: Segment[] = [];
  let { column } = taps;
  for (let tap = taps.first; tap < c.kernel[1]; tap += tapStep, column += tapColumns) {
    const from = Math.max(0, Math.ceil(-(xColumn + column) / xStep));
    const to = Math.min(pixels, Math.ceil((c.input[1] - xColumn - column) / xStep));
    if (from >= to) continue;
    const last = segments.at(-1);
    if (last?.from === from && last.to === to) {
      segments[segments.length - 1] = { ...last, taps: last.taps + 1 };
    } else segments.push({ tap, taps: 1, from, to, column: from * xStep + column });
  }
  return segments;
}

/** Adds a tile to the last run, if it is alike and beside it, or as a run of its own. */
function extend(runs: MutableRun[], tile: MutableRun, yStep: number): void {
  const last = runs.at(-1);
  const alike =
    last?.pixels === tile.pixels &&
    last.yColumn + last.tiles * last.pixels * yStep === tile.yColumn &&
    last.segments.length === tile.segments.length &&
    last.segments.every((segment, i) => isSame(segment, tile.segments[i]!));
  if (alike) last.tiles++;
  else runs.push(tile);
}

/** Whether two segments are the same; where they begin in x follows from the rest. */
function isSame(a: Segment, b: Segment): boolean {
  return a.tap === b.tap && a.taps === b.taps && a.from === b.from && a.to === b.to;
}
