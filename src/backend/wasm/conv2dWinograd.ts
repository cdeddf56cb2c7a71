/** Convolution and its input gradient by Winograd's algorithm, where that pays. */
import type { NdArray } from '../array.ts';
import type { ConvGeometry } from '../kernels.ts';
import { batchOf } from './chain.ts';
import type { Direct } from './kernels/conv2dDirect.ts';
import { emitWinograd, slotBytes } from './kernels/winograd.ts';
import {
  paysWinograd,
  planWinograd,
  slotOf,
  type WinogradPlan,
  type WinogradShape,
} from './kernels/winogradPlan.ts';
import {
  emitWinogradWeights,
  type WinogradWeights,
  weightBytes,
  weightsOf,
} from './kernels/winogradWeights.ts';
import { currentMachine, kernel } from './runtime.ts';
import { runByImage } from './schedule.ts';
import { convolutionNumbers, ShapeCache } from './shape-cache.ts';
import { derived, read, scratch, write } from './stage.ts';

/** All that follows from the shapes, kept from call to call. */
interface Prepared {
  readonly plan: WinogradPlan;
  readonly weights: WinogradWeights;
  readonly slotBytes: number;
  readonly units: number;
  /** Images of a unit. */
  readonly perUnit: number;
}

/** By shapes and geometry; null where the direct algorithm is better. */
const known = new ShapeCache<Prepared | null>();

/** Units are made larger rather than more, as each has scratch memory: so many bytes of it together … */
const enoughScratch = 2 ** 26;
/** … but there are at least so many if the batch is large enough, to be shared out. */
const leastUnits = 8;
/** An image that needs more scratch than this does not stay in any cache. */
const mostScratch = 2 ** 23;

/**
 * Whether y = x ⋆ w + bias is computed here; if not, the direct algorithm is better. With `isGradient`, y is the input
 * gradient dx and x is dy.
 */
export function winograd(
  direct: Direct,
  y: NdArray,
  x: NdArray,
  w: NdArray,
  bias: NdArray | null,
  geometry: ConvGeometry,
): boolean {
  const prepared = prepare(direct, y, x, w, geometry);
  if (!prepared) return false;
  const { plan, units, perUnit } = prepared;
  const packing = kernel(emitWinogradWeights, prepared.weights);
  const weights = derived(w, packing, prepared.weights.inner, weightBytes(prepared.weights));
  const images = y.shape[0]!;
  const slots = scratch(units * prepared.slotBytes);
  const whole = [weights, read(w), bias ? read(bias) : 0];
  const args = [write(y), read(x), ...whole, slots, images, perUnit];
  const slot = { argument: 5, bytes: prepared.slotBytes / perUnit, written: true, temporary: true } as const;
  const batches = [batchOf(y, images, 0, true), batchOf(x, images, 1, false), slot];
  runByImage(kernel(emitWinograd, plan, direct), units, args, {
    images,
    units: 1,
    per: perUnit,
    batches,
    whole,
  });
  return true;
}

function prepare(
  direct: Direct,
  y: NdArray,
  x: NdArray,
  w: NdArray,
  geometry: ConvGeometry,
): Prepared | null {
  const { flipped: isGradient, biased } = direct;
  const numbers = convolutionNumbers(x, y, w, geometry);
  numbers.push(Number(isGradient), Number(biased), Number(currentMachine().wide));
  return known.find(numbers, () => {
    const { stride, padding, dilation, groups } = geometry;
    const isDense = [...stride, ...dilation, groups].every(n => n === 1);
    const shape = isGradient ? shapeOf(y, x, w, padding) : shapeOf(x, y, w, padding);
    return isDense && paysWinograd(shape, isGradient) ? preparedFor(shape, direct) : null;
  });
}

function shapeOf(x: NdArray, y: NdArray, w: NdArray, padding: ConvGeometry['padding']): WinogradShape {
  const [n, inner, height, width] = x.shape as [number, number, number, number];
  const [, outer, outHeight, outWidth] = y.shape as [number, number, number, number];
  return {
    ...{ images: n, x: [height, width], inner, y: [outHeight, outWidth], outer },
    ...{ kernel: [w.shape[2]!, w.shape[3]!], padding },
  };
}

function preparedFor(shape: WinogradShape, direct: Direct): Prepared | null {
  const isGradient = direct.flipped;
  const machine = currentMachine();
  const plan = planWinograd(shape, isGradient, machine);
  // What decides depends on the shape alone, not on the machine's plan of the direct algorithm.
  const { size } = slotOf(plan);
  if (size > mostScratch) return null;
  const units = Math.max(leastUnits, Math.floor(enoughScratch / size));
  // A power of two, so that the units of a chain of convolutions soon make up the same images.
  const perUnit = plan.images * 2 ** Math.ceil(Math.log2(Math.max(1, shape.images / (plan.images * units))));
  return {
    plan,
    weights: weightsOf(plan),
    slotBytes: slotBytes(plan, direct),
    perUnit,
    units: Math.ceil(shape.images / perUnit),
  };
}
