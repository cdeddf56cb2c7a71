import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  f32Bytes,
  f64Bytes,
  name,
  section,
  sleb,
  uleb,
  vector,
} from '../../../../src/backend/wasm/asm/encode.ts';

function decode(bytes: readonly number[], signed: boolean): bigint {
  const value = bytes.reduce((sum, byte, k) => sum | (BigInt(byte & 0x7f) << BigInt(7 * k)), 0n);
  const bits = 7 * bytes.length;
  return signed ? BigInt.asIntN(bits, value) : value;
}

const continues = (bytes: readonly number[]) => bytes.map(byte => byte >= 0x80);

describe('LEB128', () => {
  it('decodes to the number that was encoded, unsigned', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(300), fc.maxSafeNat()), value => {
        const bytes = uleb(value);
        expect(decode(bytes, false)).toBe(BigInt(value));
        expect(continues(bytes)).toEqual(bytes.map((_, k) => k < bytes.length - 1));
      }),
    );
  });

  it('decodes to the number that was encoded, signed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(-300n, 300n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), value => {
        const bytes = sleb(value);
        expect(decode(bytes, true)).toBe(value);
        expect(continues(bytes)).toEqual(bytes.map((_, k) => k < bytes.length - 1));
      }),
    );
  });

  it('is as short as can be', () => {
    expect(uleb(127)).toEqual([0x7f]);
    expect(uleb(128)).toEqual([0x80, 0x01]);
    expect(uleb(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(uleb(2 ** 32 - 1)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(sleb(63)).toEqual([0x3f]);
    expect(sleb(64)).toEqual([0xc0, 0x00]);
    expect(sleb(-64)).toEqual([0x40]);
    expect(sleb(-123456)).toEqual([0xc0, 0xbb, 0x78]);
  });
});

describe('the bricks of the binary format', () => {
  it('writes names in UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), text => {
        const expected = [...new TextEncoder().encode(text)];
        expect(name(text)).toEqual([...uleb(expected.length), ...expected]);
      }),
    );
    expect(name('x\n%é')).toEqual([5, 0x78, 0x0a, 0x25, 0xc3, 0xa9]);
  });

  it('keeps -0, and writes NaN as the canonical NaN', () => {
    expect(f32Bytes(-0)).toEqual([0, 0, 0, 0x80]);
    expect(f32Bytes(Number.NaN)).toEqual([0, 0, 0xc0, 0x7f]);
    expect(f64Bytes(-0)).toEqual([0, 0, 0, 0, 0, 0, 0, 0x80]);
    expect(f64Bytes(Number.NaN)).toEqual([0, 0, 0, 0, 0, 0, 0xf8, 0x7f]);
  });

  it('counts a vector in items and a section in bytes', () => {
    expect(vector([[1, 2], [3]])).toEqual([2, 1, 2, 3]);
    expect(section(9, [7, 7, 7])).toEqual([9, 3, 7, 7, 7]);
  });
});
