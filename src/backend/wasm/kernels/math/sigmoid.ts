/** The logistic function. */
import { f32x4, f64x2, type Scope, v128 } from '../../asm/index.ts';
import { exp } from './exp.ts';
import { doubles, floats, inHalves, type LaneFunction } from './lanes.ts';

/**
 * 1 / (1 + e⁻ˣ), within 2 ulp: e⁻ˣ where x > 0 and eˣ elsewhere, which cannot overflow. Sum and quotient are float64, or
 * their roundings would add up to more.
 */
export function sigmoid(f: Scope): LaneFunction {
  const power = exp(f);
  const [zero, one, one64] = [floats(f, 0), floats(f, 1), doubles(f, 1)];

  return argument => {
    const x = f.let(argument);
    const e = f.let(power(f32x4.neg(f32x4.abs(x))));
    const numerator = f.let(v128.bitselect(e, one, f32x4.lt(x, zero)));
    return inHalves(f, [numerator, e], ([top, e64]) => f64x2.div(top, f64x2.add(one64, e64)));
  };
}
