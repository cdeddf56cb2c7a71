/** Arithmetic, comparison and functions of one element. Operands are broadcast as in PyTorch. */
import { checkAtLeast, checkElement, checkOptions } from '../arguments.ts';
import { checkFits, type DType, isFloat } from '../dtype.ts';
import { ArgumentError, DTypeError, describe } from '../errors.ts';
import { abs } from '../ops/abs.ts';
import { add } from '../ops/add.ts';
import { clamp } from '../ops/clamp.ts';
import { compare } from '../ops/compare.ts';
import { copy } from '../ops/copy.ts';
import { div } from '../ops/div.ts';
import { exp } from '../ops/exp.ts';
import { log } from '../ops/log.ts';
import { mul } from '../ops/mul.ts';
import { neg } from '../ops/neg.ts';
import { pow } from '../ops/pow.ts';
import { relu } from '../ops/relu.ts';
import { sigmoid } from '../ops/sigmoid.ts';
import { sqrt } from '../ops/sqrt.ts';
import { sub } from '../ops/sub.ts';
import { tanh } from '../ops/tanh.ts';
import { sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { AutogradMethods } from './autograd.ts';
import { asRowMajor, requireTensor } from './core.ts';

export type Operand = Tensor | number;

export interface ClampOptions {
  readonly min?: number;
  readonly max?: number;
}

export abstract class ElementwiseMethods extends AutogradMethods {
  add(other: Operand): Tensor {
    return this.run(add, [this.operand('add', other)], undefined);
  }

  sub(other: Operand): Tensor {
    return this.run(sub, [this.operand('sub', other)], undefined);
  }

  mul(other: Operand): Tensor {
    return this.run(mul, [this.operand('mul', other)], undefined);
  }

  /** Returns the true quotient; that of integers is float32. */
  div(other: Operand): Tensor {
    return this.run(div, [this.operand('div', other)], undefined);
  }

  pow(exponent: Operand): Tensor {
    if (typeof exponent === 'number' && exponent < 0 && Number.isInteger(exponent) && !isFloat(this.dtype)) {
      throw new DTypeError(
        `pow: Integers to negative integer powers are not allowed, got ${this.dtype} to ${exponent}; use x.to('float32')`,
      );
    }
    return this.run(pow, [this.operand('pow', exponent)], undefined);
  }

  neg(): Tensor {
    return this.run(neg, [], undefined);
  }

  abs(): Tensor {
    return this.run(abs, [], undefined);
  }

  exp(): Tensor {
    return this.run(exp, [], undefined);
  }

  /** Returns the natural logarithm. */
  log(): Tensor {
    return this.run(log, [], undefined);
  }

  sqrt(): Tensor {
    return this.run(sqrt, [], undefined);
  }

  relu(): Tensor {
    return this.run(relu, [], undefined);
  }

  sigmoid(): Tensor {
    return this.run(sigmoid, [], undefined);
  }

  tanh(): Tensor {
    return this.run(tanh, [], undefined);
  }

  /** Returns the elements held between `min` and `max`, of which one may be left out. */
  clamp(options: ClampOptions): Tensor {
    return this.run(clamp, [], clampArgs('clamp', options, this.dtype));
  }

  eq(other: Operand): Tensor {
    return this.run(compare, [this.operand('eq', other)], 'eq');
  }

  ne(other: Operand): Tensor {
    return this.run(compare, [this.operand('ne', other)], 'ne');
  }

  lt(other: Operand): Tensor {
    return this.run(compare, [this.operand('lt', other)], 'lt');
  }

  le(other: Operand): Tensor {
    return this.run(compare, [this.operand('le', other)], 'le');
  }

  gt(other: Operand): Tensor {
    return this.run(compare, [this.operand('gt', other)], 'gt');
  }

  ge(other: Operand): Tensor {
    return this.run(compare, [this.operand('ge', other)], 'ge');
  }

  /** Whether shapes agree and |this - other| <= atol + rtol · |other| everywhere; NaN is close to nothing. */
  allclose(other: Tensor, options: { rtol?: number; atol?: number } = {}): boolean {
    checkOptions('allclose', options, ['rtol', 'atol']);
    const { rtol = 1e-5, atol = 1e-8 } = options;
    for (const [name, value] of Object.entries({ rtol, atol })) checkAtLeast('allclose', name, value, 0);
    requireTensor('allclose', other);
    // A copy may move the memory: the elements are looked up when both are there.
    const [{ buffer: x }, { buffer: y }] = [asRowMajor(this.array), asRowMajor(other.array)];
    const [a, b] = [x.array, y.array];
    const close = (v: number, w: number) =>
      v === w || (Number.isFinite(w) && Math.abs(v - w) <= atol + rtol * Math.abs(w));
    return sameShape(this.shape, other.shape) && a.every((v, i) => close(v, b[i]!));
  }

  // In place: a trailing underscore, as in PyTorch. The tape notices a change of what backward needs.

  add_(other: Operand): this {
    return this.runInPlace(add, [this.operand('add_', other)], undefined);
  }

  sub_(other: Operand): this {
    return this.runInPlace(sub, [this.operand('sub_', other)], undefined);
  }

  mul_(other: Operand): this {
    return this.runInPlace(mul, [this.operand('mul_', other)], undefined);
  }

  div_(other: Operand): this {
    return this.runInPlace(div, [this.operand('div_', other)], undefined);
  }

  relu_(): this {
    return this.runInPlace(relu, [], undefined);
  }

  clamp_(options: ClampOptions): this {
    return this.runInPlace(clamp, [], clampArgs('clamp_', options, this.dtype));
  }

  /** Takes over the elements of `other`, broadcast and converted. */
  copy_(other: Operand): this {
    if (typeof other === 'number') checkFits('copy_', other, this.dtype);
    return this.runInPlace(copy, [this.operand('copy_', other)], undefined);
  }

  fill_(value: number): this {
    checkFits('fill_', checkElement('fill_', 'value', value), this.dtype);
    return this.runInPlace(copy, [this.operand('fill_', value)], undefined, 'fill');
  }

  zero_(): this {
    return this.runInPlace(copy, [this.operand('zero_', 0)], undefined, 'zero');
  }
}

/** Returns the bounds; those of integers must be such, as in PyTorch. */
function clampArgs(op: string, options: ClampOptions, dtype: DType): { low: number; high: number } {
  checkOptions(op, options, ['min', 'max']);
  const { min = -Infinity, max = Infinity } = options;
  if (options.min === undefined && options.max === undefined) {
    throw new ArgumentError(
      `${op}: At least one of 'min' or 'max' must not be None, got ${describe(options)}`,
    );
  }
  for (const [name, value] of Object.entries({ min, max })) {
    checkElement(op, name, value);
    if (Number.isInteger(value)) checkFits(op, value, dtype);
  }
  return { low: min, high: max };
}
