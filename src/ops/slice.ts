import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';

export interface Slice {
  readonly dim: number;
  readonly start: number;
  readonly length: number;
  readonly step: number;
}

/** A copy of every step-th element along `dim`. */
export const slice = defineOp<readonly [NdArray], Slice>({
  name: 'slice',
  infer: ([x], args) => ({ shape: window(x.shape, args), dtype: x.dtype, format: 'contiguous' }),
  forward(k, y, [x], args) {
    k.copy(y, sliced(x, args));
    return {};
  },
  backward(k, [dx], dy, _, args) {
    if (!dx) return;
    k.fill(dx, 0);
    k.copy(sliced(dx, args), dy);
  },
});

/** Returns the slice as a window on the elements of x. */
export function sliced(x: NdArray, args: Slice): NdArray {
  const strides = x.strides.map((stride, i) => (i === args.dim ? stride * args.step : stride));
  return {
    ...x,
    shape: window(x.shape, args),
    strides,
    offset: x.offset + args.start * x.strides[args.dim]!,
  };
}

function window(shape: readonly number[], { dim, length }: Slice): number[] {
  return shape.map((size, i) => (i === dim ? length : size));
}
