import { isDense, type NdArray } from '../array.ts';
import type { Kernels, NllOptions } from '../kernels.ts';
import { nllLoss as reference } from '../reference/nllLoss.ts';
import { areFloat32 } from './dtypes.ts';
import { collapsed, linesKey } from './kernels/lines.ts';
import {
  emitNllBackward,
  emitNllSums,
  emitNllTotal,
  type NllPlan,
  partialBytes,
  targetsPerChunk,
} from './kernels/nllLoss.ts';
import { kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { read, scratch, write } from './stage.ts';

/** Returns where each target has its classes in x (or dx), itself, and its loss (or dLoss), which all may share. */
function planOf(
  x: NdArray,
  target: NdArray,
  loss: NdArray,
  weight: NdArray | null,
  { ignoreIndex, reduction }: NllOptions,
): NllPlan {
  const perLoss = reduction === 'none' ? loss.strides : target.shape.map(() => 0);
  const strides = [x.strides.filter((_, i) => i !== 1), target.strides, perLoss];
  return {
    lines: collapsed(target.shape, strides),
    classStep: 4 * x.strides[1]!,
    weight: weight !== null,
    ignoreIndex,
  };
}

function keyOf({ lines, classStep, weight, ignoreIndex }: NllPlan): string {
  return `${linesKey(lines)} ${classStep} ${weight} ${ignoreIndex}`;
}

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
    const plan = planOf(x, target, loss, weight, options);
    const { count } = plan.lines;
    if (!areFloat32(loss, totalWeight, x, weight) || count === 0)
      return reference.nllLoss(loss, totalWeight, x, target, weight, options);
    const { reduction } = options;
    const chunks = Math.ceil(count / targetsPerChunk);
    const [partials, L, W] = [scratch(chunks * partialBytes), write(loss), weight ? read(weight) : 0];
    const each = reduction === 'none';
    const sums = kernel(`nllSums ${keyOf(plan)} ${each}`, m => emitNllSums(m, plan, each));
    run(sums, chunks, L, partials, read(x), read(target), W, count);
    const total = kernel(`nllTotal ${reduction}`, m => emitNllTotal(m, reduction));
    run(total, 1, L, write(totalWeight), partials, chunks);
  },

  nllLossBackward(dx, dLoss, totalWeight, target, weight, options) {
    const plan = planOf(dx, target, dLoss, weight, options);
    const { count } = plan.lines;
    if (!areFloat32(dx, dLoss, totalWeight, weight) || count === 0)
      return reference.nllLossBackward(dx, dLoss, totalWeight, target, weight, options);
    const [classes, mean] = [dx.shape[1]!, options.reduction === 'mean'];
    const f = kernel(`nllBackward ${keyOf(plan)} ${classes} ${mean}`, m =>
      emitNllBackward(m, plan, classes, mean),
    );
    const W = weight ? read(weight) : 0;
    run(f, count, write(dx), read(dLoss), read(totalWeight), read(target), W);
  },
} satisfies Partial<Kernels>;
