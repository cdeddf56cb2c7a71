import type { NdArray } from '../backend/array.ts';
import type { Kernels } from '../backend/kernels.ts';
import { defineOp } from './op.ts';
import { arithmetic, compared, constant, throughBroadcast, zeroWhere } from './operands.ts';

interface PowSaved extends Record<string, NdArray> {
  readonly base: NdArray;
  readonly exponent: NdArray;
  readonly y: NdArray;
}

/** base ^ exponent. */
export const pow = defineOp<readonly [NdArray, NdArray], void, PowSaved>({
  name: 'pow',
  infer: ([base, exponent]) => arithmetic('pow', base, exponent),
  forward(k, y, [base, exponent]) {
    k.binary('pow', y, base, exponent);
    return { base, exponent, y };
  },
  backward(k, [dBase, dExponent], dy, saved) {
    if (dBase)
      throughBroadcast(k, dBase, dy.shape, full => baseGradient(k, full, dy, saved.base, saved.exponent));
    if (dExponent) throughBroadcast(k, dExponent, dy.shape, full => exponentGradient(k, full, dy, saved));
  },
});

/** exponent · base^(exponent-1) · dy; 0 where the exponent is 0, also at base 0. */
function baseGradient(k: Kernels, dBase: NdArray, dy: NdArray, base: NdArray, exponent: NdArray): void {
  const dtype = dBase.buffer.dtype;
  const reduced = k.empty(exponent.shape, dtype);
  k.binary('sub', reduced, exponent, constant(k, 1, dtype));
  k.binary('pow', dBase, base, reduced);
  k.binary('mul', dBase, dBase, exponent);
  k.binary('mul', dBase, dBase, dy);
  zeroWhere(k, dBase, compared(k, 'eq', exponent, 0));
}

/** base^exponent · ln(base) · dy; 0 where the base is 0 and the power flat: unless the exponent is below 0. */
function exponentGradient(
  k: Kernels,
  dExponent: NdArray,
  dy: NdArray,
  { base, exponent, y }: PowSaved,
): void {
  const log = k.empty(base.shape, dExponent.buffer.dtype);
  k.unary('log', log, base);
  k.binary('mul', dExponent, log, y);
  k.binary('mul', dExponent, dExponent, dy);
  const flat = k.empty(dy.shape, 'bool');
  k.binary('mul', flat, compared(k, 'eq', base, 0), compared(k, 'ge', exponent, 0));
  zeroWhere(k, dExponent, flat);
}
