/** The natural logarithm. */
import { f32x4, i32x4, type Scope, v128 } from '../../asm/index.ts';
import { floats, ints, type LaneFunction, polynomial } from './lanes.ts';

/** log 2 in two parts: k · high is exact for every exponent k. */
const [high, low] = [0.693359375, Math.LN2 - 0.693359375];

/** (log((1 + s) / (1 - s)) / s - 2) / s² in s², for |s| <= 3 - 2√2: minimax, the error of the logarithm is below 2⁻³⁰. */
const coefficients = [0.6666677594184875, 0.39977574348449707, 0.2987123727798462];

/** The bits of √½: mantissas are taken from [√½, √2). */
const rootHalf = 0x3f35_04f3;
const leastNormal = 2 ** -126;

/**
 * log x, within 1 ulp: k log 2 + log(1 + t) with x = 2ᵏ (1 + t), and log(1 + t) = t - t²/2 + s (t²/2 + R(s²)) where
 * s = t / (2 + t), which loses nothing near x = 1 (J.-M. Muller, Elementary Functions, 3rd ed. 2016; the arrangement is
 * that of FDLIBM, Sun Microsystems 1993).
 */
export function log(f: Scope): LaneFunction {
  const [zero, half, one, two] = [floats(f, 0), floats(f, 0.5), floats(f, 1), floats(f, 2)];
  const [infinity, nan] = [floats(f, Infinity), floats(f, Number.NaN)];
  const [log2High, log2Low] = [floats(f, high), floats(f, low)];
  const terms = coefficients.map(c => floats(f, c));
  const [normal, lift, lifted] = [floats(f, leastNormal), floats(f, 2 ** 23), floats(f, 23)];
  const [root, mantissa] = [ints(f, rootHalf), ints(f, 0x007f_ffff)];

  return argument => {
    const x = f.let(argument);
    const tiny = f.let(f32x4.lt(x, normal));
    const scaled = v128.bitselect(f32x4.mul(x, lift), x, tiny);
    const bits = f.let(i32x4.sub(scaled, root));
    const exponent = f32x4.convertI32x4S(i32x4.shrS(bits, 23));
    const k = f.let(f32x4.sub(exponent, v128.and(lifted, tiny)));
    const t = f.let(f32x4.sub(i32x4.add(v128.and(bits, mantissa), root), one));
    const s = f.let(f32x4.div(t, f32x4.add(two, t)));
    const z = f.let(f32x4.mul(s, s));
    const square = f.let(f32x4.mul(half, f32x4.mul(t, t)));
    const series = f32x4.mul(s, f32x4.add(square, f32x4.mul(z, polynomial(f32x4, z, terms))));
    const small = f32x4.add(series, f32x4.mul(k, log2Low));
    const finite = f32x4.add(f32x4.mul(k, log2High), f32x4.sub(t, f32x4.sub(square, small)));
    // Infinity and NaN are their own logarithms; log 0 = -∞, and of negative numbers there is none.
    const above = v128.bitselect(finite, x, f32x4.lt(x, infinity));
    const below = v128.bitselect(f32x4.neg(infinity), nan, f32x4.eq(x, zero));
    return v128.bitselect(below, above, f32x4.le(x, zero));
  };
}
