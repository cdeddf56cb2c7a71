import { checkNumber, checkOptions } from '../arguments.ts';
import { typedArrayName } from '../dtype.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { asBytes } from './bytes.ts';
import { checkIndex, checkIndices, type Dataset } from './dataset.ts';
import { normalizedBytes } from './normalize.ts';

export interface ImageDatasetOptions {
  /** Height and width of every image. */
  size: readonly [rows: number, columns: number];
  mean: number;
  std: number;
}

/**
 * A dataset of grey images and their labels: items are [float32 [1, rows, columns], int32 scalar], batches
 * [float32 [n, 1, rows, columns], int32 [n]].
 * The images stay bytes and are normalised when they are asked for: that is a quarter of the memory, and one
 * look-up per pixel.
 */
export class ImageDataset implements Dataset<[image: Tensor, label: Tensor]> {
  readonly length: number;
  private readonly pixels: Uint8Array;
  private readonly labels: Uint8Array | Int32Array;
  private readonly options: ImageDatasetOptions;
  private readonly values: Float32Array;

  /**
   * Keeps `pixels`, one image after the other, without copying them, and `labels`, one for each image: bytes and an
   * Int32Array are kept as they are, too, other lists of whole numbers are copied.
   */
  constructor(
    pixels: Uint8Array | Uint8ClampedArray,
    labels: ArrayLike<number>,
    options: ImageDatasetOptions,
  ) {
    checkOptions('ImageDataset', options, ['size', 'mean', 'std']);
    const [rows, columns] = checkSize(options.size);
    this.pixels = asBytes('ImageDataset', 'pixels', pixels);
    this.labels = labelsOf(labels);
    this.length = this.labels.length;
    if (pixels.length !== this.length * rows * columns) {
      throw new ShapeError(
        `ImageDataset: ${this.length} labels need ${this.length} × ${rows} × ${columns} = ` +
          `${this.length * rows * columns} pixels, got ${pixels.length}`,
      );
    }
    this.options = options;
    this.values = normalizedBytes(options.mean, options.std, 'ImageDataset');
  }

  get(index: number): [image: Tensor, label: Tensor] {
    checkIndex('ImageDataset.get', index, this.length);
    const { images, labels } = this.copy([index]);
    return [images.view([1, ...this.options.size]), labels.view([])];
  }

  batch(indices: Int32Array): [images: Tensor, labels: Tensor] {
    checkIndices('ImageDataset.batch', indices, this.length);
    const { images, labels } = this.copy(indices);
    return [images, labels];
  }

  /** Returns the images `begin` … `end - 1` as a dataset over the same bytes; bounds as those of Array.slice. */
  slice(begin: number, end: number = this.length): ImageDataset {
    checkNumber('ImageDataset.slice', 'begin', begin);
    checkNumber('ImageDataset.slice', 'end', end);
    const labels = this.labels.subarray(begin, end);
    const [rows, columns] = this.options.size;
    const skipped = (labels.byteOffset - this.labels.byteOffset) / labels.BYTES_PER_ELEMENT;
    const first = skipped * rows * columns;
    const pixels = this.pixels.subarray(first, first + labels.length * rows * columns);
    return new ImageDataset(pixels, labels, this.options);
  }

  /** Writes to the tensors' own elements: an array of its own for each batch would be as much garbage again. */
  private copy(indices: ArrayLike<number>): { images: Tensor; labels: Tensor } {
    const { pixels, values } = this;
    const size = this.options.size[0] * this.options.size[1];
    const images = Tensor.zeros([indices.length, 1, ...this.options.size]);
    const labels = Tensor.zeros([indices.length], { dtype: 'int32' });
    const [x, target] = [images.data, labels.data];
    for (let row = 0, to = 0; row < indices.length; row++) {
      const index = indices[row]!;
      const from = index * size;
      target[row] = this.labels[index]!;
      for (let pixel = from; pixel < from + size; pixel++) x[to++] = values[pixels[pixel]!]!;
    }
    return { images, labels };
  }
}

function checkSize(size: ImageDatasetOptions['size']): readonly [number, number] {
  const fits = Array.isArray(size) && size.length === 2 && size.every(n => Number.isInteger(n) && n > 0);
  if (fits) return size;
  throw new ArgumentError(
    `ImageDataset: size must be two positive integers [rows, columns], got ${describe(size)}`,
  );
}

function labelsOf(labels: ArrayLike<number>): Uint8Array | Int32Array {
  const kind = typedArrayName(labels);
  if (kind === 'Uint8Array' || kind === 'Int32Array') return labels as Uint8Array | Int32Array;
  if (kind === undefined && !Array.isArray(labels)) {
    throw new ArgumentError(
      `ImageDataset: expected labels to be a typed array or an array of integers, got ${describe(labels)}`,
    );
  }
  return Int32Array.from({ length: labels.length }, (_, i) => {
    const label: unknown = labels[i];
    if (typeof label === 'number' && label === (label | 0)) return label;
    throw new ArgumentError(`ImageDataset: expected label ${i} to be an int32, got ${describe(label)}`);
  });
}
