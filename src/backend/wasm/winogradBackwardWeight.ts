/** The weight gradient of a convolution by Winograd's algorithm, where that pays and its result is finite. */
import type { NdArray } from '../array.ts';
import type { ConvGeometry } from '../kernels.ts';
import { emitWinogradWeightSums } from './kernels/winogradBackwardWeight.ts';
import {
  planWinogradWeight,
  type WinogradWeightPlan,
  type WinogradWeightShape,
  winogradWeightShape,
} from './kernels/winogradBackwardWeightPlan.ts';
import { roomOf, sumBytes } from './kernels/winogradBackwardWeightRoom.ts';
import { emitWinogradWeightGradient, halfBytes } from './kernels/winogradBackwardWeightSum.ts';
import { elementsAt } from './memory.ts';
import { kernel } from './runtime.ts';
import { run, settle } from './schedule.ts';
import { convolutionNumbers, ShapeCache } from './shape-cache.ts';
import { inbox, read, scratch, write } from './stage.ts';

/** All that follows from the shapes, kept from call to call. */
interface Prepared {
  readonly key: string;
  readonly shape: WinogradWeightShape;
  readonly plan: WinogradWeightPlan;
  /** Of all units. */
  readonly sumBytes: number;
  readonly workBytes: number;
}

/** By shapes and geometry; null where the direct kernel is the faster one. */
const known = new ShapeCache<Prepared | null>();

/**
 * Whether dw was computed; if not, it is undefined. If a result is not finite it was not: the algorithm spreads NaN and
 * infinity to other weights, and overflows sooner.
 */
export function winogradBackwardWeight(
  dw: NdArray,
  dy: NdArray,
  x: NdArray,
  geometry: ConvGeometry,
): boolean {
  const prepared = prepare(dw, dy, x, geometry);
  if (!prepared) return false;
  const { key, shape, plan, sumBytes, workBytes } = prepared;
  const sums = scratch(sumBytes);
  const addSums = kernel(`winogradWeightSums ${key}`, (m, machine) =>
    emitWinogradWeightSums(m, shape, plan, machine),
  );
  run(addSums, plan.units, sums, read(x), read(dy), scratch(workBytes));
  const gradient = kernel(`winogradWeightGradient ${key}`, (m, machine) =>
    emitWinogradWeightGradient(m, shape, plan, machine),
  );
  const [to, half, flag] = [write(dw), scratch(halfBytes * shape.inner), inbox(4)];
  elementsAt(flag, 'int32', 1)[0] = 0;
  run(gradient, shape.inner, to, sums, half, flag);
  settle();
  return elementsAt(flag, 'int32', 1)[0] === 0;
}

function prepare(dw: NdArray, dy: NdArray, x: NdArray, geometry: ConvGeometry): Prepared | null {
  const numbers = convolutionNumbers(x, dy, dw, geometry);
  return known.find(numbers, () => {
    const shape = winogradWeightShape(x.shape, dy.shape, dw.shape, geometry);
    const plan = shape && planWinogradWeight(shape);
    return (
      plan && {
        key: numbers.join(' '),
        shape,
        plan,
        sumBytes: plan.units * sumBytes(shape),
        workBytes: plan.units * roomOf(shape, plan).bytes,
      }
    );
  });
}
