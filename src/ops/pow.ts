import type { NdArray } from '../backend/array.ts';
import type { Kernels } from '../backend/kernels.ts';
import { defineOp } from './op.ts';
import { arithmetic, constant, throughBroadcast } from './operands.ts';

/** base ^ exponent. */
export const pow = defineOp<
  readonly [NdArray, NdArray],
  void,
  { base: NdArray; exponent: NdArray; y: NdArray }
>({
  name: 'pow',
  infer: ([base, exponent]) => arithmetic('pow', base, exponent),
  forward(k, y, [base, exponent]) {
    k.binary('pow', y, base, exponent);
    return { base, exponent, y };
  },
  backward(k, [dBase, dExponent], dy, saved) {
    if (dBase)
      throughBroadcast(k, dBase, dy.shape, full => baseGradient(k, full, dy, saved.base, saved.exponent));
    if (dExponent)
      throughBroadcast(k, dExponent, dy.shape, full => exponentGradient(k, full, dy, saved.base, saved.y));
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
  zeroWhere(k, dBase, exponent);
}

/** base^exponent · ln(base) · dy; 0 at base 0, where the power is flat. */
function exponentGradient(k: Kernels, dExponent: NdArray, dy: NdArray, base: NdArray, y: NdArray): void {
  const log = k.empty(base.shape, dExponent.buffer.dtype);
  k.unary('log', log, base);
  k.binary('mul', dExponent, log, y);
  k.binary('mul', dExponent, dExponent, dy);
  zeroWhere(k, dExponent, base);
}

function zeroWhere(k: Kernels, x: NdArray, isZero: NdArray): void {
  const zero = constant(k, 0, x.buffer.dtype);
  const mask = k.empty(isZero.shape, 'bool');
  k.compare('eq', mask, isZero, zero);
  const chosen = k.empty(x.shape, x.buffer.dtype);
  k.where(chosen, mask, zero, x);
  k.copy(x, chosen);
}
