import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { readFile } from '../../src/node/read-file.ts';
import { makeFolder, removeFolder } from './mnist-folder.ts';

const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6);
const folder = makeFolder({
  plain: bytes,
  packed: gzipSync(bytes),
  empty: new Uint8Array(),
  broken: gzipSync(bytes).subarray(0, 20),
});
afterAll(() => removeFolder(folder));

describe('readFile', () => {
  it('gives the bytes of plain and of gzip files', () => {
    expect([...readFile(join(folder, 'plain'))]).toEqual([...bytes]);
    expect([...readFile(join(folder, 'packed'))]).toEqual([...bytes]);
    expect(readFile(join(folder, 'empty'))).toHaveLength(0);
  });

  it.each([
    ['missing', 'cannot be read (ENOENT'],
    ['broken', 'is a damaged gzip file'],
  ])('names the path of a file that is %s', (name, message) => {
    expect(() => readFile(join(folder, name))).toThrow(DataError);
    expect(() => readFile(join(folder, name))).toThrow(`${join(folder, name)}: ${message}`);
  });
});
