import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ArgumentError, DataError } from 'tinygrad-ts';
import { readFile } from 'tinygrad-ts/node';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder, removeFolder } from './mnist-folder.ts';
import { asOrdinaryUser } from './ordinary-user.ts';

const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 5, 6);
const folder = makeFolder({
  plain: bytes,
  packed: gzipSync(bytes),
  empty: new Uint8Array(),
  broken: gzipSync(bytes).subarray(0, 20),
  corrupt: corrupted(gzipSync(bytes)),
  twice: Buffer.concat([gzipSync(bytes.subarray(0, 4)), gzipSync(bytes.subarray(4))]),
  zeros: gzipSync(new Uint8Array(100_000)),
  secret: bytes,
});
mkdirSync(join(folder, 'folder'));
execFileSync('mkfifo', [join(folder, 'fifo')]);
symlinkSync('nowhere', join(folder, 'dangling'));
symlinkSync('loop', join(folder, 'loop'));
symlinkSync('plain', join(folder, 'link'));
chmodSync(folder, 0o755);
chmodSync(join(folder, 'secret'), 0);
afterAll(() => removeFolder(folder));

/** Returns a gzip file with another checksum than its contents have. */
function corrupted(packed: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(packed);
  copy[copy.length - 8]! ^= 1;
  return copy;
}

describe('readFile', () => {
  it('gives the bytes of plain and of gzip files', () => {
    expect([...readFile(join(folder, 'plain'))]).toEqual([...bytes]);
    expect([...readFile(join(folder, 'packed'))]).toEqual([...bytes]);
    expect(readFile(join(folder, 'empty'))).toHaveLength(0);
  });

  it('unpacks at most 256 MiB by default', () => {
    const path = join(folder, 'bomb');
    const member = gzipSync(new Uint8Array(2 ** 26));
    writeFileSync(path, Buffer.concat([member, member, member, member, gzipSync('1')]));
    expect(() => readFile(path)).toThrow(`${path}: unpacks to more than the 268435456 bytes of maxBytes`);
  });

  it('follows links and file: URLs', () => {
    expect([...readFile(join(folder, 'link'))]).toEqual([...bytes]);
    expect([...readFile(pathToFileURL(join(folder, 'packed')))]).toEqual([...bytes]);
  });

  it('reads all members of a gzip file', () => {
    expect([...readFile(join(folder, 'twice'))]).toEqual([...bytes]);
  });

  it('reads and unpacks at most maxBytes', () => {
    const zeros = join(folder, 'zeros');
    expect(readFile(zeros, { maxBytes: 100_000 })).toHaveLength(100_000);
    expect(readFile(zeros, { maxBytes: undefined } as object)).toHaveLength(100_000);
    const unpack = () => readFile(zeros, { maxBytes: 99_999 });
    expect(unpack).toThrow(DataError);
    expect(unpack).toThrow(`${zeros}: unpacks to more than the 99999 bytes of maxBytes`);
    const plain = join(folder, 'plain');
    expect(readFile(plain, { maxBytes: 10 })).toHaveLength(10);
    const read = () => readFile(plain, { maxBytes: 9 });
    expect(read).toThrow(DataError);
    expect(read).toThrow(`${plain}: cannot be read (it has 10 bytes, more than the 9 bytes of maxBytes)`);
  });

  it.each([
    ['missing', 'cannot be read (ENOENT'],
    ['broken', 'is a damaged gzip file (unexpected end of file)'],
    ['corrupt', 'is a damaged gzip file (incorrect data check)'],
    ['folder', 'cannot be read (it is a folder)'],
    ['fifo', 'cannot be read (it is a FIFO)'],
    ['dangling', 'cannot be read (it is a broken link)'],
    ['loop', 'cannot be read (it is out of reach: ELOOP'],
    ['plain/below', 'cannot be read (ENOTDIR'],
    ['a\0b', 'cannot be read (it is out of reach: '],
  ])('names the path of a file that is %s', (name, message) => {
    expect(() => readFile(join(folder, name))).toThrow(DataError);
    expect(() => readFile(join(folder, name))).toThrow(`${join(folder, name)}: ${message}`);
  });

  it('does not open a device', () => {
    expect(() => readFile('/dev/zero')).toThrow('/dev/zero: cannot be read (it is a device)');
  });

  it('names the path of a file that may not be read', () => {
    const path = join(folder, 'secret');
    const read = () => asOrdinaryUser(() => readFile(path));
    expect(read).toThrow(DataError);
    expect(read).toThrow(`${path}: cannot be read (EACCES`);
  });

  it.each([
    ['a number', 3, 'expected path to be a path or a file: URL, got 3'],
    ['null', null, 'got null'],
    ['an empty string', '', "got ''"],
    ['bytes', Buffer.from('a'), 'got Buffer'],
    ['an address', new URL('https://example.org/a'), 'got https://example.org/a'],
    ['nothing', undefined, 'got undefined'],
  ])('refuses %s as the path', (_, path, message) => {
    const read = () => readFile(path as string);
    expect(read).toThrow(ArgumentError);
    expect(read).toThrow(`readFile: expected path to be a path or a file: URL, got`);
    expect(read).toThrow(message);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '9', null])(
    'refuses %s as maxBytes',
    maxBytes => {
      const read = () => readFile(join(folder, 'plain'), { maxBytes } as { maxBytes: number });
      expect(read).toThrow(ArgumentError);
      expect(read).toThrow('readFile: expected maxBytes to be an integer from 1 to');
    },
  );

  it('refuses options that it does not have', () => {
    expect(() => readFile(join(folder, 'plain'), { limit: 9 } as object)).toThrow("unknown option 'limit'");
    expect(() => readFile(join(folder, 'plain'), 'utf8' as unknown as object)).toThrow(ArgumentError);
  });
});
