import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { walk } from './walk.ts';

/** Returns x [N, C, ...] read without its classes: where the log-probabilities of each target start. */
function withoutClasses(x: NdArray): NdArray {
  const drop = (list: readonly number[]) => list.filter((_, i) => i !== 1);
  return { ...x, shape: drop(x.shape), strides: drop(x.strides) };
}

export const nllLoss = {
  findBadTarget(target, classes, ignoreIndex) {
    let bad: number | null = null;
    walk([target], i => {
      const t = target.buffer.array[i]!;
      if (t !== ignoreIndex && !(t >= 0 && t < classes)) bad ??= t;
    });
    return bad;
  },

  nllLoss(loss, totalWeight, x, target, weight, { ignoreIndex, reduction }) {
    const [L, X, T] = [loss.buffer.array, x.buffer.array, target.buffer.array];
    const perLoss =
      reduction === 'none' ? loss : { ...loss, shape: target.shape, strides: target.shape.map(() => 0) };
    let sum = 0;
    let total = 0;
    walk([target, withoutClasses(x), perLoss], (i, start, l) => {
      const t = T[i]!;
      const w = t === ignoreIndex ? 0 : (weight?.buffer.array[t] ?? 1);
      const term = t === ignoreIndex ? 0 : -w * X[start + t * x.strides[1]!]!;
      if (reduction === 'none') L[l] = term;
      sum += term;
      total += w;
    });
    totalWeight.buffer.array[0] = total;
    if (reduction !== 'none') L[0] = reduction === 'mean' ? sum / total : sum;
  },

  nllLossBackward(dx, dLoss, totalWeight, target, weight, { ignoreIndex, reduction }) {
    const [DX, T, DL] = [dx.buffer.array, target.buffer.array, dLoss.buffer.array];
    const perLoss =
      reduction === 'none' ? dLoss : { ...dLoss, shape: target.shape, strides: target.shape.map(() => 0) };
    const share = reduction === 'mean' ? 1 / totalWeight.buffer.array[0]! : 1;
    walk([dx], i => {
      DX[i] = 0;
    });
    walk([target, withoutClasses(dx), perLoss], (i, start, l) => {
      const t = T[i]!;
      if (t !== ignoreIndex)
        DX[start + t * dx.strides[1]!] = -(weight?.buffer.array[t] ?? 1) * share * DL[l]!;
    });
  },
} satisfies Partial<Kernels>;
