import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IdxData, parseIdx } from '../../src/data/idx.ts';
import { ArgumentError, DataError } from '../../src/errors.ts';
import { encodeIdx } from './encode-idx.ts';

const makers: ((values: number[]) => IdxData)[] = [
  values => Uint8Array.from(values),
  values => Int8Array.from(values),
  values => Int16Array.from(values),
  values => Int32Array.from(values),
  values => Float32Array.from(values),
  values => Float64Array.from(values),
];

const idxArrays = fc
  .record({ shape: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }), make: fc.constantFrom(...makers) })
  .chain(({ shape, make }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const value = fc.oneof(fc.integer(), fc.double());
    return fc
      .array(value, { minLength: length, maxLength: length })
      .map(values => ({ shape, data: make(values) }));
  });

describe('parseIdx', () => {
  it('reads what was written, for every element type and shape', () => {
    fc.assert(
      fc.property(idxArrays, ({ shape, data }) => {
        const parsed = parseIdx(encodeIdx(shape, data));
        expect(parsed.shape).toEqual(shape);
        expect(parsed.data).toEqual(data);
      }),
    );
  });

  it('reads the bytes of a slice of a larger buffer', () => {
    fc.assert(
      fc.property(idxArrays, fc.nat({ max: 9 }), ({ shape, data }, offset) => {
        const bytes = encodeIdx(shape, data);
        const larger = new Uint8Array(bytes.length + 20).fill(0xaa);
        larger.set(bytes, offset);
        expect(parseIdx(larger.subarray(offset, offset + bytes.length))).toEqual({ shape, data });
      }),
    );
  });

  it('throws a DataError for a file truncated at any byte', () => {
    fc.assert(
      fc.property(idxArrays, ({ shape, data }) => {
        const bytes = encodeIdx(shape, data);
        for (let end = 0; end < bytes.length; end++) {
          expect(() => parseIdx(bytes.subarray(0, end))).toThrow(DataError);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('throws a DataError for trailing bytes', () => {
    fc.assert(
      fc.property(idxArrays, fc.uint8Array({ minLength: 1 }), ({ shape, data }, tail) => {
        const bytes = Uint8Array.from([...encodeIdx(shape, data), ...tail]);
        expect(() => parseIdx(bytes)).toThrow(`${tail.length} trailing bytes`);
      }),
    );
  });

  it('either reads arbitrary bytes or throws a DataError', () => {
    const header = fc.tuple(fc.constantFrom(8, 9, 11, 12, 13, 14), fc.nat({ max: 255 }));
    const likely = fc
      .tuple(header, fc.uint8Array())
      .map(([start, rest]) => Uint8Array.from([0, 0, ...start, ...rest]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), likely), bytes => {
        try {
          const { shape, data } = parseIdx(bytes);
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does not copy bytes', () => {
    const bytes = encodeIdx([3], Uint8Array.of(1, 2, 3));
    expect(parseIdx(bytes).data.buffer).toBe(bytes.buffer);
  });

  it.each([
    ['an empty file', [], 'x: truncated; the magic number takes 4 bytes, found 0'],
    ['half a header', [0, 0, 8, 2, 0, 0, 0, 1, 0], 'x: truncated; the header takes 12 bytes, found 9'],
    [
      'missing elements',
      [0, 0, 0x0b, 1, 0, 0, 0, 3, 0, 1],
      'x: truncated; int16 of shape [3] takes 14 bytes with its header, found 10',
    ],
    [
      'one byte too many',
      [0, 0, 8, 1, 0, 0, 0, 1, 7, 7],
      'x: 1 trailing bytes; uint8 of shape [1] takes 9 bytes with its header, found 10',
    ],
    ['an unknown element type', [0, 0, 0x0a, 1], 'found 0x00000a01'],
    ['text', [...'<!DOCTYPE html>'].map(character => character.charCodeAt(0)), 'found 0x3c21444f'],
    ['gzip', [0x1f, 0x8b, 8, 0], 'found 0x1f8b0800: a gzip file, to be decompressed first'],
  ])('says what is wrong with %s', (_, bytes, message) => {
    const parse = () => parseIdx(Uint8Array.from(bytes), { source: 'x' });
    expect(parse).toThrow(DataError);
    expect(parse).toThrow(message);
  });

  it('tells the magic expected from the magic found', () => {
    const labels = encodeIdx([2], Uint8Array.of(1, 2));
    expect(() => parseIdx(labels, { source: 'train-images', magic: 0x803 })).toThrow(
      'train-images: expected magic 0x00000803 (uint8, dims: 3), found 0x00000801 (uint8, dims: 1)',
    );
    expect(parseIdx(labels, { magic: 0x801 }).data).toEqual(Uint8Array.of(1, 2));
  });

  it('survives dims whose product is beyond all bounds', () => {
    const huge = Uint8Array.from([0, 0, 8, 255, ...new Array(255 * 4).fill(255)]);
    expect(() => parseIdx(huge)).toThrow(DataError);
    huge.fill(0, 4, 8);
    expect(parseIdx(huge).data).toHaveLength(0);
  });

  it('rejects unknown options and things that are not bytes', () => {
    expect(() => parseIdx(new Uint8Array(4), { path: 'x' } as object)).toThrow(/unknown option 'path'/);
    expect(() => parseIdx('text' as unknown as Uint8Array)).toThrow(ArgumentError);
  });

  it('reads bytes of another realm', () => {
    const foreign = runInNewContext('bytes => Uint8Array.from(bytes)') as (bytes: Uint8Array) => Uint8Array;
    const parsed = parseIdx(foreign(encodeIdx([2], Int16Array.of(-300, 5))));
    expect(parsed).toEqual({ shape: [2], data: Int16Array.of(-300, 5) });
  });

  it.each<[unknown, object, RegExp]>([
    [undefined, {}, /^parseIdx: expected the bytes to be a Uint8Array, got undefined/],
    [new ArrayBuffer(8), {}, /got ArrayBuffer/],
    [[0, 0, 8, 0], {}, /got \[0, 0, 8, 0\]/],
    [new Int8Array(8), {}, /got Int8Array/],
    [new Uint8Array(8), { source: 3 }, /source.*string, got 3/],
    [new Uint8Array(8), { magic: '0x803' }, /magic.*integer.*'0x803'/],
    [new Uint8Array(8), { magic: Number.NaN }, /magic.*integer.*NaN/],
  ])('refuses %o with %o', (bytes, options, message) => {
    expect(() => parseIdx(bytes as never, options)).toThrow(ArgumentError);
    expect(() => parseIdx(bytes as never, options)).toThrow(message);
  });
});
