/** Convolution and its input gradient: both are correlations, the gradient with the weights flipped. */
import type { NdArray } from '../array.ts';
import type { ConvGeometry, Kernels } from '../kernels.ts';
import { conv2d as reference } from '../reference/conv2d.ts';
import { batchOf } from './chain.ts';
import { winograd } from './conv2dWinograd.ts';
import { areFilledFloat32 } from './dtypes.ts';
import { emitConv2d } from './kernels/conv2d.ts';
import { biasOf, type Direct } from './kernels/conv2dDirect.ts';
import { emitPackWeights, packedSize } from './kernels/conv2dPack.ts';
import { type Conv2dPlan, type Correlation, planConv2d } from './kernels/conv2dPlan.ts';
import { currentMachine, kernel } from './runtime.ts';
import { run, runByImage } from './schedule.ts';
import { convolutionNumbers, ShapeCache } from './shape-cache.ts';
import { derived, read, write } from './stage.ts';

/** Weights or a bias in the order of the kernel. */
interface Packing {
  readonly key: string;
  readonly units: number;
  readonly bytes: number;
  readonly emit: Parameters<typeof kernel>[1];
}

/** All that follows from the shapes, kept from call to call. */
interface Prepared {
  readonly key: string;
  readonly emit: Parameters<typeof kernel>[1];
  readonly direct: Direct;
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
  { key, emit, direct, weights, bias: packing }: Prepared,
  y: NdArray,
  x: NdArray,
  w: NdArray,
  bias: NdArray | null,
  geometry: ConvGeometry,
): void {
  if (winograd(direct, y, x, w, bias, geometry)) return;
  const packedWeights = pack(w, weights);
  let packedBias = 0;
  if (bias) packedBias = packing ? pack(bias, packing) : read(bias);
  const images = y.shape[0]!;
  const [rows] = direct.c.output;
  runByImage(kernel(key, emit), images * rows, [write(y), read(x), packedWeights, packedBias], {
    ...{ images, units: rows, per: 1 },
    batches: [batchOf(y, images, 0, true), batchOf(x, images, 1, false)],
    whole: [packedWeights, packedBias],
  });
}

function pack(w: NdArray, { key, units, bytes, emit }: Packing): number {
  return derived(w, key, bytes, (to, from) => run(kernel(key, emit), units, to, from));
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
  const { input, output, kernel: taps, stride, padding, dilation, fraction, groups, inner, outer } = c;
  const geometry = [input, output, taps, stride, padding, dilation, fraction, groups, inner, outer].join();
  const channels = plan.depthwise ? groups : outer;
  const isAsPacked = channels % (4 * plan.vectors) === 0;
  return {
    key: `conv2d ${geometry} ${biased}`,
    emit: m => emitConv2d(m, c, plan, biased),
    direct: { c, plan, flipped, biased },
    weights: packingOf(c, plan, flipped),
    bias: isAsPacked ? null : packingOf(...biasOf(c, plan), false),
  };
}

function packingOf(c: Correlation, plan: Conv2dPlan, flipped: boolean): Packing {
  const { kernel: taps, groups, inner, outer } = c;
  return {
    key: `packWeights ${[taps, groups, inner, outer, plan.vectors, plan.chunks, flipped].join()}`,
    ...packedSize(c, plan),
    emit: m => emitPackWeights(m, c, plan, flipped),
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
