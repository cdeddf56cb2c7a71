/** Typed arrays as users bring them: of this realm or another, such as a frame or a `vm` context. */
import { typedArrayName } from '../dtype.ts';
import { ArgumentError, describe } from '../errors.ts';

/** Returns `value` as a Uint8Array on the same memory; throws unless it is an array of unsigned bytes. */
export function asBytes(op: string, name: string, value: unknown): Uint8Array {
  const kind = typedArrayName(value);
  if (kind === 'Uint8Array') return value as Uint8Array;
  if (kind === 'Uint8ClampedArray') {
    const { buffer, byteOffset, length } = value as Uint8ClampedArray;
    return new Uint8Array(buffer, byteOffset, length);
  }
  throw new ArgumentError(`${op}: expected ${name} to be a Uint8Array, got ${describe(value)}`);
}
