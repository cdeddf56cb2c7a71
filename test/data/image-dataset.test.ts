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
});
