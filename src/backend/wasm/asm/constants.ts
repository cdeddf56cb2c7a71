/** Constants as expressions, and the step from what a caller writes (an expression or a number) to an expression. */
import { bytesOf, f32Bytes, f64Bytes, sleb } from './encode.ts';
import { AsmError } from './errors.ts';
import type { Val, ValType } from './types.ts';

function literal<T extends ValType>(type: T, opcode: readonly number[], value: readonly number[]): Val<T> {
  return { type, op: `${type}.const`, code: [...opcode, ...value], operands: [] };
}

/** The signed reading of 32 bits that are given as a signed or an unsigned integer. */
function int32(op: string, value: number): number {
  if (Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32) return value | 0;
  throw new AsmError(`${op} takes an integer of 32 bits, got ${value}`);
}

/** The signed reading of 64 bits that are given as a signed or an unsigned integer. */
function int64(op: string, value: bigint): bigint {
  if (value >= -(2n ** 63n) && value < 2n ** 64n) return BigInt.asIntN(64, value);
  throw new AsmError(`${op} takes an integer of 64 bits, got ${value}`);
}

/** An `i32.const`. Takes the signed and the unsigned reading of 32 bits: -1 and 0xffffffff are the same constant. */
export function i32Const(value: number): Val<'i32'> {
  const constant = int32('i32.const', value);
  return { ...literal('i32', [0x41], sleb(constant)), constant };
}

/** An `i64.const`, from the signed or the unsigned reading of 64 bits. */
export function i64Const(value: bigint): Val<'i64'> {
  const constant = int64('i64.const', value);
  return { ...literal('i64', [0x42], sleb(constant)), constant };
}

/** An `f32.const`: `value` rounded to nearest even. -0 stays; NaN is the canonical NaN (for others, `f32.constBits`). */
export const f32Const = (value: number): Val<'f32'> => literal('f32', [0x43], f32Bytes(value));

/** An `f32.const` with exactly these 32 bits. */
export const f32ConstBits = (bits: number): Val<'f32'> =>
  literal(
    'f32',
    [0x43],
    bytesOf(4, view => view.setUint32(0, bits, true)),
  );

/** An `f64.const`. -0 stays; NaN is the canonical NaN (for others, `f64.constBits`). */
export const f64Const = (value: number): Val<'f64'> => literal('f64', [0x44], f64Bytes(value));

/** An `f64.const` with exactly these 64 bits. */
export const f64ConstBits = (bits: bigint): Val<'f64'> =>
  literal(
    'f64',
    [0x44],
    bytesOf(8, view => view.setBigUint64(0, bits, true)),
  );

/** A `v128.const` of 16 bytes, lane 0 first. */
export function v128Const(bytes: ArrayLike<number>): Val<'v128'> {
  if (bytes.length !== 16) throw new AsmError(`v128.const takes 16 bytes, got ${bytes.length}`);
  return literal('v128', [0xfd, 0x0c], [...Uint8Array.from(bytes)]);
}

/** A `v128.const` of four float32 lanes. */
export const f32x4Const = (a: number, b: number, c: number, d: number): Val<'v128'> =>
  v128Const([a, b, c, d].flatMap(f32Bytes));

/** A `v128.const` of two float64 lanes. */
export const f64x2Const = (a: number, b: number): Val<'v128'> => v128Const([a, b].flatMap(f64Bytes));

/** A `v128.const` of four int32 lanes, signed or unsigned. */
export const i32x4Const = (a: number, b: number, c: number, d: number): Val<'v128'> =>
  v128Const(
    [a, b, c, d].flatMap(lane => bytesOf(4, view => view.setInt32(0, int32('i32x4.const', lane), true))),
  );

/** A `v128.const` of two int64 lanes, signed or unsigned. */
export const i64x2Const = (a: bigint, b: bigint): Val<'v128'> =>
  v128Const(
    [a, b].flatMap(lane => bytesOf(8, view => view.setBigInt64(0, int64('i64x2.const', lane), true))),
  );

/** True of what is an expression. */
function isVal(operand: unknown): operand is Val<ValType> {
  return typeof operand === 'object' && operand !== null && 'operands' in operand;
}

function toConstant(type: ValType, operand: unknown): unknown {
  if (typeof operand === 'bigint') return type === 'i64' ? i64Const(operand) : operand;
  if (typeof operand !== 'number') return operand;
  if (type === 'i32') return i32Const(operand);
  if (type === 'f32') return f32Const(operand);
  if (type === 'f64') return f64Const(operand);
  return operand;
}

/**
 * The operand as an expression of type `type`. tsc has checked it where the caller is typed; this check is for the
 * others, and for casts. `where` begins the message.
 */
export function toVal<T extends ValType>(type: T, operand: unknown, where: string): Val<T> {
  const value = toConstant(type, operand);
  if (isVal(value) && value.type === type) return value as Val<T>;
  const got = isVal(value) ? `${value.op} of type ${value.type}` : `${typeof value} ${String(value)}`;
  throw new AsmError(`${where} takes ${type}, got ${got}`);
}
