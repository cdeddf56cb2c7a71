/** The logistic function. */
import { f32x4, type Scope, v128 } from '../../asm/index.ts';
import { exp } from './exp.ts';
import { floats, type LaneFunction } from './lanes.ts';

/** 1 / (1 + e⁻ˣ), within 2.5 ulp: e⁻ˣ where x > 0 and eˣ elsewhere, which cannot overflow. */
export function sigmoid(f: Scope): LaneFunction {
  const power = exp(f);
  const [zero, one] = [floats(f, 0), floats(f, 1)];

  return argument => {
    const x = f.let(argument);
    const e = f.let(power(f32x4.neg(f32x4.abs(x))));
    return f32x4.div(v128.bitselect(e, one, f32x4.lt(x, zero)), f32x4.add(one, e));
  };
}
