import type { NdArray } from '../backend/array.ts';
import type { PoolGeometry } from '../backend/kernels.ts';
import { defineOp } from './op.ts';
import { dense, requireFloat, throughDense } from './operands.ts';
import { type PoolArgs, pooledShape } from './pool.ts';
import { withinImage } from './window.ts';

export type MaxPoolArgs = PoolGeometry & PoolArgs;

/** The largest of each window of x [N, C, H, W]. */
export const maxPool2d = defineOp<readonly [NdArray], MaxPoolArgs, { indices: NdArray }>({
  name: 'maxPool2d',
  infer([x], args) {
    requireFloat('maxPool2d', x);
    return { shape: pooledShape('maxPool2d', x.shape, args), dtype: x.dtype, format: 'channelsLast' };
  },
  forward(k, y, [x], args) {
    const indices = k.empty(y.shape, 'int32', 'channelsLast');
    k.maxPool2d(y, indices, dense(k, x, 'channelsLast'), withinImage(args, args.kernel, x));
    return { indices };
  },
  backward(k, [dx], dy, { indices }, args) {
    if (!dx) return;
    const dyNhwc = dense(k, dy, 'channelsLast');
    throughDense(k, dx, 'channelsLast', to =>
      k.maxPool2dBackward(to, dyNhwc, indices, withinImage(args, args.kernel, to)),
    );
  },
});
