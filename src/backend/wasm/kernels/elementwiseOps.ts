/** What is computed of each element, four at a time. */
import type { BinaryOp, CompareOp, UnaryBackwardOp, UnaryOp } from '../../kernels.ts';
import { f32x4, i32x4, type Scope, v128 } from '../asm/index.ts';
import { exp } from './math/exp.ts';
import { floats, ints, type Lanes } from './math/lanes.ts';
import { log } from './math/log.ts';
import { pow } from './math/pow.ts';
import { sigmoid } from './math/sigmoid.ts';
import { tanh } from './math/tanh.ts';

/**
 * Returns what is applied to the operands, then the scalars, all of them locals. Is called once before the loop, for
 * its constants.
 */
export type ElementOp = (f: Scope) => (...operands: Lanes[]) => Lanes;

const unaryOps: Readonly<Record<UnaryOp, ElementOp>> = {
  neg: () => f32x4.neg,
  abs: () => f32x4.abs,
  exp,
  log,
  sqrt: () => f32x4.sqrt,
  // Compares with <=, so that NaN passes and -0 becomes 0.
  relu(f) {
    const zero = floats(f, 0);
    return x => v128.andnot(x!, f32x4.le(x!, zero));
  },
  sigmoid,
  tanh,
};

/** dx from dy and from x (abs) or y (all others). */
const unaryBackwardOps: Readonly<Record<`${UnaryBackwardOp}Backward`, ElementOp>> = {
  absBackward(f) {
    const [zero, one] = [floats(f, 0), floats(f, 1)];
    return (dy, x) => {
      const positive = v128.and(f32x4.gt(x!, zero), one);
      const negative = v128.and(f32x4.lt(x!, zero), one);
      return f32x4.mul(dy!, f32x4.sub(positive, negative));
    };
  },
  reluBackward(f) {
    const zero = floats(f, 0);
    return (dy, y) => v128.andnot(dy!, f32x4.le(y!, zero));
  },
  sqrtBackward: () => (dy, y) => f32x4.div(dy!, f32x4.add(y!, y!)),
  sigmoidBackward(f) {
    const one = floats(f, 1);
    return (dy, y) => f32x4.mul(f32x4.mul(dy!, y!), f32x4.sub(one, y!));
  },
  // 1 - y² as a product: near |y| = 1 it keeps all its digits.
  tanhBackward(f) {
    const one = floats(f, 1);
    return (dy, y) => f32x4.mul(dy!, f32x4.mul(f32x4.sub(one, y!), f32x4.add(one, y!)));
  },
};

const binaryOps: Readonly<Record<BinaryOp, ElementOp>> = {
  add: () => f32x4.add,
  sub: () => f32x4.sub,
  mul: () => f32x4.mul,
  div: () => f32x4.div,
  pow,
};

/** 1 where the comparison holds, else 0, as int32. */
function compareOp(op: CompareOp): ElementOp {
  return f => {
    const one = ints(f, 1);
    return (a, b) => v128.and(f32x4[op](a!, b!), one);
  };
}

const compareOps: Readonly<Record<CompareOp, ElementOp>> = {
  eq: compareOp('eq'),
  ne: compareOp('ne'),
  lt: compareOp('lt'),
  le: compareOp('le'),
  gt: compareOp('gt'),
  ge: compareOp('ge'),
};

const otherOps = {
  /** The scalar itself. */
  fill: () => value => value!,
  copy: () => x => x!,
  /** x between the scalars low and high. pmin and pmax return their first operand if they cannot compare: NaN stays. */
  clamp: () => (x, low, high) => f32x4.pmin(f32x4.pmax(x!, low!), high!),
  /** dy where x is between the scalars low and high, else 0. */
  clampBackward: () => (dy, x, low, high) => v128.and(v128.and(f32x4.ge(x!, low!), f32x4.le(x!, high!)), dy!),
  /** y · rest + x · weight, of two scalars. */
  lerp: () => (y, x, rest, weight) => f32x4.add(f32x4.mul(y!, rest!), f32x4.mul(x!, weight!)),
  /** a where the condition, an int32, is not 0, else b. */
  where(f) {
    const zero = ints(f, 0);
    return (condition, a, b) => v128.bitselect(b!, a!, i32x4.eq(condition!, zero));
  },
} satisfies Record<string, ElementOp>;

/** All of them, by the names by which kernels are asked for. */
export const elementOps = { ...unaryOps, ...unaryBackwardOps, ...binaryOps, ...compareOps, ...otherOps };
export type ElementName = keyof typeof elementOps;
