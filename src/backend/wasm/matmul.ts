import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { reference } from '../reference/index.ts';
import { areFilledFloat32 } from './dtypes.ts';
import { emitMatmul, matmulArguments, matmulForm, waitingBytes } from './kernels/matmul.ts';
import { dotArguments, dotForm, dotUnits, emitDot, isDot } from './kernels/matmulDot.ts';
import {
  emitPack,
  type Packing,
  packArguments,
  packForm,
  packingOf,
  packUnits,
} from './kernels/matmulPack.ts';
import { planMatmul } from './kernels/matmulPlan.ts';
import { type Product, productOf } from './kernels/matmulProduct.ts';
import { currentMachine, kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { ShapeCache } from './shape-cache.ts';
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

type Addresses = readonly [y: number, a: number, b: number];

/** Runs the kernels of a product on operands at these addresses. */
type Multiply = (...addresses: Addresses) => void;

const known = new ShapeCache<Multiply>();

function multiply(y: NdArray, a: NdArray, b: NdArray): void {
  const numbers = [...y.shape, ...y.strides, ...a.strides, ...b.strides, a.shape.at(-1)!];
  numbers.push(Number(currentMachine().wide));
  const run = known.find(numbers, () => {
    const product = productOf(y, a, b);
    return isDot(product) ? byDots(product) : byTiles(product);
  });
  run(write(y), read(a), read(b));
}

function byDots(product: Product): Multiply {
  const [form, units, sizes] = [dotForm(product), dotUnits(product), dotArguments(product)];
  return (...addresses) => run(kernel(emitDot, form), units, ...addresses, ...sizes);
}

function byTiles(product: Product): Multiply {
  const plan = planMatmul(product, currentMachine());
  const [form, sizes] = [matmulForm(product, plan), matmulArguments(product, plan)];
  const waiting = waitingBytes(product, plan);
  const packA = plan.packA ? packing(packingOf('a', product, plan)) : (a: number) => a;
  const packB = plan.packB ? packing(packingOf('b', product, plan)) : (b: number) => b;
  return (y, a, b) =>
    run(kernel(emitMatmul, form), plan.units, y, packA(a), packB(b), scratch(waiting), ...sizes);
}

/** Returns what makes panels of the matrices at an address, and returns theirs. */
function packing(packing: Packing): (from: number) => number {
  const [form, units, sizes] = [packForm(packing), packUnits(packing), packArguments(packing)];
  const bytes = 4 * units * packing.inner * packing.width;
  return from => {
    const to = scratch(bytes);
    run(kernel(emitPack, form), units, to, from, ...sizes);
    return to;
  };
}

export const matmul = {
  matmul(y, a, b) {
    if (!areFilledFloat32(y, a, b) || ![y, a, b].every(goesForward)) reference.matmul(y, a, b);
    else if (isUpright(y)) multiply(transposed(y), transposed(b), transposed(a));
    else multiply(y, a, b);
  },
} satisfies Partial<Kernels>;
