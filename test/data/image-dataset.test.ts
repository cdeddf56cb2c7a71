import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { defaultCollate } from '../../src/data/collate.ts';
import { ImageDataset } from '../../src/data/image-dataset.ts';
import { normalize } from '../../src/data/normalize.ts';
import { ArgumentError, ShapeError } from '../../src/errors.ts';

const size = [2, 3] as const;
const pixels = Uint8Array.from({ length: 30 }, (_, i) => 8 * i);
const labels = Uint8Array.of(3, 1, 4, 1, 5);

function numbered() {
  return new ImageDataset(pixels, labels, { size, mean: 0.25, std: 0.5 });
}

describe('ImageDataset', () => {
  it('has normalised images and int32 labels as items', () => {
    const [image, label] = numbered().get(2);
    expect(image.shape).toEqual([1, 2, 3]);
    const expected = normalize({ shape: [1, 2, 3], data: pixels.subarray(12, 18) }, 0.25, 0.5);
    expect(image.data).toEqual(expected.data);
    expect([label.shape, label.dtype, label.item()]).toEqual([[], 'int32', 4]);
  });

  it('gives batches that equal the collated items', () => {
    const indices = Int32Array.of(4, 0, 4);
    const [images, targets] = numbered().batch(indices);
    const [itemImages, itemTargets] = defaultCollate(Array.from(indices, index => numbered().get(index)));
    expect(images.shape).toEqual([3, 1, 2, 3]);
    expect(images.data).toEqual(itemImages.data);
    expect(targets.dtype).toBe('int32');
    expect(targets.data).toEqual(itemTargets.data);
  });

  it.each([
    [0, 2, [3, 1]],
    [1, 4, [1, 4, 1]],
    [-2, undefined, [1, 5]],
    [0, Number.POSITIVE_INFINITY, [3, 1, 4, 1, 5]],
    [4, 2, []],
  ])('slice(%s, %s) keeps images and labels together', (begin, end, expected) => {
    const slice = numbered().slice(begin, end);
    const first = numbered().length - numbered().slice(begin).length;
    expect(Array.from({ length: slice.length }, (_, i) => slice.get(i)[1].item())).toEqual(expected);
    for (let i = 0; i < slice.length; i++) {
      expect(slice.get(i)[0].data).toEqual(numbered().get(first + i)[0].data);
    }
  });

  it('slices a slice', () => {
    const twice = numbered().slice(1).slice(1, 3);
    expect(twice.get(0)[0].data).toEqual(numbered().get(2)[0].data);
    expect(twice.length).toBe(2);
  });

  it('rejects wrong sizes, indices and options', () => {
    const make = (options: object) => () =>
      new ImageDataset(pixels, labels, { size, mean: 0, std: 1, ...options });
    expect(make({ size: [2, 2] })).toThrow(
      new ShapeError('ImageDataset: 5 labels need 5 × 2 × 2 = 20 pixels, got 30'),
    );
    expect(make({ size: [0, 3] })).toThrow(ArgumentError);
    expect(make({ std: 0 })).toThrow(ArgumentError);
    expect(make({ sizes: size })).toThrow(/unknown option 'sizes'/);
    expect(() => numbered().get(5)).toThrow('index 5 is out of range for 5 items');
    expect(() => numbered().batch(Int32Array.of(-1))).toThrow('index -1 is out of range for 5 items');
  });

  it.each<[string, ArrayLike<number>]>([
    ['an array', [300, -100, 0, 1, 2]],
    ['an Int32Array', Int32Array.of(300, -100, 0, 1, 2)],
    ['a Float64Array of whole numbers', Float64Array.of(300, -100, 0, 1, 2)],
    ['an Int16Array of another realm', runInNewContext('Int16Array.of(300, -100, 0, 1, 2)')],
  ])('takes labels in %s', (_, given) => {
    const dataset = new ImageDataset(pixels, given, { size, mean: 0, std: 1 });
    const all = (set: ImageDataset) => Array.from({ length: set.length }, (_, i) => set.get(i)[1].item());
    expect(all(dataset)).toEqual([300, -100, 0, 1, 2]);
    const slice = dataset.slice(1, 3);
    expect(all(slice)).toEqual([-100, 0]);
    expect(slice.get(0)[0].data).toEqual(dataset.get(1)[0].data);
  });

  it('takes pixels of another realm, of a subclass, and those of a canvas', () => {
    const foreign = runInNewContext('Uint8Array.from({ length: 30 }, (_, i) => 8 * i)') as Uint8Array;
    for (const given of [foreign, Buffer.from(pixels), Uint8ClampedArray.from(pixels)]) {
      const dataset = new ImageDataset(given, labels, { size, mean: 0.25, std: 0.5 });
      expect(dataset.get(3)[0].data).toEqual(numbered().get(3)[0].data);
    }
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      'pixels that are floats',
      () => make(new Float32Array(30), labels),
      /pixels.*Uint8Array, got Float32Array/,
    ],
    ['pixels in an array', () => make([1, 2], labels), /pixels.*Uint8Array, got \[1, 2\]/],
    ['no pixels', () => make(undefined, labels), /pixels.*Uint8Array, got undefined/],
    ['labels that are fractions', () => make(pixels, [0, 1, 2, 3, 0.5]), /label 4 to be an int32, got 0\.5/],
    [
      'labels over int32',
      () => make(pixels, [2 ** 31, 1, 2, 3, 4]),
      /label 0 to be an int32, got 2147483648/,
    ],
    ['labels that are strings', () => make(pixels, ['a', 'b', 'c', 'd', 'e']), /label 0.*'a'/],
    ['missing labels', () => make(pixels, [1, undefined, 2, 3, 4]), /label 1.*undefined/],
    ['bigint labels', () => make(pixels, new BigInt64Array(5)), /label 0.*bigint/],
    ['no labels', () => make(pixels, null), /labels.*typed array or an array.*null/],
    ['no size', () => make(pixels, labels, { size: undefined }), /size.*\[rows, columns\], got undefined/],
    [
      'no mean',
      () => make(pixels, labels, { mean: undefined }),
      /^ImageDataset: .*mean.*finite number, got undefined/,
    ],
    ['a mean that float32 cannot hold', () => make(pixels, labels, { mean: 1e300 }), /mean.*1e\+300/],
    ['a std that float32 cannot hold', () => make(pixels, labels, { std: 1e300 }), /std.*1e\+300/],
    [
      "a std of '1'",
      () => make(pixels, labels, { std: '1' }),
      /^ImageDataset: .*std.*positive number, got '1'/,
    ],
    ['no options', () => new ImageDataset(pixels, labels, undefined as never), /^ImageDataset: .*options/],
    ['a slice from nowhere', () => numbered().slice(Number.NaN), /^ImageDataset\.slice: .*begin.*NaN/],
    ['a slice to a string', () => numbered().slice(0, '2' as never), /^ImageDataset\.slice: .*end.*'2'/],
    ['a batch of nothing', () => numbered().batch(undefined as never), /^ImageDataset\.batch: .*undefined/],
  ])('rejects %s', (_, call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });
});

function make(images: unknown, targets: unknown, options: object = {}): ImageDataset {
  return new ImageDataset(images as never, targets as never, { size, mean: 0, std: 1, ...options });
}
