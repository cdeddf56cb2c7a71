import { numel } from '../../shape.ts';
import type { NdArray } from '../array.ts';
import type { ConvGeometry, Kernels } from '../kernels.ts';
import { reference } from '../reference/index.ts';
import { areFilledFloat32 } from './dtypes.ts';
import { emitConv2dBackwardWeight, sumBytes } from './kernels/conv2dBackwardWeight.ts';
import { planBackwardWeight, type WeightShape } from './kernels/conv2dBackwardWeightPlan.ts';
import { emitWiden } from './kernels/conv2dBackwardWeightWiden.ts';
import { currentMachine, kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { convolutionNumbers, ShapeCache } from './shape-cache.ts';
import { read, scratch, write } from './stage.ts';
import { winogradBackwardWeight } from './winogradBackwardWeight.ts';

type Sizes = readonly [number, number, number, number];

function shapeOf(dw: NdArray, dy: NdArray, x: NdArray, geometry: ConvGeometry): WeightShape {
  const [images, channels, height, width] = x.shape as Sizes;
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
    images,
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
  readonly key: string;
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
    const key = `conv2dBackwardWeight ${Object.values(shape).join()}`;
    return { key, shape, plan: planBackwardWeight(shape, machine) };
  });
}

/** Returns the address of a copy of dy with `outerStep` channels in every group. */
function widened(dy: NdArray, { outer, outerStep }: WeightShape): number {
  const count = numel(dy.shape) / outer;
  const from = read(dy);
  const to = scratch(4 * outerStep * count);
  run(
    kernel(`widen ${outer}`, m => emitWiden(m, outer)),
    count,
    to,
    from,
  );
  return to;
}

export const conv2dBackwardWeight = {
  conv2dBackwardWeight(dw, dy, x, geometry) {
    if (!areFilledFloat32(dw, dy, x)) {
      reference.conv2dBackwardWeight(dw, dy, x, geometry);
      return;
    }
    if (winogradBackwardWeight(dw, dy, x, geometry)) return;
    const { key, shape, plan } = prepare(dw, dy, x, geometry);
    const f = kernel(key, m => emitConv2dBackwardWeight(m, shape, plan));
    const from = shape.outer < shape.outerStep ? widened(dy, shape) : read(dy);
    run(f, plan.units, write(dw), from, read(x), scratch(plan.units * sumBytes(plan)));
  },
} satisfies Partial<Kernels>;
