/** The exponential function. */
import { f32x4, i32x4, type Scope } from '../../asm/index.ts';
import { floats, ints, type LaneFunction, type Lanes, polynomial } from './lanes.ts';

/** log 2 in two parts: n · high is exact for the n that occur, so that x - n log 2 loses nothing. */
const [high, low] = [0.693359375, Math.LN2 - 0.693359375];

/** (eʳ - 1 - r) / r² for |r| <= log(2) / 2: minimax, the relative error of eʳ is below 2⁻²⁸. */
const coefficients = [
  0.4999999403953552, 0.1666652113199234, 0.04166826605796814, 0.008368683978915215, 0.001382094924338162,
];

/** To add it leaves the nearest integer in the last bits of the sum. */
const shifter = 1.5 * 2 ** 23;

/**
 * eˣ, within 1 ulp: 2ⁿ eʳ, where n is the integer nearest to x / log 2 (W. J. Cody and W. Waite, Software Manual for the
 * Elementary Functions, 1980). 2ⁿ is multiplied in two halves, so that the result overflows to infinity and underflows
 * by degrees.
 */
export function exp(f: Scope): LaneFunction {
  const [least, most] = [floats(f, -104), floats(f, 89)];
  const [perLog2, shift] = [floats(f, 1 / Math.LN2), floats(f, shifter)];
  const [log2High, log2Low] = [floats(f, high), floats(f, low)];
  const terms = coefficients.map(c => floats(f, c));
  const [one, bias] = [floats(f, 1), ints(f, 127)];
  const powerOfTwo = (n: Lanes) => i32x4.shl(i32x4.add(n, bias), 23);

  return argument => {
    // pmin and pmax return their first operand if they cannot compare: NaN stays.
    const x = f.let(f32x4.pmin(f32x4.pmax(argument, least), most));
    const shifted = f.let(f32x4.add(f32x4.mul(x, perLog2), shift));
    const n = f.let(f32x4.sub(shifted, shift));
    const r = f.let(f32x4.sub(f32x4.sub(x, f32x4.mul(n, log2High)), f32x4.mul(n, log2Low)));
    const rest = f32x4.mul(f32x4.mul(r, r), polynomial(f32x4, r, terms));
    const power = f32x4.add(f32x4.add(rest, r), one);
    const exponent = f.let(i32x4.sub(shifted, shift));
    const half = f.let(i32x4.shrS(exponent, 1));
    return f32x4.mul(f32x4.mul(power, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)));
  };
}
