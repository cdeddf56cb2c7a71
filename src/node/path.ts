/// <reference types="node" />
import { lstatSync, type Stats, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ArgumentError, describe } from '../errors.ts';

/** What lies at a path: a file, a folder, nothing, or something else, in words that complete "it is …". */
export type Entry = 'a file' | 'a folder' | 'nothing' | (string & {});

/** Returns `value` as a path: a string that is not empty, or a file: URL. */
export function checkPath(op: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  if (isUrl(value) && value.protocol === 'file:') return fileURLToPath(value.href);
  const found = isUrl(value) ? value.href : describe(value);
  throw new ArgumentError(`${op}: expected ${name} to be a path or a file: URL, got ${found}`);
}

/** Returns what lies at `path`, after all links; does not open it, so that a FIFO does not block. */
export function entryAt(path: string): Entry {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats) return kindOf(stats);
    return lstatSync(path, { throwIfNoEntry: false }) ? 'a broken link' : 'nothing';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return 'nothing';
    return `out of reach: ${error instanceof Error ? error.message : error}`;
  }
}

function kindOf(stats: Stats): Entry {
  if (stats.isFile()) return 'a file';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a FIFO';
  return stats.isSocket() ? 'a socket' : 'a device';
}

// Not by instanceof: test environments bring a URL of their own.
function isUrl(value: unknown): value is URL {
  return typeof value === 'object' && value !== null && 'href' in value && 'protocol' in value;
}
