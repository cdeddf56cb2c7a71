/**
 * The instructions under the names of the specification, in camel case: `i32.lt_s` is `i32.ltS`.
 *
 * A pure instruction takes its operands and returns an expression: `i32.add(a, b)`. One with an effect takes the
 * function body first and happens there: `f32.store(f, address, value)`.
 */
import * as constants from './constants.ts';
import { effects, expressions } from './instructions.ts';
import * as atomics from './opcodes/atomics.ts';
import * as floats from './opcodes/floats.ts';
import * as ints from './opcodes/ints.ts';
import * as access from './opcodes/memory.ts';
import * as simdFloats from './opcodes/simd-floats.ts';
import * as simdInts from './opcodes/simd-ints.ts';

export const i32 = {
  type: 'i32' as const,
  const: constants.i32Const,
  ...expressions('i32', ints.i32Table),
  ...expressions('i32', access.i32Loads),
  ...effects('i32', access.i32Stores),
  atomic: { ...effects('i32.atomic', atomics.i32Atomics), rmw: effects('i32.atomic.rmw', atomics.i32Rmw) },
};

export const i64 = {
  type: 'i64' as const,
  const: constants.i64Const,
  ...expressions('i64', ints.i64Table),
  ...expressions('i64', access.i64Loads),
  ...effects('i64', access.i64Stores),
  atomic: { ...effects('i64.atomic', atomics.i64Atomics), rmw: effects('i64.atomic.rmw', atomics.i64Rmw) },
};

export const f32 = {
  type: 'f32' as const,
  const: constants.f32Const,
  constBits: constants.f32ConstBits,
  ...expressions('f32', floats.f32Table),
  ...expressions('f32', access.f32Loads),
  ...effects('f32', access.f32Stores),
};

export const f64 = {
  type: 'f64' as const,
  const: constants.f64Const,
  constBits: constants.f64ConstBits,
  ...expressions('f64', floats.f64Table),
  ...expressions('f64', access.f64Loads),
  ...effects('f64', access.f64Stores),
};

export const v128 = {
  type: 'v128' as const,
  const: constants.v128Const,
  ...expressions('v128', simdInts.v128Table),
  ...expressions('v128', access.v128Loads),
  ...effects('v128', access.v128Stores),
};

export const f32x4 = { const: constants.f32x4Const, ...expressions('f32x4', simdFloats.f32x4Table) };
export const f64x2 = { const: constants.f64x2Const, ...expressions('f64x2', simdFloats.f64x2Table) };
export const i32x4 = { const: constants.i32x4Const, ...expressions('i32x4', simdInts.i32x4Table) };
export const i64x2 = { const: constants.i64x2Const, ...expressions('i64x2', simdInts.i64x2Table) };
export const i16x8 = expressions('i16x8', simdInts.i16x8Table);
export const i8x16 = expressions('i8x16', simdInts.i8x16Table);

export const memory = {
  ...expressions('memory', access.memoryReads),
  ...effects('memory', access.memoryEffects),
  atomic: effects('memory.atomic', atomics.memoryAtomics),
};

export const atomic = effects('atomic', atomics.fences);
