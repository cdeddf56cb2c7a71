import type { ArrayType, NdArray } from '../backend/array.ts';
import type { NllOptions } from '../backend/kernels.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { formatShape, sameShape } from '../shape.ts';
import { defineOp } from './op.ts';
import { requireFloat } from './operands.ts';

export interface NllArgs extends NllOptions {
  /** The function that the user called, which errors name. */
  readonly caller?: 'nllLoss' | 'crossEntropy';
}

/**
 * -weight[t] · x[n, t, …] for targets t [N, …] and log-probabilities x [N, C, …].
 * The mean is over the weights of the targets that are not ignored; weight has no gradient.
 */
export const nllLoss = defineOp<
  readonly [NdArray, NdArray, NdArray | null],
  NllArgs,
  { target: NdArray; weight: NdArray | null; totalWeight: NdArray }
>({
  name: 'nllLoss',
  infer([x, target, weight], { reduction, caller = 'nllLoss' }) {
    requireFloat(caller, x, weight);
    check(caller, x, target, weight);
    return { shape: reduction === 'none' ? target.shape : [], dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, loss, [x, target, weight], options) {
    const classes = x.shape[1]!;
    const { caller = 'nllLoss', ignoreIndex } = options;
    const bad = k.findBadTarget(target, classes, ignoreIndex);
    if (bad !== null) {
      throw new ArgumentError(
        `${caller}: Target ${bad} is out of bounds: expected 0 to ${classes - 1}, or ignoreIndex ${ignoreIndex}`,
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

function check(caller: string, x: ArrayType, target: ArrayType, weight: ArrayType | null): void {
  if (target.dtype !== 'int32') {
    throw new DTypeError(
      `${caller}: expected target to be an int32 tensor of class indices, got ${target.dtype}; convert with target.to('int32')${caller === 'crossEntropy' ? ' (probabilities of classes are not supported)' : ''}`,
    );
  }
  const [n, classes, ...rest] = x.shape;
  if (x.shape.length < 2 || !sameShape(target.shape, [n!, ...rest])) {
    throw new ShapeError(
      `${caller}: expected input [N, C, ...] and target [N, ...], got ${formatShape(x.shape)} and ${formatShape(target.shape)}`,
    );
  }
  if (weight && !sameShape(weight.shape, [classes!])) {
    throw new ShapeError(
      `${caller}: weight tensor should be defined for all ${classes} classes, got shape ${formatShape(weight.shape)}`,
    );
  }
}
