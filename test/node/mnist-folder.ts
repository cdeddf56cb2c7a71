import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMnist } from '../data/encode-idx.ts';

export type Files = Record<string, Uint8Array>;

/** Returns the four files of a tiny MNIST under their usual names. */
export function mnistFiles(train = 12, test = 6): Files {
  const [trainSet, testSet] = [encodeMnist(train), encodeMnist(test)];
  return {
    'train-images-idx3-ubyte': trainSet.images,
    'train-labels-idx1-ubyte': trainSet.labels,
    't10k-images-idx3-ubyte': testSet.images,
    't10k-labels-idx1-ubyte': testSet.labels,
  };
}

/** Returns a new temporary folder with `files` in it. */
export function makeFolder(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'mnist-'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true });
}
