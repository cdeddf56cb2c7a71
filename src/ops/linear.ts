import type { NdArray } from '../backend/array.ts';
import { ShapeError } from '../errors.ts';
import { formatShape, numel } from '../shape.ts';
import { defineOp } from './op.ts';
import { dense, permuted, requireFloat, reshaped, throughDense } from './operands.ts';

/** x [.., in] · weight [out, in]ᵀ + bias [out]. */
export const linear = defineOp<
  readonly [NdArray, NdArray, NdArray | null],
  void,
  { x: NdArray; weight: NdArray }
>({
  name: 'linear',
  infer([x, weight, bias]) {
    requireFloat('linear', x, weight, bias);
    const [out, features] = weight.shape;
    const fits = weight.shape.length === 2 && x.shape.length >= 1 && x.shape.at(-1) === features;
    if (!fits) {
      throw new ShapeError(
        `linear: expected input [.., in] and weight [out, in], got ${formatShape(x.shape)} and ${formatShape(weight.shape)}`,
      );
    }
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== out)) {
      throw new ShapeError(`linear: expected bias of shape [${out}], got ${formatShape(bias.shape)}`);
    }
    return { shape: [...x.shape.slice(0, -1), out!], dtype: x.dtype, format: 'contiguous' };
  },
  forward(k, y, [x, weight, bias]) {
    const rows = asRows(dense(k, x, 'contiguous'));
    k.matmul(asRows(y), rows, permuted(weight, [1, 0]));
    if (bias) k.binary('add', y, y, bias);
    return { x: rows, weight };
  },
  backward(k, [dx, dWeight, dBias], dy, saved) {
    const rows = asRows(dense(k, dy, 'contiguous'));
    if (dx) {
      const { weight } = saved;
      throughDense(k, dx, 'contiguous', to => k.matmul(asRows(to), rows, weight));
    }
    if (dWeight) k.matmul(dWeight, permuted(rows, [1, 0]), saved.x);
    if (dBias) k.sum(reshaped(dBias, [1, dBias.shape[0]!]), rows);
  },
});

/** Returns x [.., n] as a matrix [rows, n]. */
function asRows(x: NdArray): NdArray {
  const n = x.shape.at(-1)!;
  return reshaped(x, [numel(x.shape.slice(0, -1)), n]);
}
