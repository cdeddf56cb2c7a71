import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { reference } from '../reference/index.ts';
import { areFilledFloat32 } from './dtypes.ts';
import { emitMatmul, waitingBytes } from './kernels/matmul.ts';
import { dotUnits, emitDot, isDot } from './kernels/matmulDot.ts';
import { emitPack, type Packing, packingOf, packUnits } from './kernels/matmulPack.ts';
import { planMatmul } from './kernels/matmulPlan.ts';
import { productOf } from './kernels/matmulProduct.ts';
import { currentMachine, kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { read, scratch, write } from './stage.ts';

const goesForward = ({ strides }: NdArray) => strides.every(stride => stride >= 0);

function transposed(x: NdArray): NdArray {
  const swap = (list: readonly number[]) => [...list.slice(0, -2), list.at(-1)!, list.at(-2)!];
  return { ...x, shape: swap(x.shape), strides: swap(x.strides) };
}

/** Whether vectors fit better along the columns of y than along its rows. */
function isUpright({ shape, strides }: NdArray): boolean {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return rows >= 4 && (columns < 4 || (strides.at(-1) !== 1 && strides.at(-2) === 1));
}

/** Returns the address of the panels made from the matrices at `from`. */
function packed(from: number, packing: Packing): number {
  const units = packUnits(packing);
  const to = scratch(4 * units * packing.inner * packing.width);
  run(kernel(emitPack, packing), units, to, from);
  return to;
}

function multiply(y: NdArray, a: NdArray, b: NdArray): void {
  const product = productOf(y, a, b);
  const [to, left, right] = [write(y), read(a), read(b)];
  if (isDot(product)) {
    run(kernel(emitDot, product), dotUnits(product), to, left, right);
    return;
  }
  const plan = planMatmul(product, currentMachine());
  run(
    kernel(emitMatmul, product, plan),
    plan.units,
    to,
    plan.packA ? packed(left, packingOf('a', product, plan)) : left,
    plan.packB ? packed(right, packingOf('b', product, plan)) : right,
    scratch(waitingBytes(product, plan)),
  );
}

export const matmul = {
  matmul(y, a, b) {
    if (!areFilledFloat32(y, a, b) || ![y, a, b].every(goesForward)) reference.matmul(y, a, b);
    else if (isUpright(y)) multiply(transposed(y), transposed(b), transposed(a));
    else multiply(y, a, b);
  },
} satisfies Partial<Kernels>;
