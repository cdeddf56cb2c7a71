/** The shape rule of pooling. */
import type { PoolGeometry } from '../backend/kernels.ts';
import { ArgumentError, ShapeError } from '../errors.ts';
import { formatShape, type Shape } from '../shape.ts';
import { type Batching, formatInput } from './operands.ts';

export interface PoolArgs extends Batching {
  readonly ceilMode: boolean;
}

/** Returns [N, C, Ho, Wo]. With ceilMode a last window may hang over, if it starts inside the input or its left padding. */
export function pooledShape(op: string, shape: Shape, args: PoolGeometry & PoolArgs): Shape {
  const { kernel, stride, padding, dilation, ceilMode } = args;
  if (shape.length !== 4)
    throw new ShapeError(`${op}: expected input [N, C, H, W], got ${formatShape(shape)}`);
  const size = [0, 1].map(i => {
    if (padding[i]! * 2 > kernel[i]!) {
      throw new ArgumentError(
        `${op}: pad should be at most half of kernel size, but got pad=${formatShape(padding)} and kernel_size=${formatShape(kernel)}`,
      );
    }
    const reach = dilation[i]! * (kernel[i]! - 1) + 1;
    const room = shape[2 + i]! + 2 * padding[i]! - reach;
    let out = (ceilMode ? Math.ceil : Math.floor)(room / stride[i]!) + 1;
    if (ceilMode && (out - 1) * stride[i]! >= shape[2 + i]! + padding[i]!) out--;
    if (out < 1 || shape[2 + i] === 0) {
      throw new ShapeError(
        `${op}: output size is too small: kernel ${formatShape(kernel)} with dilation ${formatShape(dilation)} on input ${formatInput(shape, args)} with padding ${formatShape(padding)}`,
      );
    }
    return out;
  });
  return [shape[0]!, shape[1]!, ...size];
}
