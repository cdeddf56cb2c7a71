/** The tiles of a convolution: sums over taps and input channels, in registers. */
import { f32x4, i32, ifElse, type Local, loop, type Scope, type Val, v128 } from '../asm/index.ts';
import type { Conv2dForm } from './conv2dForm.ts';
import type { Segment } from './conv2dPlan.ts';
import { storeSums } from './conv2dStore.ts';
import type { IntLocals } from './strided.ts';

type Phase = Conv2dForm['phases'][number];

/** Which of the tiles of its pixels a tile is, as conditions. */
export interface Place {
  /** It has the last channels of the group. */
  readonly isLast: Val<'i32'>;
  /** It has the first input channels. */
  readonly isFirstChunk: Val<'i32'>;
}

/** What a tile is computed with. */
export interface Tile {
  readonly form: Conv2dForm;
  readonly biased: boolean;
  /** The parameters of the kernel. */
  readonly p: IntLocals;
  /** Bytes of the weights of one tile of channels. */
  readonly weightBytes: number;
  /** The addresses of the tile's channels: in the row of y, in the image of x, in the weights, in the bias. */
  readonly y: Local<'i32'>;
  readonly x: Local<'i32'>;
  readonly w: Local<'i32'>;
  readonly bias: Local<'i32'>;
  /** The row of x, times the fraction, that the first row of taps meets. */
  readonly top: Local<'i32'>;
  /** The addresses of the tile's first pixel. */
  readonly yPixel: Local<'i32'>;
  readonly xPixel: Local<'i32'>;
  /** [pixel][vector]. */
  readonly sums: readonly (readonly Local<'v128'>[])[];
  readonly walk: Walk;
}

/** Where the sums have got to: a row of taps, and a step in it. */
interface Walk {
  readonly row: Local<'i32'>;
  readonly xRow: Local<'i32'>;
  readonly wRow: Local<'i32'>;
  readonly wRowsEnd: Local<'i32'>;
  readonly x: Local<'i32'>;
  readonly w: Local<'i32'>;
  readonly xEnd: Local<'i32'>;
  readonly wEnd: Local<'i32'>;
  readonly value: Local<'v128'>;
  readonly weights: readonly Local<'v128'>[];
}

export function tileOf(f: Scope, form: Conv2dForm, biased: boolean, p: IntLocals): Tile {
  const { c, plan, phases } = form;
  const pointer = (name: string) => f.local(i32, name);
  const vectors = (name: string) =>
    Array.from({ length: plan.vectors }, (_, v) => f.local(v128, `${name}${v}`));
  const pixels = Math.max(...phases.flatMap(phase => phase.runs).map(run => run.pixels));
  return {
    ...{ form, biased, p },
    weightBytes: (16 * plan.vectors * c.kernel[0] * c.kernel[1] * c.inner) / plan.chunks,
    ...{ y: pointer('y'), x: pointer('x'), w: pointer('w'), bias: pointer('bias') },
    ...{ top: pointer('top'), yPixel: pointer('yPixel'), xPixel: pointer('xPixel') },
    sums: Array.from({ length: pixels }, (_, p) => vectors(`sum${p}_`)),
    walk: {
      ...{ row: pointer('row'), xRow: pointer('xRow'), wRow: pointer('wRow'), wRowsEnd: pointer('wRowsEnd') },
      ...{ x: pointer('xStep'), w: pointer('wStep'), xEnd: pointer('xEnd'), wEnd: pointer('wEnd') },
      ...{ value: f.local(v128, 'value'), weights: vectors('weight') },
    },
  };
}

/** Computes and stores the tiles of the runs of a phase, of which the first has this number. */
export function emitPhase(
  f: Scope,
  tile: Tile,
  { yColumn, xColumn, runs }: Phase,
  first: number,
  place: Place,
) {
  const { c } = tile.form;
  tile.yPixel.set(i32.add(tile.y, yColumn * 4 * c.groups * c.outer));
  tile.xPixel.set(i32.add(tile.x, xColumn * 4 * c.groups * c.inner));
  for (const [i, run] of runs.entries()) emitRun(f, tile, run, tile.p[`run ${first + i}`]!, place);
}

/** Computes and stores the tiles of a run, and steps to the next. */
function emitRun(f: Scope, tile: Tile, run: Phase['runs'][number], bytes: Local<'i32'>, place: Place): void {
  const { form, yPixel, xPixel } = tile;
  const { c, plan } = form;
  const [xBytes, yBytes] = [4 * c.groups * c.inner, 4 * c.groups * c.outer];
  const sums = tile.sums.slice(0, run.pixels);
  const emitOne = () => {
    for (const sum of sums.flat()) sum.set(v128.const(zeros));
    if (run.segments.length > 0) {
      everyTapRow(f, tile, () => {
        for (const segment of run.segments) sumSegment(f, tile, segment);
      });
    }
    storeSums(f, tile, sums, plan.yStep * yBytes, place);
    xPixel.set(i32.add(xPixel, run.pixels * plan.xStep * xBytes));
  };
  const width = run.pixels * plan.yStep * yBytes;
  if (run.isRepeated) {
    const end = f.let(i32.add(yPixel, bytes), 'yEnd');
    loop(f, again => {
      emitOne();
      again.brIf(i32.ltU(yPixel.tee(i32.add(yPixel, width)), end));
    });
  } else {
    emitOne();
    yPixel.set(i32.add(yPixel, width));
  }
}

