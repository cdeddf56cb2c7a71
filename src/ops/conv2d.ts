import type { ArrayType, NdArray } from '../backend/array.ts';
import type { ConvGeometry } from '../backend/kernels.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { formatShape, type Pair } from '../shape.ts';
import { defineOp } from './op.ts';
import { type Batching, dense, formatInput, requireFloat, reshaped, throughDense } from './operands.ts';
import { withinImage } from './window.ts';

export interface Conv2dArgs extends Omit<ConvGeometry, 'padding'>, Batching {
  /** Zeros on each side, or as many as keep the size ('same'), or none ('valid'). */
  readonly padding: Pair | 'same' | 'valid';
}

/** Cross-correlation of x [N, C, H, W] with weight [O, C/groups, kh, kw], plus bias [O]. */
export const conv2d = defineOp<
  readonly [NdArray, NdArray, NdArray | null],
  Conv2dArgs,
  { x: NdArray; weight: NdArray }
>({
  name: 'conv2d',
  infer([x, weight, bias], args) {
    requireFloat('conv2d', x, weight, bias);
    checkChannels(x, weight, bias, args);
    const size = outputSize(x, weight, args);
    return { shape: [x.shape[0]!, weight.shape[0]!, ...size], dtype: x.dtype, format: 'channelsLast' };
  },
  forward(k, y, [x, weight, bias], args) {
    const nhwc = dense(k, x, 'channelsLast');
    const oihw = dense(k, weight, 'contiguous');
    k.conv2d(y, nhwc, oihw, bias, geometry(nhwc, oihw, args));
    return { x: nhwc, weight: oihw };
  },
  backward(k, [dx, dWeight, dBias], dy, saved, args) {
    const dyNhwc = dense(k, dy, 'channelsLast');
    if (dx) {
      const { weight } = saved;
      throughDense(k, dx, 'channelsLast', to =>
        k.conv2dBackwardInput(to, dyNhwc, weight, geometry(to, weight, args)),
      );
    }
    if (dWeight) {
      const { x } = saved;
      throughDense(k, dWeight, 'contiguous', to =>
        k.conv2dBackwardWeight(to, dyNhwc, x, geometry(x, to, args)),
      );
    }
    if (dBias) k.sum(reshaped(dBias, [1, dBias.shape[0]!, 1, 1]), dyNhwc);
  },
});

function checkChannels(x: ArrayType, weight: ArrayType, bias: ArrayType | null, args: Conv2dArgs): void {
  const { groups } = args;
  if (x.shape.length !== 4 || weight.shape.length !== 4) {
    throw new ShapeError(
      `conv2d: expected input [N, C, H, W] and weight [out, C/groups, kh, kw], got ${formatInput(x.shape, args)} and ${formatShape(weight.shape)}`,
    );
  }
  const [out, perGroup] = weight.shape as [number, number];
  const channels = x.shape[1]!;
  if (perGroup * groups !== channels) {
    throw new ShapeError(
      `conv2d: given groups=${groups}, weight of size ${formatShape(weight.shape)}, expected input ${formatInput(x.shape, args)} to have ${perGroup * groups} channels, but got ${channels} channels instead`,
    );
  }
  if (out % groups !== 0) {
    throw new ShapeError(
      `conv2d: the ${out} output channels of weight ${formatShape(weight.shape)} do not divide into ${groups} groups`,
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== out)) {
    throw new ShapeError(`conv2d: expected bias of shape [${out}], got ${formatShape(bias.shape)}`);
  }
}

function outputSize(x: ArrayType, weight: ArrayType, args: Conv2dArgs): Pair {
  const { stride, padding, dilation } = args;
  if (padding === 'same' && (stride[0] !== 1 || stride[1] !== 1)) {
    throw new ArgumentError(
      `conv2d: padding='same' is not supported for strided convolutions, got stride ${formatShape(stride)}`,
    );
  }
  return [0, 1].map(i => {
    const size = x.shape[2 + i]!;
    if (padding === 'same') return size;
    const kernel = dilation[i]! * (weight.shape[2 + i]! - 1) + 1;
    const padded = size + 2 * (padding === 'valid' ? 0 : padding[i]!);
    if (kernel > padded || weight.shape[2 + i] === 0) {
      throw new ShapeError(
        `conv2d: Kernel size can't be greater than actual input size: kernel ${formatShape(weight.shape.slice(2))} with dilation ${formatShape(dilation)} on input ${formatInput(x.shape, args)} with padding ${formatShape(padding === 'valid' ? [0, 0] : padding)}`,
      );
    }
    return Math.floor((padded - kernel) / stride[i]!) + 1;
  }) as unknown as Pair;
}

/** Returns the geometry with the padding in numbers; of an odd total, 'same' puts the larger part behind. */
function geometry(x: NdArray, weight: NdArray, args: Conv2dArgs): ConvGeometry {
  const { stride, padding, dilation, groups } = args;
  const kernel: Pair = [weight.shape[2]!, weight.shape[3]!];
  const numbers = (pair: Pair) => withinImage({ stride, padding: pair, dilation, groups }, kernel, x);
  if (padding === 'valid') return numbers([0, 0]);
  if (padding !== 'same') return numbers(padding);
  const before = (i: 0 | 1) => Math.floor((dilation[i] * (kernel[i] - 1)) / 2);
  return numbers([before(0), before(1)]);
}
