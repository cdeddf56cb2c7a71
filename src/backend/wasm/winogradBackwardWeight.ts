/** The weight gradient of a convolution by Winograd's algorithm, where that pays. */
import type { NdArray } from '../array.ts';
import type { ConvGeometry } from '../kernels.ts';
import { emitWinogradWeightSums } from './kernels/winogradBackwardWeight.ts';
import { leastCounts } from './kernels/winogradBackwardWeightEvenness.ts';
import {
  planWinogradWeight,
  type WinogradWeightPlan,
  type WinogradWeightShape,
  winogradWeightShape,
} from './kernels/winogradBackwardWeightPlan.ts';
import { roomOf, sumBytes } from './kernels/winogradBackwardWeightRoom.ts';
import { emitWinogradWeightGradient, halfBytes } from './kernels/winogradBackwardWeightSum.ts';
import { kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { convolutionNumbers, ShapeCache } from './shape-cache.ts';
import { scratch } from './stage.ts';

/** All that follows from the shapes, kept from call to call. */
interface Prepared {
  readonly shape: WinogradWeightShape;
  readonly plan: WinogradWeightPlan;
  /** Of all units. */
  readonly sumBytes: number;
  readonly workBytes: number;
  /** Below, channels are not even enough. */
  readonly least: number;
}

/** By shapes and geometry; null where the direct kernel is the faster one. */
const known = new ShapeCache<Prepared | null>();

/**
 * Computes dw from operands at these addresses, and returns the address of a word that is not 0 if it must be computed again: if a result is not finite,
 * since the algorithm spreads NaN and infinity to other weights, and overflows sooner. Returns null if it does not pay.
 */
export function winogradBackwardWeight(
  dw: NdArray,
  dy: NdArray,
  x: NdArray,
  geometry: ConvGeometry,
  [to, from, X]: readonly [dw: number, dy: number, x: number],
): number | null {
  const prepared = prepare(dw, dy, x, geometry);
  if (!prepared) return null;
  const { shape, plan, sumBytes, workBytes, least } = prepared;
  const sums = scratch(sumBytes);
  const addSums = kernel(emitWinogradWeightSums, shape, plan.tiling);
  const flag = scratch(4);
  const { lines, unitLines, blockLines, units } = plan;
  run(addSums, units, sums, X, from, scratch(workBytes), flag, lines, unitLines, blockLines);
  const gradient = kernel(emitWinogradWeightGradient, shape);
  run(gradient, shape.inner, to, sums, scratch(halfBytes * shape.inner), flag, units, least);
  return flag;
}

function prepare(dw: NdArray, dy: NdArray, x: NdArray, geometry: ConvGeometry): Prepared | null {
  const numbers = convolutionNumbers(x, dy, dw, geometry);
  return known.find(numbers, () => {
    const shape = winogradWeightShape(x.shape, dy.shape, dw.shape, geometry);
    const plan = shape && planWinogradWeight(shape, x.shape[0]!);
    return (
      plan && {
        shape,
        plan,
        sumBytes: plan.units * sumBytes(shape),
        workBytes: plan.units * roomOf(shape, plan.tiling).bytes,
        least: leastCounts(shape, x.shape[0]!),
      }
    );
  });
}
