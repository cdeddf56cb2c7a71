import { numel } from '../../shape.ts';
import type { NdArray } from '../array.ts';
import type { ConvGeometry, Kernels } from '../kernels.ts';
import { reference } from '../reference/index.ts';
import { areFilledFloat32 } from './dtypes.ts';
import {
  emitConv2dBackwardWeight,
  emitConv2dBackwardWeightIf,
  sumBytes,
} from './kernels/conv2dBackwardWeight.ts';
import { planBackwardWeight, type WeightShape } from './kernels/conv2dBackwardWeightPlan.ts';
import { emitWiden } from './kernels/conv2dBackwardWeightWiden.ts';
import { currentMachine, kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { convolutionNumbers, ShapeCache } from './shape-cache.ts';
import { read, scratch, write } from './stage.ts';
import { winogradBackwardWeight } from './winogradBackwardWeight.ts';

type Sizes = readonly [number, number, number, number];

function shapeOf(dw: NdArray, dy: NdArray, x: NdArray, geometry: ConvGeometry): WeightShape {
  const [, channels, height, width] = x.shape as Sizes;
  const [outs, inner, kh, kw] = dw.shape as Sizes;
  const [, , outHeight, outWidth] = dy.shape as Sizes;
  const { stride, padding, dilation } = geometry;
  const depthwise = geometry.groups >= 4 && inner === 1 && outs === geometry.groups;
  const groups = depthwise ? 1 : geometry.groups;
  const outer = outs / groups;
  return {
    stride,
    padding,
    dilation,
    groups,
    depthwise,
    size: [height, width],
    outSize: [outHeight, outWidth],
    kernel: [kh, kw],
    channels,
    inner,
    outer,
    outerStep: Math.max(outer, 4),
  };
}

interface Prepared {
  readonly shape: WeightShape;
  readonly plan: ReturnType<typeof planBackwardWeight>;
}

const known = new ShapeCache<Prepared>();

function prepare(dw: NdArray, dy: NdArray, x: NdArray, geometry: ConvGeometry): Prepared {
  const machine = currentMachine();
  const numbers = convolutionNumbers(x, dy, dw, geometry);
  numbers.push(Number(machine.wide));
  return known.find(numbers, () => {
    const shape = shapeOf(dw, dy, x, geometry);
    return { shape, plan: planBackwardWeight(shape, machine) };
  });
}

/** Returns the address of a copy of dy, which lies at `from`, with `outerStep` channels in every group. */
function widened(dy: NdArray, from: number, { outer, outerStep }: WeightShape): number {
  const count = numel(dy.shape) / outer;
  const to = scratch(4 * outerStep * count);
  run(kernel(emitWiden, outer), count, to, from);
  return to;
}

export const conv2dBackwardWeight = {
  conv2dBackwardWeight(dw, dy, x, geometry) {
    if (!areFilledFloat32(dw, dy, x)) {
      reference.conv2dBackwardWeight(dw, dy, x, geometry);
      return;
    }
    const [to, from, X] = [write(dw), read(dy), read(x)];
    const flag = winogradBackwardWeight(dw, dy, x, geometry, [to, from, X]);
    const { shape, plan } = prepare(dw, dy, x, geometry);
    const wide = shape.outer < shape.outerStep ? widened(dy, from, shape) : from;
    const args = [to, wide, X, scratch(plan.units * sumBytes(plan)), x.shape[0]!];
    if (flag === null) run(kernel(emitConv2dBackwardWeight, shape, plan), plan.units, ...args);
    else run(kernel(emitConv2dBackwardWeightIf, shape, plan), plan.units, flag, ...args);
  },
} satisfies Partial<Kernels>;
