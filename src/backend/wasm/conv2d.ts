/** Convolution and its input gradient: both are correlations, the gradient with the weights flipped. */
import type { NdArray } from '../array.ts';
import type { ConvGeometry, Kernels } from '../kernels.ts';
import { conv2d as reference } from '../reference/conv2d.ts';
import { batchOf } from './chain.ts';
import { winograd } from './conv2dWinograd.ts';
import { areFilledFloat32 } from './dtypes.ts';
import { emitConv2d } from './kernels/conv2d.ts';
import type { Direct } from './kernels/conv2dDirect.ts';
import { type Conv2dForm, conv2dForm, conv2dSizes } from './kernels/conv2dForm.ts';
import { biasPackingOf, emitPackWeights, type Packing, packedSize, packingOf } from './kernels/conv2dPack.ts';
import { type Conv2dPlan, type Correlation, planConv2d } from './kernels/conv2dPlan.ts';
import { currentMachine, kernel } from './runtime.ts';
import { runByImage } from './schedule.ts';
import { convolutionNumbers, ShapeCache } from './shape-cache.ts';
import { derived, read, write } from './stage.ts';

/** All that follows from the shapes, kept from call to call. */
interface Prepared extends Direct {
  readonly form: Conv2dForm;
  readonly sizes: readonly number[];
  readonly weights: Packing;
  /** null if the order is that of the bias itself. */
  readonly bias: Packing | null;
}

/** By shapes and geometry. */
const known = new ShapeCache<Prepared>();

export const conv2d = {
  conv2d(y, x, w, bias, geometry) {
    if (!areFilledFloat32(y, x, w, bias)) reference.conv2d(y, x, w, bias, geometry);
    else correlate(prepare(false, bias !== null, y, x, w, geometry), y, x, w, bias, geometry);
  },

  conv2dBackwardInput(dx, dy, w, geometry) {
    if (!areFilledFloat32(dx, dy, w)) reference.conv2dBackwardInput(dx, dy, w, geometry);
    else correlate(prepare(true, false, dx, dy, w, geometry), dx, dy, w, null, geometry);
  },
} satisfies Partial<Kernels>;

/** y = x ⋆ w + bias. */
function correlate(
  prepared: Prepared,
  y: NdArray,
  x: NdArray,
  w: NdArray,
  bias: NdArray | null,
  geometry: ConvGeometry,
): void {
  if (winograd(prepared, y, x, w, bias, geometry)) return;
  const { c, biased, form, sizes, weights, bias: packing } = prepared;
  const packedWeights = pack(w, weights);
  let packedBias = 0;
  if (bias) packedBias = packing ? pack(bias, packing) : read(bias);
  const images = y.shape[0]!;
  const [rows] = c.output;
  runByImage(
    kernel(emitConv2d, form, biased),
    images * rows,
    [write(y), read(x), packedWeights, packedBias, ...sizes],
    {
      ...{ images, units: rows, per: 1 },
      batches: [batchOf(y, images, 0, true), batchOf(x, images, 1, false)],
      whole: [packedWeights, packedBias],
    },
  );
}

function pack(w: NdArray, packing: Packing): number {
  const { units, bytes } = packedSize(packing);
  return derived(w, kernel(emitPackWeights, packing), units, bytes);
}

/** Returns what the kernel of these shapes is, `flipped` for the input gradient, which maps x = dy to y = dx. */
function prepare(
  flipped: boolean,
  biased: boolean,
  y: NdArray,
  x: NdArray,
  w: NdArray,
  geometry: ConvGeometry,
): Prepared {
  const machine = currentMachine();
  const numbers = convolutionNumbers(x, y, w, geometry);
  numbers.push(Number(flipped), Number(biased), Number(machine.wide));
  return known.find(numbers, () => {
    const c = (flipped ? gradientOf : correlationOf)(y, x, w, geometry);
    return preparedFor(c, planConv2d(c, machine), flipped, biased);
  });
}

function preparedFor(c: Correlation, plan: Conv2dPlan, flipped: boolean, biased: boolean): Prepared {
  const channels = plan.depthwise ? c.groups : c.outer;
  const isAsPacked = channels % (4 * plan.vectors) === 0;
  return {
    ...{ c, plan, flipped, biased, form: conv2dForm(c, plan), sizes: conv2dSizes(c, plan) },
    weights: packingOf(c, plan, flipped),
    bias: isAsPacked ? null : biasPackingOf(c, plan),
  };
}

type CorrelationOf = (y: NdArray, x: NdArray, w: NdArray, geometry: ConvGeometry) => Correlation;

const correlationOf: CorrelationOf = (y, x, w, { stride, padding, dilation, groups }) => ({
  ...{ input: sidesOf(x), output: sidesOf(y), kernel: sidesOf(w) },
  ...{ stride, padding, dilation, fraction: [1, 1] },
  ...{ groups, inner: w.shape[1]!, outer: w.shape[0]! / groups },
});

const gradientOf: CorrelationOf = (dx, dy, w, { stride, padding, dilation, groups }) => {
  const [kh, kw] = sidesOf(w);
  return {
    ...{ input: sidesOf(dy), output: sidesOf(dx), kernel: [kh, kw], stride: [1, 1], dilation },
    padding: [dilation[0] * (kh - 1) - padding[0], dilation[1] * (kw - 1) - padding[1]],
    fraction: stride,
    ...{ groups, inner: w.shape[0]! / groups, outer: w.shape[1]! },
  };
};

function sidesOf({ shape }: NdArray): Correlation['input'] {
  return [shape[2]!, shape[3]!];
}
