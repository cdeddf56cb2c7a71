/** The hyperbolic tangent. */
import { f32x4, type Scope, v128 } from '../../asm/index.ts';
import { exp } from './exp.ts';
import { floats, ints, type LaneFunction, polynomial } from './lanes.ts';

/** (tanh x - x) / x³ in x², for |x| <= 0.55: minimax, the relative error of tanh x is below 2⁻²⁹. */
const coefficients = [
  -0.33333316445350647, 0.13332544267177582, -0.0538475476205349, 0.02105071395635605, -0.0062428489327430725,
];

/** tanh x, within 2 ulp: an odd polynomial near 0, else ±(1 - 2 / (e²ˣ + 1)) (Cody and Waite, ch. 13). */
export function tanh(f: Scope): LaneFunction {
  const power = exp(f);
  const [one, two, limit] = [floats(f, 1), floats(f, 2), floats(f, 0.55)];
  const sign = ints(f, 0x8000_0000);
  const terms = coefficients.map(c => floats(f, c));

  return argument => {
    const x = f.let(argument);
    const size = f.let(f32x4.abs(x));
    const e = power(f32x4.add(size, size));
    const far = f32x4.sub(one, f32x4.div(two, f32x4.add(e, one)));
    const z = f.let(f32x4.mul(size, size));
    const near = f32x4.add(size, f32x4.mul(f32x4.mul(size, z), polynomial(f32x4, z, terms)));
    return v128.or(v128.bitselect(near, far, f32x4.lt(size, limit)), v128.and(x, sign));
  };
}
