import type { ArrayType, NdArray } from '../backend/array.ts';
import type { NllOptions } from '../backend/kernels.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { formatShape, sameShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { requireFloat } from './operands.ts';

/**
 * -weight[t] · x[n, t, …] for targets t [N, …] and log-probabilities x [N, C, …].
 * The mean is over the weights of the targets that are not ignored; weight has no gradient.
 */
export const nllLoss = defineOp<
  readonly [NdArray, NdArray, NdArray | null],
  NllOptions,
  { target: NdArray; weight: NdArray | null; totalWeight: NdArray }
>({
  name: 'nllLoss',
  infer([x, target, weight], { reduction }) {
    requireFloat('nllLoss', x, weight);
    check(x, target, weight);
    return { shape: reduction === 'none' ? target.shape : [], dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, loss, [x, target, weight], options) {
    const classes = x.shape[1]!;
    const bad = k.findBadTarget(target, classes, options.ignoreIndex);
    if (bad !== null) {
      throw new ArgumentError(
        `nllLoss: Target ${bad} is out of bounds: expected 0 to ${classes - 1} for input ${formatShape(x.shape)}, or ignoreIndex ${options.ignoreIndex}`,
      );
    }
    const totalWeight = k.empty([], x.buffer.dtype);
    k.nllLoss(loss, totalWeight, x, target, weight, options);
    return { target, weight, totalWeight };
  },
  backward(k, [dx], dLoss, { target, weight, totalWeight }, options) {
    if (dx) k.nllLossBackward(dx, dLoss, totalWeight, target, weight, options);
  },
});

function check(x: ArrayType, target: ArrayType, weight: ArrayType | null): void {
  if (target.dtype !== 'int32') {
    throw new DTypeError(
      `nllLoss: expected target to be an int32 tensor of class indices, got ${target.dtype}`,
    );
  }
  const [n, classes, ...rest] = x.shape;
  if (x.shape.length < 2 || !sameShape(target.shape, [n!, ...rest])) {
    throw new ShapeError(
      `nllLoss: expected input [N, C, ...] and target [N, ...], got ${formatShape(x.shape)} and ${formatShape(target.shape)}`,
    );
  }
  if (weight && !sameShape(weight.shape, [classes!])) {
    throw new ShapeError(
      `nllLoss: weight tensor should be defined for all ${classes} classes, got shape ${formatShape(weight.shape)}`,
    );
  }
}
