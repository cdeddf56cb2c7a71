import { checkOptions } from '../arguments.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { Tensor } from '../tensor.ts';
import { checkIndex, type Dataset } from './dataset.ts';
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
  private readonly labels: Uint8Array;
  private readonly options: ImageDatasetOptions;
  private readonly values: Float32Array;

  /** Keeps `pixels`, one image after the other, and `labels`, one byte per image, without copying them. */
  constructor(pixels: Uint8Array, labels: Uint8Array, options: ImageDatasetOptions) {
    checkOptions('ImageDataset', options, ['size', 'mean', 'std']);
    const [rows, columns] = options.size;
    if (!(isCount(rows) && isCount(columns))) {
      throw new ArgumentError(
        `ImageDataset: size must be two positive integers, got ${describe(options.size)}`,
      );
    }
    if (pixels.length !== labels.length * rows * columns) {
      throw new ShapeError(
        `ImageDataset: ${labels.length} labels need ${labels.length} × ${rows} × ${columns} = ` +
          `${labels.length * rows * columns} pixels, got ${pixels.length}`,
      );
    }
    this.length = labels.length;
    this.pixels = pixels;
    this.labels = labels;
    this.options = options;
    this.values = normalizedBytes(options.mean, options.std);
  }

  get(index: number): [image: Tensor, label: Tensor] {
    checkIndex('ImageDataset.get', index, this.length);
    const { images, labels } = this.copy([index]);
    return [images.view([1, ...this.options.size]), labels.view([])];
  }

  batch(indices: Int32Array): [images: Tensor, labels: Tensor] {
    for (const index of indices) checkIndex('ImageDataset.batch', index, this.length);
    const { images, labels } = this.copy(indices);
    return [images, labels];
  }

  /** Returns the images `begin` … `end - 1` as a dataset over the same bytes; bounds as those of Array.slice. */
  slice(begin: number, end: number = this.length): ImageDataset {
    const [rows, columns] = this.options.size;
    const labels = this.labels.subarray(begin, end);
    const first = (labels.byteOffset - this.labels.byteOffset) * rows * columns;
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

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
