/// <reference types="node" />
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { DataError } from '../errors.ts';

/** Returns the bytes of a file, decompressed if they are gzip; throws a DataError that names the path. */
export function readFile(path: string): Uint8Array {
  const bytes = attempt(path, 'cannot be read', () => readFileSync(path));
  // The content decides, not the name: servers and browsers drop or keep `.gz` as they like.
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? attempt(path, 'is a damaged gzip file', () => gunzipSync(bytes)) : bytes;
}

function attempt<Result>(path: string, failure: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new DataError(`${path}: ${failure} (${error instanceof Error ? error.message : error})`);
  }
}
