/// <reference types="node" />
import { constants } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { gunzipSync, constants as zlib } from 'node:zlib';
import { checkInteger, checkOptions } from '../arguments.ts';
import { parseIdxHeader } from '../data/idx.ts';
import { DataError } from '../errors.ts';
import { checkPath, entryAt } from './path.ts';

export interface ReadFileOptions {
  /** The most bytes that the file may have, and unpack to: 256 MiB (2 ** 28) by default. */
  maxBytes?: number;
}

const mostOfIdx = 2 ** 30;

/**
 * Returns the bytes of a file, decompressed if they are gzip. Throws a DataError that names the path, also for what is
 * not a file, and for more than `maxBytes`: a gzip file can unpack to a thousand times its size.
 */
export function readFile(path: string | URL, options: ReadFileOptions = {}): Uint8Array {
  checkOptions('readFile', options, ['maxBytes']);
  const file = checkPath('readFile', 'path', path);
  const { maxBytes = 2 ** 28 } = options;
  checkInteger('readFile', 'maxBytes', maxBytes, 1, constants.MAX_LENGTH);
  const bound = `the ${maxBytes} bytes of maxBytes`;
  const bytes = readBytes(file, maxBytes, bound);
  return isGzip(bytes) ? gunzip(file, bytes, maxBytes, bound) : bytes;
}

/** Returns the bytes of an IDX file; one that is gzipped is unpacked no further than its own header says. */
export function readIdx(path: string): Uint8Array {
  const bytes = readBytes(path, mostOfIdx, `the ${mostOfIdx} bytes that an IDX file may have`);
  if (bytes.length === 0) throw new DataError(`${path}: is an empty file`);
  if (!isGzip(bytes)) return bytes;
  const { contents, totalBytes } = parseIdxHeader(startOf(path, bytes), path);
  if (totalBytes > mostOfIdx) {
    throw new DataError(
      `${path}: its header says ${contents}, which takes ${totalBytes} bytes; at most ${mostOfIdx} are read`,
    );
  }
  return gunzip(path, bytes, totalBytes, `the ${totalBytes} bytes of its header's ${contents}`);
}

function readBytes(path: string, maxBytes: number, bound: string): Uint8Array {
  const entry = entryAt(path);
  if (entry !== 'a file' && entry !== 'nothing') {
    throw new DataError(`${path}: cannot be read (it is ${entry})`);
  }
  return attempt(path, 'cannot be read', () => {
    const { size } = statSync(path);
    if (size > maxBytes) throw new Error(`it has ${size} bytes, more than ${bound}`);
    return readFileSync(path);
  });
}

// The content decides, not the name: servers and browsers drop or keep `.gz` as they like.
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function gunzip(path: string, bytes: Uint8Array, maxBytes: number, bound: string): Uint8Array {
  return attempt(path, 'is a damaged gzip file', () => {
    try {
      return gunzipSync(bytes, { maxOutputLength: maxBytes });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')) throw error;
      throw new DataError(`${path}: unpacks to more than ${bound}`);
    }
  });
}

/** Returns the first bytes that a gzip file unpacks to, more than the header of any IDX file has. */
function startOf(path: string, bytes: Uint8Array): Uint8Array {
  const start = bytes.subarray(0, 4096);
  // Flushed, not finished, where the rest is left out: then its absence is no error.
  const finishFlush = start.length < bytes.length ? zlib.Z_SYNC_FLUSH : zlib.Z_FINISH;
  return attempt(path, 'is a damaged gzip file', () => gunzipSync(start, { finishFlush }));
}

function attempt<Result>(path: string, failure: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: ${failure} (${error instanceof Error ? error.message : error})`);
  }
}
