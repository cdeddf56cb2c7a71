import { checkOptions, isPlainObject } from '../arguments.ts';
import { ArgumentError, DataError, describe } from '../errors.ts';
import { asBytes } from './bytes.ts';
import { idxMagic, parseIdx } from './idx.ts';
import { ImageDataset } from './image-dataset.ts';

/** The bytes of a file, decompressed, and what error messages call it. */
export interface IdxFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface MnistOptions {
  /** Mean of the training pixels in 0 … 1; 0.1307 for the handwritten digits. */
  mean?: number;
  /** Standard deviation of the training pixels; 0.3081 for the handwritten digits. */
  std?: number;
}

const imageMagic = 0x803;
const labelMagic = 0x801;
const side = 28;
const classes = 10;

/**
 * Returns the dataset of 28 × 28 images and labels 0 … 9 that two IDX files hold (MNIST, Fashion-MNIST and others of
 * that shape). Throws a DataError that names the file if it is damaged, mislabelled, or not the other's partner.
 */
export function mnist(images: IdxFile, labels: IdxFile, options: MnistOptions = {}): ImageDataset {
  checkOptions('mnist', options, ['mean', 'std']);
  const { mean = 0.1307, std = 0.3081 } = options;
  checkFile('images', images);
  checkFile('labels', labels);
  checkNotSwapped(images, labels);
  const pixels = parseBytes(images, imageMagic);
  const targets = parseBytes(labels, labelMagic);
  const [count, rows, columns] = pixels.shape;
  if (count === 0) throw new DataError(`${images.path}: holds no images`);
  if (rows !== side || columns !== side) {
    throw new DataError(
      `${images.path}: expected images of ${side} × ${side} pixels, found ${rows} × ${columns}`,
    );
  }
  if (targets.shape[0] !== count) {
    throw new DataError(
      `${labels.path}: expected ${count} labels, one for each image in ${images.path}, found ${targets.shape[0]}`,
    );
  }
  const wrong = targets.data.findIndex(label => label >= classes);
  if (wrong >= 0) {
    throw new DataError(
      `${labels.path}: expected labels 0 … ${classes - 1}, found ${targets.data[wrong]} for image ${wrong}`,
    );
  }
  return new ImageDataset(pixels.data, targets.data, { size: [side, side], mean, std });
}

function checkFile(name: string, file: IdxFile): void {
  if (!isPlainObject(file) || typeof file.path !== 'string') {
    throw new ArgumentError(`mnist: expected ${name} to be a file { path, bytes }, got ${describe(file)}`);
  }
  asBytes('mnist', `the bytes of ${name}`, file.bytes);
}

function checkNotSwapped(images: IdxFile, labels: IdxFile): void {
  if (idxMagic(images.bytes) !== labelMagic || idxMagic(labels.bytes) !== imageMagic) return;
  throw new DataError(`${images.path} holds labels and ${labels.path} holds images: the two are swapped`);
}

function parseBytes({ path, bytes }: IdxFile, magic: number) {
  const { shape, data } = parseIdx(bytes, { source: path, magic });
  // Both magic numbers say unsigned bytes, so this only tells the compiler.
  return { shape, data: asBytes('mnist', path, data) };
}
