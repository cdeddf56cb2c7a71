import type { ArrayType, NdArray } from '../backend/array.ts';
import type { Kernels } from '../backend/kernels.ts';
import { ShapeError } from '../errors.ts';
import { formatShape, numel, type Shape } from '../shape.ts';
import { defineOp } from './op.ts';
import { constant, dense, requireFloat, reshaped, throughDense } from './operands.ts';

export interface BatchNormArgs {
  /** Normalise with the statistics of this batch; else with the running ones. */
  readonly training: boolean;
  /** The weight of this batch in the running statistics. */
  readonly momentum: number;
  readonly eps: number;
  /** Updated in place when training. */
  readonly runningMean: NdArray | null;
  readonly runningVar: NdArray | null;
}

interface BatchNormSaved extends Record<string, NdArray | null> {
  readonly x: NdArray;
  readonly weight: NdArray | null;
  readonly mean: NdArray;
  readonly variance: NdArray;
}

/**
 * (x - mean) / √(variance + eps) · weight + bias for each channel of x [N, C, ...] (Ioffe & Szegedy 2015).
 * The batch is normalised with its biased variance, and the running one is kept unbiased, as in PyTorch.
 */
export const batchNorm = defineOp<
  readonly [NdArray, NdArray | null, NdArray | null],
  BatchNormArgs,
  BatchNormSaved
>({
  name: 'batchNorm',
  infer([x, weight, bias], args) {
    requireFloat('batchNorm', x, weight, bias);
    check(x, { weight, bias, runningMean: args.runningMean, runningVar: args.runningVar }, args.training);
    return { ...x, format: x.shape.length === 4 ? 'channelsLast' : 'contiguous' };
  },
  forward(k, y, [x, weight, bias], args) {
    const image = asImage(k, x);
    const channels = [x.shape[1]!];
    const { mean, variance } = args.training
      ? { mean: k.empty(channels, x.buffer.dtype), variance: k.empty(channels, x.buffer.dtype) }
      : { mean: args.runningMean!, variance: args.runningVar! };
    if (args.training) {
      k.batchNormStats(mean, variance, image);
      updateRunning(k, mean, variance, valuesPerChannel(x.shape), args);
    }
    throughImage(k, y, to => k.batchNorm(to, image, mean, variance, weight, bias, args.eps));
    return { x: image, weight, mean, variance };
  },
  backward(k, [dx, dWeight, dBias], dy, { x, weight, mean, variance }, { eps, training }) {
    const image = asImage(k, dy);
    const gradients = (to: NdArray | null) =>
      k.batchNormBackward(to, dWeight, dBias, image, x, mean, variance, weight, eps, training);
    if (dx) throughImage(k, dx, gradients);
    else gradients(null);
  },
});

const valuesPerChannel = ([n, , ...rest]: Shape) => numel([n!, ...rest]);

function check(
  x: ArrayType,
  perChannel: Record<string, ArrayType | NdArray | null>,
  training: boolean,
): void {
  const { shape } = x;
  if (shape.length < 2 || shape.length > 4) {
    throw new ShapeError(
      `batchNorm: expected input [N, C], [N, C, L] or [N, C, H, W], got ${formatShape(shape)}`,
    );
  }
  for (const [name, array] of Object.entries(perChannel)) {
    if (array && (array.shape.length !== 1 || array.shape[0] !== shape[1])) {
      throw new ShapeError(
        `batchNorm: ${name} should contain ${shape[1]} elements, got shape ${formatShape(array.shape)}; input is ${formatShape(shape)}`,
      );
    }
  }
  if (training && valuesPerChannel(shape) === 1) {
    throw new ShapeError(
      `batchNorm: Expected more than 1 value per channel when training, got input size ${formatShape(shape)}`,
    );
  }
  if (!training && !(perChannel.runningMean && perChannel.runningVar)) {
    throw new ShapeError('batchNorm: expected runningMean and runningVar to be given when training is false');
  }
}

/** running = (1 - momentum) · running + momentum · batch; the running variance is the unbiased one. */
function updateRunning(
  k: Kernels,
  mean: NdArray,
  variance: NdArray,
  count: number,
  { runningMean, runningVar, momentum }: BatchNormArgs,
): void {
  // An empty batch tells nothing of the others.
  if (count === 0) return;
  if (runningMean) {
    k.lerp(runningMean, mean, momentum);
    runningMean.buffer.version++;
  }
  if (runningVar) {
    const unbiased = k.empty(variance.shape, variance.buffer.dtype);
    k.binary('mul', unbiased, variance, constant(k, count / (count - 1), variance.buffer.dtype));
    k.lerp(runningVar, unbiased, momentum);
    runningVar.buffer.version++;
  }
}

/** Returns x as a dense NHWC image: [N, C, L] is one of width 1. */
function asImage(k: Kernels, x: NdArray): NdArray {
  if (x.shape.length === 4) return dense(k, x, 'channelsLast');
  const [n, c, length = 1] = x.shape as [number, number, number?];
  return dense(k, reshaped(dense(k, x, 'contiguous'), [n, c, length, 1]), 'channelsLast');
}

/** Fills y by a kernel that writes a dense NHWC image. */
function throughImage(k: Kernels, y: NdArray, write: (image: NdArray) => void): void {
  const [n, c, h = 1, w = 1] = y.shape as [number, number, number?, number?];
  throughDense(k, y.shape.length === 4 ? y : reshaped(y, [n, c, h, w]), 'channelsLast', write);
}
