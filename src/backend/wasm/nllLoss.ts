import { isDense, type NdArray } from '../array.ts';
import type { Kernels, NllOptions } from '../kernels.ts';
import { nllLoss as reference } from '../reference/nllLoss.ts';
import { areFloat32 } from './dtypes.ts';
import { collapsed, type Lines, lineArguments } from './kernels/lines.ts';
import {
  emitNllBackward,
  emitNllSums,
  emitNllTotal,
  type NllForm,
  partialBytes,
  targetsPerChunk,
} from './kernels/nllLoss.ts';
import { kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { read, scratch, write } from './stage.ts';

/** Returns where each target has its classes in x (or dx), itself, and its loss (or dLoss), which all may share. */
function linesOf(x: NdArray, target: NdArray, loss: NdArray, reduction: NllOptions['reduction']): Lines {
  const perLoss = reduction === 'none' ? loss.strides : target.shape.map(() => 0);
  return collapsed(target.shape, [x.strides.filter((_, i) => i !== 1), target.strides, perLoss]);
}

const formOf = ({ sizes }: Lines, weight: NdArray | null): NllForm => ({
  depth: sizes.length,
  weight: weight !== null,
});

export const nllLoss = {
  /** Looks at the elements itself: a few integers are checked sooner than a kernel is called. */
  findBadTarget(target, classes, ignoreIndex) {
    if (!isDense(target, 'contiguous')) return reference.findBadTarget(target, classes, ignoreIndex);
    const elements = target.buffer.array;
    for (let i = 0; i < elements.length; i++) {
      const t = elements[i]!;
      if (t !== ignoreIndex && !(t >= 0 && t < classes)) return t;
    }
    return null;
  },

  nllLoss(loss, totalWeight, x, target, weight, options) {
    const lines = linesOf(x, target, loss, options.reduction);
    const { count } = lines;
    if (!areFloat32(loss, totalWeight, x, weight) || count === 0)
      return reference.nllLoss(loss, totalWeight, x, target, weight, options);
    const { reduction } = options;
    const chunks = Math.ceil(count / targetsPerChunk);
    const [partials, L, W] = [scratch(chunks * partialBytes), write(loss), weight ? read(weight) : 0];
    const each = reduction === 'none';
    const sums = kernel(emitNllSums, formOf(lines, weight), each);
    const sizes = [count, options.ignoreIndex, 4 * x.strides[1]!, ...lineArguments(lines)];
    run(sums, chunks, L, partials, read(x), read(target), W, ...sizes);
    const total = kernel(emitNllTotal, reduction);
    run(total, 1, L, write(totalWeight), partials, chunks);
  },

  nllLossBackward(dx, dLoss, totalWeight, target, weight, options) {
    const lines = linesOf(dx, target, dLoss, options.reduction);
    const { count } = lines;
    if (!areFloat32(dx, dLoss, totalWeight, weight) || count === 0)
      return reference.nllLossBackward(dx, dLoss, totalWeight, target, weight, options);
    const [classes, mean] = [dx.shape[1]!, options.reduction === 'mean'];
    const f = kernel(emitNllBackward, formOf(lines, weight), mean);
    const W = weight ? read(weight) : 0;
    const sizes = [classes, options.ignoreIndex, 4 * dx.strides[1]!, ...lineArguments(lines)];
    run(f, count, write(dx), read(dLoss), read(totalWeight), read(target), W, ...sizes);
  },
} satisfies Partial<Kernels>;
