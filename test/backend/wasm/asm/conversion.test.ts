import { describe, expect, it } from 'vitest';
import { engine } from './engine.ts';
import { onBytes } from './every.ts';
import { f32Lane, f64Lane, filled, intLane, type Lane } from './lanes.ts';

const [s8, u8, s16, u16] = [intLane(8, true), intLane(8, false), intLane(16, true), intLane(16, false)];
const [s32, u32, s64, u64] = [intLane(32, true), intLane(32, false), intLane(64, true), intLane(64, false)];

type AnyLane = Lane<number> | Lane<bigint>;

const read = (lane: AnyLane, view: DataView, k: number): number | bigint => lane.read(view, k);

function saturate(lane: Lane<bigint>, x: number): bigint {
  const bits = BigInt(8 * lane.bytes);
  const [low, high] = lane.name.startsWith('s')
    ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
    : [0n, (1n << bits) - 1n];
  if (Number.isNaN(x)) return 0n;
  if (x <= Number(low)) return low;
  return x >= Number(high) ? high : BigInt(Math.trunc(x));
}

/** An int64 rounded to float32 once; by way of a float64 it would be rounded twice. */
function toF32(x: number | bigint): number {
  if (typeof x === 'number') return Math.fround(x);
  const big = x < 0n ? -x : x;
  const shift = BigInt(Math.max(0, big.toString(2).length - 40));
  // 40 bits decide, and what is below them only has to be noted as "not nothing".
  const sticky = shift > 0n && big & ((1n << shift) - 1n) ? 1n : 0n;
  const rounded = Math.fround(Number(((big >> shift) << 1n) | sticky)) * 2 ** (Number(shift) - 1);
  return x < 0n ? -rounded : rounded;
}

const int = (lane: Lane<bigint>) => (x: number | bigint) =>
  typeof x === 'bigint'
    ? BigInt[lane.name.startsWith('s') ? 'asIntN' : 'asUintN'](8 * lane.bytes, x)
    : saturate(lane, x);

const clampInt = (lane: Lane<bigint>) => (x: number | bigint) => saturate(lane, Number(x));

type Conversion = readonly [
  op: string,
  from: AnyLane,
  to: AnyLane,
  of: (x: number | bigint) => number | bigint,
];

const scalar: readonly Conversion[] = [
  ['i32.wrapI64', s64, s32, int(s32)],
  ['i64.extendI32S', s32, s64, x => x],
  ['i64.extendI32U', u32, u64, x => x],
  ['i64.extend32S', s64, s64, x => BigInt.asIntN(32, BigInt(x))],
  ['i32.truncSatF32S', f32Lane, s32, int(s32)],
  ['i32.truncSatF32U', f32Lane, u32, int(u32)],
  ['i32.truncSatF64S', f64Lane, s32, int(s32)],
  ['i32.truncSatF64U', f64Lane, u32, int(u32)],
  ['i64.truncSatF32S', f32Lane, s64, int(s64)],
  ['i64.truncSatF32U', f32Lane, u64, int(u64)],
  ['i64.truncSatF64S', f64Lane, s64, int(s64)],
  ['i64.truncSatF64U', f64Lane, u64, int(u64)],
  ['f32.convertI32S', s32, f32Lane, toF32],
  ['f32.convertI32U', u32, f32Lane, toF32],
  ['f32.convertI64S', s64, f32Lane, toF32],
  ['f32.convertI64U', u64, f32Lane, toF32],
  ['f32.demoteF64', f64Lane, f32Lane, toF32],
  ['f64.convertI32S', s32, f64Lane, Number],
  ['f64.convertI32U', u32, f64Lane, Number],
  ['f64.convertI64S', s64, f64Lane, Number],
  ['f64.convertI64U', u64, f64Lane, Number],
  ['f64.promoteF32', f32Lane, f64Lane, Number],
];

