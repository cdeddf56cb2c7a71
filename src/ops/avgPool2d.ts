import type { NdArray } from '../backend/array.ts';
import type { AvgPoolGeometry } from '../backend/kernels.ts';
import { defineOp } from './op.ts';
import { dense, requireFloat, throughDense } from './operands.ts';
import { type PoolArgs, pooledShape } from './pool.ts';
import { withinImage } from './window.ts';

export type AvgPoolArgs = AvgPoolGeometry & PoolArgs;

/** The mean of each window of x [N, C, H, W]. */
export const avgPool2d = defineOp<readonly [NdArray], AvgPoolArgs>({
  name: 'avgPool2d',
  infer([x], args) {
    requireFloat('avgPool2d', x);
    return { shape: pooledShape('avgPool2d', x.shape, args), dtype: x.dtype, format: 'channelsLast' };
  },
  forward(k, y, [x], args) {
    k.avgPool2d(y, dense(k, x, 'channelsLast'), withinImage(args, args.kernel, x));
    return {};
  },
  backward(k, [dx], dy, _, args) {
    if (!dx) return;
    const dyNhwc = dense(k, dy, 'channelsLast');
    throughDense(k, dx, 'channelsLast', to =>
      k.avgPool2dBackward(to, dyNhwc, withinImage(args, args.kernel, to)),
    );
  },
});
