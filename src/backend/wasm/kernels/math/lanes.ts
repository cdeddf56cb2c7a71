/** What functions of four float32 lanes have in common: their type, their constants, Horner's rule. */
import { f32x4, f64x2, i8x16, i32x4, i64x2, type Local, type Scope, type Val } from '../../asm/index.ts';

export type Lanes = Val<'v128'>;

/**
 * Applies a function to lanes. A member of this folder, such as `exp(f)`, returns one: call the member before the loop,
 * where it puts its constants into locals (not every engine moves them out of a loop by itself), and the result inside.
 */
export type LaneFunction = (x: Lanes) => Lanes;

/** Four lanes of one float32, in a local. */
export const floats = (f: Scope, value: number): Local<'v128'> =>
  f.let(f32x4.const(value, value, value, value), `${value}`);

/** Four lanes of one int32, in a local. */
export const ints = (f: Scope, value: number): Local<'v128'> =>
  f.let(i32x4.const(value, value, value, value), `${value}`);

/** Two lanes of one float64, in a local. */
export const doubles = (f: Scope, value: number): Local<'v128'> =>
  f.let(f64x2.const(value, value), `${value}`);

/** Two lanes of one int64, in a local. */
export const longs = (f: Scope, value: bigint): Local<'v128'> => f.let(i64x2.const(value, value), `${value}`);

const upperHalf = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const bothHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** A function of float64 lanes, applied to the lower and the upper two of each operand, and rounded to float32. */
export function inHalves<const X extends readonly Local<'v128'>[]>(
  f: Scope,
  operands: X,
  compute: (halves: { readonly [I in keyof X]: Lanes }) => Lanes,
): Lanes {
  const half = (part: (x: Lanes) => Lanes) =>
    f32x4.demoteF64x2Zero(
      compute(operands.map(x => f64x2.promoteLowF32x4(part(x))) as { readonly [I in keyof X]: Lanes }),
    );
  const low = f.let(half(x => x));
  return i8x16.shuffle(
    low,
    half(x => i8x16.shuffle(x, x, upperHalf)),
    bothHalves,
  );
}

/** c[0] + c[1] x + c[2] x² + …, by Horner's rule. `x` is a local, since it is read for every coefficient. */
export function polynomial(
  lanes: typeof f32x4 | typeof f64x2,
  x: Local<'v128'>,
  coefficients: readonly Lanes[],
): Lanes {
  return coefficients.reduceRight((sum, c) => lanes.add(lanes.mul(sum, x), c));
}