describe('a conversion of a scalar', () => {
  it.each(scalar)('%s', (op, from, to, of) => {
    const compute = onBytes(op);
    for (let seed = 0; seed < 200; seed++) {
      const operand = filled(from as Lane<number>, 1, seed);
      const x = read(from, operand, 0);
      expect(read(to, compute(operand), 0), `${op}(${x})`).toBe(of(x));
    }
  });

  it.each(scalar.filter(([op]) => op.includes('truncSat')))('%s, its trapping sister', (op, from, to, of) => {
    const compute = onBytes(op.replace('Sat', ''));
    const one = new DataView(new ArrayBuffer(8));
    for (const x of [-1.5, 0, 1.99, 123456.7]) {
      if (x < 0 && to.name.startsWith('u')) continue;
      (from as Lane<number>).write(one, 0, x);
      expect(read(to, compute(one), 0)).toBe(of(x));
    }
    for (const x of [Number.NaN, 1e30, -1e30]) {
      (from as Lane<number>).write(one, 0, x);
      expect(() => compute(one)).toThrow(engine.RuntimeError);
    }
  });

  it.each([
    ['i32.reinterpretF32', 4],
    ['i64.reinterpretF64', 8],
    ['f32.reinterpretI32', 4],
    ['f64.reinterpretI64', 8],
  ] as const)('%s keeps the bits', (op, bytes) => {
    const operand = Uint8Array.from({ length: bytes }, (_, k) => 0x40 + 3 * k);
    const result = onBytes(op)(operand);
    expect([...operand.keys()].map(k => result.getUint8(k))).toEqual([...operand]);
  });
});

/** Each lane of the result is `of` a lane of the operand, counted from `start`; lanes without one are 0. */
const lanewise: readonly (readonly [...Conversion, start: number])[] = [
  ['f32x4.convertI32x4S', s32, f32Lane, toF32, 0],
  ['f32x4.convertI32x4U', u32, f32Lane, toF32, 0],
  ['f32x4.demoteF64x2Zero', f64Lane, f32Lane, toF32, 0],
  ['f64x2.convertLowI32x4S', s32, f64Lane, Number, 0],
  ['f64x2.convertLowI32x4U', u32, f64Lane, Number, 0],
  ['f64x2.promoteLowF32x4', f32Lane, f64Lane, Number, 0],
  ['i32x4.truncSatF32x4S', f32Lane, s32, int(s32), 0],
  ['i32x4.truncSatF32x4U', f32Lane, u32, int(u32), 0],
  ['i32x4.truncSatF64x2SZero', f64Lane, s32, int(s32), 0],
  ['i32x4.truncSatF64x2UZero', f64Lane, u32, int(u32), 0],
  ['i16x8.extendLowI8x16S', s8, s16, x => x, 0],
  ['i16x8.extendHighI8x16S', s8, s16, x => x, 8],
  ['i16x8.extendLowI8x16U', u8, u16, x => x, 0],
  ['i16x8.extendHighI8x16U', u8, u16, x => x, 8],
  ['i32x4.extendLowI16x8S', s16, s32, x => x, 0],
  ['i32x4.extendHighI16x8S', s16, s32, x => x, 4],
  ['i32x4.extendLowI16x8U', u16, u32, x => x, 0],
  ['i32x4.extendHighI16x8U', u16, u32, x => x, 4],
  ['i64x2.extendLowI32x4S', s32, s64, x => x, 0],
  ['i64x2.extendHighI32x4S', s32, s64, x => x, 2],
  ['i64x2.extendLowI32x4U', u32, u64, x => x, 0],
  ['i64x2.extendHighI32x4U', u32, u64, x => x, 2],
];

describe('a conversion of lanes', () => {
  it.each(lanewise)('%s', (op, from, to, of, start) => {
    const compute = onBytes(op);
    for (let seed = 0; seed < 60; seed++) {
      const operand = filled(from as Lane<number>, 16 / from.bytes, seed);
      const result = compute(operand);
      for (let k = 0; k < 16 / to.bytes; k++) {
        const source =
          start + k < 16 / from.bytes ? of(read(from, operand, start + k)) : to.name[0] === 'f' ? 0 : 0n;
        expect(read(to, result, k), `lane ${k}`).toBe(source);
      }
    }
  });

  it.each([
    ['i8x16.narrowI16x8S', s16, s8],
    ['i8x16.narrowI16x8U', s16, u8],
    ['i16x8.narrowI32x4S', s32, s16],
    ['i16x8.narrowI32x4U', s32, u16],
  ] as const)('%s clamps, first operand in the low lanes', (op, from, to) => {
    const half = 16 / from.bytes;
    for (let seed = 0; seed < 60; seed++) {
      const operands = [filled(from, half, seed), filled(from, half, seed + 99)];
      const result = onBytes(op)(...operands);
      for (let k = 0; k < 2 * half; k++) {
        const x = from.read(operands[Math.floor(k / half)], k % half);
        expect(to.read(result, k)).toBe(clampInt(to)(x));
      }
    }
  });
});
