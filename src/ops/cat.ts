import type { NdArray } from '../backend/array.ts';
import { promote } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { formatShape, type Shape } from '../shape.ts';
import { defineOp } from './op.ts';
import { sliced } from './slice.ts';

/** Whether a shape is [0]: such an operand of `cat` adds nothing, whatever the shape of the others, as in PyTorch. */
export const isEmptyList = (shape: Shape) => shape.length === 1 && shape[0] === 0;

/** The operands, `sizes` long, one after another along `dim`; their other sizes agree. */
export const cat = defineOp<readonly NdArray[], { dim: number; sizes: readonly number[] }>({
  name: 'cat',
  infer(inputs, { dim, sizes }) {
    const first = inputs.find(x => !isEmptyList(x.shape)) ?? inputs[0]!;
    for (const x of inputs) {
      if (isEmptyList(x.shape)) continue;
      if (
        x.shape.length !== first.shape.length ||
        x.shape.some((n, i) => i !== dim && n !== first.shape[i])
      ) {
        throw new ShapeError(
          `cat: Sizes of tensors must match except in dimension ${dim}; got ${inputs.map(t => formatShape(t.shape)).join(', ')}`,
        );
      }
    }
    return {
      shape: first.shape.map((n, i) => (i === dim ? sizes.reduce((a, b) => a + b) : n)),
      dtype: inputs.map(x => x.dtype).reduce(promote),
      format: 'contiguous',
    };
  },
  forward(k, y, inputs, { dim, sizes }) {
    const parts = split(y, dim, sizes);
    inputs.forEach((x, i) => void (isEmptyList(x.shape) || k.copy(parts[i]!, x)));
    return {};
  },
  backward(k, gradients, dy, _, { dim, sizes }) {
    const parts = split(dy, dim, sizes);
    gradients.forEach((dx, i) => void (!dx || isEmptyList(dx.shape) || k.copy(dx, parts[i]!)));
  },
});

/** Returns windows of these sizes, which lie side by side along `dim`. */
function split(whole: NdArray, dim: number, sizes: readonly number[]): NdArray[] {
  let start = 0;
  return sizes.map(length => {
    const part = sliced(whole, { dim, start, length, step: 1 });
    start += length;
    return part;
  });
}
