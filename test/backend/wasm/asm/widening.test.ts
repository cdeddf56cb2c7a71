import { describe, expect, it } from 'vitest';
import { onBytes } from './every.ts';
import { filled, intLane } from './lanes.ts';

const [s8, u8, s16, u16] = [intLane(8, true), intLane(8, false), intLane(16, true), intLane(16, false)];
const [s32, u32, s64, u64] = [intLane(32, true), intLane(32, false), intLane(64, true), intLane(64, false)];

describe('a product or a sum into wider lanes', () => {
  it.each([
    ['i16x8', 'I8x16', s8, s16, u8, u16],
    ['i32x4', 'I16x8', s16, s32, u16, u32],
    ['i64x2', 'I32x4', s32, s64, u32, u64],
  ] as const)('%s', (shape, narrow, fromS, toS, fromU, toU) => {
    for (const [suffix, from, to] of [
      ['S', fromS, toS],
      ['U', fromU, toU],
    ] as const) {
      const count = 16 / to.bytes;
      const [a, b] = [filled(from, 2 * count, 5), filled(from, 2 * count, 6)];
      const low = onBytes(`${shape}.extmulLow${narrow}${suffix}`);
      const high = onBytes(`${shape}.extmulHigh${narrow}${suffix}`);
      for (let k = 0; k < count; k++) {
        expect(to.read(low(a, b), k)).toBe(from.read(a, k) * from.read(b, k));
        expect(to.read(high(a, b), k)).toBe(from.read(a, count + k) * from.read(b, count + k));
        if (shape === 'i64x2') continue;
        const pairs = onBytes(`${shape}.extaddPairwise${narrow}${suffix}`);
        expect(to.read(pairs(a), k)).toBe(from.read(a, 2 * k) + from.read(a, 2 * k + 1));
      }
    }
  });

  it('i32x4.dotI16x8S', () => {
    const [a, b] = [filled(s16, 8, 7), filled(s16, 8, 8)];
    const at = (k: number) => s16.read(a, k) * s16.read(b, k);
    for (let k = 0; k < 4; k++) {
      expect(s32.read(onBytes('i32x4.dotI16x8S')(a, b), k)).toBe(
        BigInt.asIntN(32, at(2 * k) + at(2 * k + 1)),
      );
    }
  });
});

describe('bytes moved about', () => {
  const a = Uint8Array.from({ length: 16 }, (_, k) => k);
  const b = Uint8Array.from({ length: 16 }, (_, k) => 100 + k);

  it('i8x16.shuffle takes bytes of both operands', () => {
    const lanes = [0, 16, 1, 17, 31, 15, 2, 3, 4, 5, 6, 7, 8, 9, 10, 30];
    const result = onBytes('i8x16.shuffle', lanes)(a, b);
    expect(lanes.map((_, k) => result.getUint8(k))).toEqual(
      lanes.map(lane => (lane < 16 ? lane : 84 + lane)),
    );
  });

  it('i8x16.swizzle takes bytes by a vector of indices, 0 out of range', () => {
    const indices = Uint8Array.from([3, 15, 16, 255, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    const result = onBytes('i8x16.swizzle')(b, indices);
    expect([...indices].map((_, k) => result.getUint8(k))).toEqual(
      [...indices].map(i => (i < 16 ? 100 + i : 0)),
    );
  });
});