const zeros = new Uint8Array(16);

/** Runs `body` for every row of taps that meets a row of the image: `walk.xRow` and `walk.wRow` are there. */
function everyTapRow(f: Scope, { form, p, walk, w, weightBytes, top, xPixel }: Tile, body: () => void): void {
  const { c, isClear } = form;
  const { row, xRow, wRow, wRowsEnd } = walk;
  const [fraction, dilation] = [c.fraction[0], c.dilation[0]];
  const isOnImage = isClear ? i32.const(1) : i32.ltU(row, p.height!);
  const isWhole = i32.eqz(i32.remU(row, fraction));
  row.set(top);
  wRow.set(w);
  wRowsEnd.set(i32.add(w, weightBytes));
  loop(f, again => {
    ifElse(f, fraction === 1 ? isOnImage : i32.and(isWhole, isOnImage), () => {
      xRow.set(i32.add(xPixel, i32.mul(i32.divU(row, fraction), p.xRowBytes!)));
      body();
    });
    row.set(i32.add(row, dilation));
    again.brIf(i32.ltU(wRow.tee(i32.add(wRow, weightBytes / c.kernel[0])), wRowsEnd));
  });
}

/** Adds the products of a segment's taps to the sums of its pixels. */
function sumSegment(f: Scope, tile: Tile, segment: Segment): void {
  const { walk } = tile;
  const { c, plan } = tile.form;
  const depth = c.inner / plan.chunks;
  const columnBytes = 4 * c.groups * c.inner;
  const stepBytes = 16 * plan.vectors;
  const [xTapBytes, wTapBytes] = [plan.tapColumns * columnBytes, plan.tapStep * depth * stepBytes];
  walk.x.set(i32.add(walk.xRow, segment.column * columnBytes));
  walk.w.set(i32.add(walk.wRow, segment.tap * depth * stepBytes));
  if (plan.depthwise) {
    sumSteps(f, tile, segment, segment.taps, xTapBytes, wTapBytes);
  } else if (xTapBytes === 4 * depth && plan.tapStep === 1) {
    // The channels of neighbouring taps lie one after another.
    sumSteps(f, tile, segment, segment.taps * depth, 4, stepBytes);
  } else {
    walk.wEnd.set(i32.add(walk.w, segment.taps * wTapBytes));
    loop(f, again => {
      sumSteps(f, tile, segment, depth, 4, stepBytes);
      walk.x.set(i32.add(walk.x, xTapBytes - 4 * depth));
      again.brIf(i32.ltU(walk.w.tee(i32.add(walk.w, wTapBytes - depth * stepBytes)), walk.wEnd));
    });
  }
}

/** The innermost loop. It is not unrolled: that gains nothing, and some engines spill the sums then. */
function sumSteps(
  f: Scope,
  tile: Tile,
  segment: Segment,
  steps: number,
  xBytes: number,
  wBytes: number,
): void {
  const { x, w, xEnd } = tile.walk;
  if (steps > 1) xEnd.set(i32.add(x, steps * xBytes));
  loop(f, again => {
    multiplyAdd(tile, segment);
    w.set(i32.add(w, wBytes));
    x.set(i32.add(x, xBytes));
    if (steps > 1) again.brIf(i32.ltU(x, xEnd));
  });
}

/** sums[pixel][vector] += x[pixel] · w[vector]. */
function multiplyAdd({ form, sums, walk }: Tile, { from, to }: Segment): void {
  const { c, plan } = form;
  const pixelBytes = 4 * plan.xStep * c.groups * c.inner;
  // For one pixel the weights are not kept: they would take the registers of its many sums.
  const kept = to - from > 1;
  if (kept) for (const [v, weight] of walk.weights.entries()) weight.set(v128.load(walk.w, 16 * v));
  for (let p = from; p < to; p++) {
    const offset = (p - from) * pixelBytes;
    if (!plan.depthwise) walk.value.set(v128.load32Splat(walk.x, offset));
    for (const [v, sum] of sums[p]!.entries()) {
      const value = plan.depthwise ? v128.load(walk.x, offset + 16 * v) : walk.value;
      const weight = kept ? walk.weights[v]! : v128.load(walk.w, 16 * v);
      sum.set(f32x4.add(sum, f32x4.mul(value, weight)));
    }
  }
}
