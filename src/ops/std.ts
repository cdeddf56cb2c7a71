import type { NdArray } from '../backend/array.ts';
import { defineOp } from './op.ts';
import { compared, zeroWhere } from './operands.ts';
import { computeVariance, inferVariance, type Variance, varianceGradient } from './variance.ts';

/** √(Σ (x - mean)² / max(0, n - correction)) over `dims`. Where all are equal the gradient is 0, as in PyTorch. */
export const std = defineOp<readonly [NdArray], Variance, { centred: NdArray; y: NdArray }>({
  name: 'std',
  infer: ([x], args) => inferVariance('std', x, args),
  forward(k, y, [x], args) {
    const centred = computeVariance(k, y, x, args);
    k.unary('sqrt', y, y);
    return { centred, y };
  },
  backward(k, [dx], dy, { centred, y }, args) {
    if (!dx) return;
    const dVariance = k.empty(dy.shape, dy.buffer.dtype);
    k.unaryBackward('sqrt', dVariance, dy, y);
    zeroWhere(k, dVariance, compared(k, 'eq', y, 0));
    varianceGradient(k, dx, dVariance, centred, args);
  },
});
