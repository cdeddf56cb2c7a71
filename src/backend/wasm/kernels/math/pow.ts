/** Powers. */
import { f32x4, f64x2, i64x2, type Scope, v128 } from '../../asm/index.ts';
import { doubles, floats, inHalves, ints, type Lanes, longs, polynomial } from './lanes.ts';

type Halves = (x: Lanes) => Lanes;

/** log₂((1 + s) / (1 - s)) / s in s², for |s| <= 3 - 2√2: minimax, relative error below 2⁻³⁷. */
const logCoefficients = [
  2.8853900817937426, 0.9617966700683357, 0.5770841293396718, 0.41164466151362356, 0.3411815269855345,
];

/** 2ʳ for |r| <= ½: minimax, relative error below 2⁻³⁴. */
const powerCoefficients = [
  0.9999999999616768, 0.693147180728443, 0.24022651198133996, 0.05550410353417343, 0.009618027258336952,
  0.0013333922617261263, 0.00015469289603072323, 1.5201904832770498e-5,
];

/** The bits of √½ in float64. */
const rootHalf = 0x3fe6_a09e_667f_3bcdn;

/** log₂ x of two float64 lanes that hold float32 numbers >= 0, so that none is subnormal. */
function log2(f: Scope): Halves {
  const [root, mantissa] = [longs(f, rootHalf), longs(f, 0x000f_ffff_ffff_ffffn)];
  // An exponent, biased, in the last bits of 2⁵²: what becomes a float64 without a conversion.
  const [carrier, carried] = [longs(f, 0x4330_0000_0000_0000n), doubles(f, 2 ** 52 + 1024)];
  const [bias, one] = [longs(f, 1024n << 52n), doubles(f, 1)];
  const [zero, infinity] = [doubles(f, 0), doubles(f, Infinity)];
  const terms = logCoefficients.map(c => doubles(f, c));

  return x => {
    const bits = f.let(i64x2.sub(x, root));
    const k = f64x2.sub(v128.or(i64x2.shrU(i64x2.add(bits, bias), 52), carrier), carried);
    const m = f.let(i64x2.add(v128.and(bits, mantissa), root));
    const s = f.let(f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)));
    const z = f.let(f64x2.mul(s, s));
    const finite = f64x2.add(k, f64x2.mul(s, polynomial(f64x2, z, terms)));
    const above = v128.bitselect(finite, x, f64x2.lt(x, infinity));
    return v128.bitselect(f64x2.neg(infinity), above, f64x2.eq(x, zero));
  };
}

/** 2ᵗ of two float64 lanes, as far as float32 results go. */
function exp2(f: Scope): Halves {
  const [least, most, shift] = [doubles(f, -160), doubles(f, 130), doubles(f, 1.5 * 2 ** 52)];
  const bias = longs(f, 1023n);
  const terms = powerCoefficients.map(c => doubles(f, c));

  return argument => {
    const t = f.let(f64x2.pmin(f64x2.pmax(argument, least), most));
    const shifted = f.let(f64x2.add(t, shift));
    const r = f.let(f64x2.sub(t, f64x2.sub(shifted, shift)));
    return f64x2.mul(polynomial(f64x2, r, terms), i64x2.shl(i64x2.add(shifted, bias), 52));
  };
}

/** |x|ʸ with the sign or the NaN that belongs to a negative x; the values that need no logarithm come later. */
function general(f: Scope): (x: Lanes, y: Lanes) => Lanes {
  const [logarithm, power] = [log2(f), exp2(f)];
  const [zero, half, below] = [floats(f, 0), floats(f, 0.5), floats(f, -Infinity)];
  const [signBit, nan] = [ints(f, 0x8000_0000), floats(f, Number.NaN)];

  return (x, y) => {
    const magnitude = inHalves(f, [f.let(f32x4.abs(x)), f.let(y)], ([size, exponent]) =>
      power(f64x2.mul(logarithm(f.let(size)), exponent)),
    );
    const halfY = f.let(f32x4.mul(y, half));
    const whole = f32x4.eq(f32x4.nearest(y), y);
    const odd = v128.andnot(whole, f32x4.eq(f32x4.nearest(halfY), halfY));
    const signed = v128.or(magnitude, v128.and(v128.and(x, signBit), odd));
    const nowhere = v128.andnot(v128.and(f32x4.lt(x, zero), f32x4.gt(x, below)), whole);
    return v128.bitselect(nan, signed, nowhere);
  };
}

/**
 * xʸ, within 1 ulp: 2 to the power y log₂ x, in float64. The special values are those of IEEE 754 and C: 1 if y = 0, if
 * x = 1, and if x = -1 and y = ±∞.
 */
export function pow(f: Scope): (x: Lanes, y: Lanes) => Lanes {
  const compute = general(f);
  const [zero, one, infinity] = [floats(f, 0), floats(f, 1), floats(f, Infinity)];

  return (base, exponent) => {
    const [x, y] = [f.let(base), f.let(exponent)];
    const result = f.let(compute(x, y));
    const unit = v128.and(f32x4.eq(f32x4.abs(x), one), f32x4.eq(f32x4.abs(y), infinity));
    const isOne = v128.or(v128.or(f32x4.eq(x, one), f32x4.eq(y, zero)), unit);
    return v128.bitselect(one, result, isOne);
  };
}
