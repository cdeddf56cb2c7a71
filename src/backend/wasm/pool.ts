import type { NdArray } from '../array.ts';
import type { AvgPoolGeometry, Kernels, PoolGeometry } from '../kernels.ts';
import { pool as reference } from '../reference/pool.ts';
import { batchOf } from './chain.ts';
import type { Compiled } from './compiled.ts';
import { areFloat32 } from './dtypes.ts';
import { emitAvgPool2d, emitAvgPool2dBackward, fillShares } from './kernels/avgPool2d.ts';
import { emitMaxPool2d } from './kernels/maxPool2d.ts';
import { emitMaxPool2dBackward, emitMaxPool2dBackwardTiled, isTiling } from './kernels/maxPool2dBackward.ts';
import { allTouch } from './kernels/overhang.ts';
import { type PoolForm, type PoolPlan, poolForm, poolPlan, poolSizes } from './kernels/pool.ts';
import { elementsAt } from './memory.ts';
import { kernel } from './runtime.ts';
import { run, runByImage } from './schedule.ts';
import { ShapeCache } from './shape-cache.ts';
import { inbox, read, write } from './stage.ts';

const isEmpty = (x: NdArray, y: NdArray) => x.buffer.length === 0 || y.buffer.length === 0;

/** Returns where [Ho, Wo] lie: what an element counts in the mean of each window. */
function sharesOf(plan: PoolPlan, geometry: AvgPoolGeometry): number {
  const windows = plan.rows.windows * plan.columns.windows;
  const address = inbox(4 * windows);
  fillShares(elementsAt(address, 'float32', windows) as Float32Array, plan, geometry);
  return address;
}

/** Runs a kernel whose units are rows of an image. */
function runOver(
  f: Compiled,
  rows: number,
  results: readonly NdArray[],
  operands: readonly NdArray[],
  sizes: readonly number[],
): void {
  const images = results[0]!.shape[0]!;
  const args = [...results.map(write), ...operands.map(read), ...sizes];
  const batches = [...results, ...operands].map((x, i) => batchOf(x, images, i, i < results.length));
  runByImage(f, images * rows, args, { images, units: rows, per: 1, batches, whole: [] });
}

/** All that follows from the shapes, kept from call to call. */
interface Prepared {
  readonly plan: PoolPlan;
  readonly form: PoolForm;
  readonly sizes: readonly number[];
  /** Every window has a tap on the image. */
  readonly touches: boolean;
}

const known = new ShapeCache<Prepared>();

function prepare(
  x: NdArray,
  y: NdArray,
  { kernel: taps, stride, padding, dilation }: PoolGeometry,
): Prepared {
  const [a, b] = [x.shape, y.shape];
  const numbers = [a[1]!, a[2]!, a[3]!, b[2]!, b[3]!, taps[0], taps[1], stride[0], stride[1]];
  numbers.push(padding[0], padding[1], dilation[0], dilation[1]);
  return known.find(numbers, () => {
    const plan = poolPlan(x, y, { kernel: taps, stride, padding, dilation });
    const touches = allTouch(plan.rows) && allTouch(plan.columns);
    return { plan, form: poolForm(plan), sizes: poolSizes(plan), touches };
  });
}

export const pool = {
  maxPool2d(y, indices, x, geometry) {
    const { plan, form, sizes, touches } = prepare(x, y, geometry);
    if (!areFloat32(y, x) || isEmpty(x, y) || !touches) return reference.maxPool2d(y, indices, x, geometry);
    const f = kernel(emitMaxPool2d, form);
    runOver(f, plan.rows.windows, [y, indices], [x], sizes);
  },

  maxPool2dBackward(dx, dy, indices, geometry) {
    const { plan, form, sizes, touches } = prepare(dx, dy, geometry);
    if (!areFloat32(dx, dy) || isEmpty(dx, dy) || !touches)
      return reference.maxPool2dBackward(dx, dy, indices);
    const tiled = isTiling(form);
    const f = kernel(tiled ? emitMaxPool2dBackwardTiled : emitMaxPool2dBackward, form);
    const rows = tiled ? plan.rows.windows : plan.rows.size;
    runOver(f, rows, [dx], [dy, indices], sizes);
  },

  avgPool2d(y, x, geometry) {
    if (!areFloat32(y, x) || isEmpty(x, y)) return reference.avgPool2d(y, x, geometry);
    const { plan, form, sizes } = prepare(x, y, geometry);
    const f = kernel(emitAvgPool2d, form);
    run(f, x.shape[0]! * plan.rows.windows, write(y), read(x), sharesOf(plan, geometry), ...sizes);
  },

  avgPool2dBackward(dx, dy, geometry) {
    const dilated = geometry.dilation.some(d => d !== 1);
    if (!areFloat32(dx, dy) || isEmpty(dx, dy) || dilated)
      return reference.avgPool2dBackward(dx, dy, geometry);
    const { plan, form, sizes } = prepare(dx, dy, geometry);
    const f = kernel(emitAvgPool2dBackward, form);
    run(f, dx.shape[0]! * plan.rows.size, write(dx), read(dy), sharesOf(plan, geometry), ...sizes);
  },
} satisfies Partial<Kernels>;
