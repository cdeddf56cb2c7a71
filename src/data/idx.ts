/**
 * IDX, the file format of MNIST: two zero bytes, a byte for the element type, a byte for the number of dims, each
 * dim as an unsigned 32-bit integer, then the elements, row-major. Everything is big-endian.
 * The format: https://en.wikipedia.org/wiki/MNIST_database and http://yann.lecun.com/exdb/mnist/
 */
import { checkInteger, checkOptions } from '../arguments.ts';
import { ArgumentError, DataError, describe } from '../errors.ts';
import { formatShape } from '../shape.ts';
import { asBytes } from './bytes.ts';

export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** The contents of an IDX file. Unsigned and signed bytes are views of the bytes parsed, not copies. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: IdxData;
}

export interface IdxOptions {
  /** What error messages call the bytes: a path or an address. */
  source?: string;
  /** The magic number that the bytes must start with, 0x803 for instance. Without it any IDX file will do. */
  magic?: number;
}

interface IdxType {
  readonly name: string;
  readonly bytes: number;
  read(view: DataView, length: number): IdxData;
}

/** What the header of an IDX file says; sizes in bytes, as far as they go beyond 2^53 rounded, or infinite. */
interface IdxHeader {
  readonly shape: readonly number[];
  readonly type: IdxType;
  readonly headerBytes: number;
  readonly totalBytes: number;
  /** The elements in words, for messages. */
  readonly contents: string;
}

const types: Readonly<Record<number, IdxType>> = {
  8: { name: 'uint8', bytes: 1, read: (v, n) => new Uint8Array(v.buffer, v.byteOffset, n) },
  9: { name: 'int8', bytes: 1, read: (v, n) => new Int8Array(v.buffer, v.byteOffset, n) },
  11: { name: 'int16', bytes: 2, read: (v, n) => fill(new Int16Array(n), i => v.getInt16(2 * i)) },
  12: { name: 'int32', bytes: 4, read: (v, n) => fill(new Int32Array(n), i => v.getInt32(4 * i)) },
  13: { name: 'float32', bytes: 4, read: (v, n) => fill(new Float32Array(n), i => v.getFloat32(4 * i)) },
  14: { name: 'float64', bytes: 8, read: (v, n) => fill(new Float64Array(n), i => v.getFloat64(8 * i)) },
};

/** Returns the shape and the elements of an IDX file; throws a DataError for bytes that are not exactly one. */
export function parseIdx(file: Uint8Array, options: IdxOptions = {}): IdxArray {
  checkOptions('parseIdx', options, ['source', 'magic']);
  const { source = 'IDX data', magic } = options;
  if (typeof source !== 'string') {
    throw new ArgumentError(`parseIdx: expected source to be a string, got ${describe(source)}`);
  }
  if (magic !== undefined) checkInteger('parseIdx', 'magic', magic, 0, 2 ** 32 - 1);
  const bytes = asBytes('parseIdx', 'the bytes', file);
  const { shape, type, headerBytes, totalBytes, contents } = parseIdxHeader(bytes, source, magic);
  // Before anything is allocated: the header may say what it likes.
  checkSize(source, contents, totalBytes, bytes.length);
  const { buffer, byteOffset } = bytes;
  return { shape, data: type.read(new DataView(buffer, byteOffset + headerBytes), elementCount(shape)) };
}

/** Returns what the header at the start of `bytes` says; what follows it may be missing. */
export function parseIdxHeader(bytes: Uint8Array, source: string, expectedMagic?: number): IdxHeader {
  const magic = idxMagic(bytes);
  if (magic === null) {
    throw new DataError(`${source}: truncated; the magic number takes 4 bytes, found ${bytes.length}`);
  }
  const type = checkMagic(source, magic, expectedMagic);
  const headerBytes = 4 + 4 * (magic & 0xff);
  if (bytes.length < headerBytes) {
    throw new DataError(`${source}: truncated; the header takes ${headerBytes} bytes, found ${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: magic & 0xff }, (_, dim) => view.getUint32(4 + 4 * dim));
  return {
    shape,
    type,
    headerBytes,
    totalBytes: headerBytes + elementCount(shape) * type.bytes,
    contents: `${type.name} of shape ${formatShape(shape)}`,
  };
}

/** Returns the first four bytes as a number, or null if there are fewer. */
export function idxMagic(bytes: Uint8Array): number | null {
  if (bytes.length < 4) return null;
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
}

function checkMagic(source: string, found: number, expected: number | undefined): IdxType {
  if (expected !== undefined && found !== expected) {
    throw new DataError(
      `${source}: expected magic ${describeMagic(expected)}, found ${describeMagic(found)}${hint(found)}`,
    );
  }
  const type = typeOf(found);
  if (type) return type;
  const known = Object.entries(types).map(([code, { name }]) => `0x${hex(Number(code), 2)} ${name}`);
  throw new DataError(
    `${source}: not an IDX file; expected magic 0x0000TTDD (TT the element type, one of ${known.join(', ')}; ` +
      `DD the number of dims), found 0x${hex(found, 8)}${hint(found)}`,
  );
}

function checkSize(source: string, contents: string, expected: number, found: number): void {
  if (found === expected) return;
  throw new DataError(
    found < expected
      ? `${source}: truncated; ${contents} takes ${expected} bytes with its header, found ${found}`
      : `${source}: ${found - expected} trailing bytes; ${contents} takes ${expected} bytes with its header, found ${found}`,
  );
}

function typeOf(magic: number): IdxType | undefined {
  // The two leading bytes must be zero: anything else makes the code too large for the table.
  return types[magic >>> 8];
}

// A zero dim decides at once: up to 255 dims of 2^32 - 1 would overflow to infinity, and 0 * Infinity is NaN.
function elementCount(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
}

function describeMagic(magic: number): string {
  const type = typeOf(magic);
  return `0x${hex(magic, 8)}${type ? ` (${type.name}, dims: ${magic & 0xff})` : ' (not IDX)'}`;
}

function hint(magic: number): string {
  return magic >>> 16 === 0x1f8b ? ': a gzip file, to be decompressed first' : '';
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

function fill<Values extends IdxData>(values: Values, element: (index: number) => number): Values {
  for (let i = 0; i < values.length; i++) values[i] = element(i);
  return values;
}
