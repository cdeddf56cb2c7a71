import { describe, expect, expectTypeOf, it } from 'vitest';
import { defaultCollate } from '../../src/data/collate.ts';
import { TensorDataset } from '../../src/data/dataset.ts';
import { ArgumentError, ShapeError } from '../../src/errors.ts';
import { Tensor } from '../../src/tensor.ts';

function numbered() {
  const images = Tensor.from(
    Float32Array.from({ length: 24 }, (_, i) => i),
    { shape: [4, 2, 3] },
  );
  const labels = Tensor.from(Int32Array.of(7, 8, 9, 10));
  return new TensorDataset(images, labels);
}

describe('TensorDataset', () => {
  it('has the rows of its tensors as items', () => {
    const dataset = numbered();
    expect(dataset.length).toBe(4);
    const [image, label] = dataset.get(2);
    expectTypeOf(dataset.get(2)).toEqualTypeOf<[Tensor, Tensor]>();
    expect(image.toArray()).toEqual([
      [12, 13, 14],
      [15, 16, 17],
    ]);
    expect(label.dtype).toBe('int32');
    expect(label.shape).toEqual([]);
    expect(label.item()).toBe(9);
  });

  it('gives batches that equal the collated items, in any order and with repetitions', () => {
    const dataset = numbered();
    for (const indices of [[0, 1, 2, 3], [3, 0, 3], [1], []].map(list => Int32Array.from(list))) {
      const [images, labels] = dataset.batch(indices);
      expect(images.shape).toEqual([indices.length, 2, 3]);
      expect(labels.shape).toEqual([indices.length]);
      if (indices.length === 0) continue;
      const [itemImages, itemLabels] = defaultCollate(Array.from(indices, index => dataset.get(index)));
      expect(images.data).toEqual(itemImages.data);
      expect(labels.data).toEqual(itemLabels.data);
    }
  });

  it('follows later changes of its tensors, while batches taken before stay as they are', () => {
    const dataset = numbered();
    const [before] = dataset.batch(Int32Array.of(0));
    dataset.tensors[0].add_(100);
    expect(before.data[0]).toBe(0);
    expect(dataset.batch(Int32Array.of(0))[0].data[0]).toBe(100);
  });

  it('reads views in their logical order', () => {
    const transposed = new TensorDataset(Tensor.from([[1, 2], [3, 4]]).transpose(0, 1)); // biome-ignore format: a matrix
    expect(transposed.get(0)[0].toArray()).toEqual([1, 3]);
  });

  it('takes any number of tensors', () => {
    expect(new TensorDataset(Tensor.zeros([2, 3])).get(1)).toHaveLength(1);
    expect(new TensorDataset(Tensor.zeros([2]), Tensor.ones([2]), Tensor.ones([2])).get(1)).toHaveLength(3);
  });

  it('rejects tensors that disagree on the first dim, and none at all', () => {
    const make = () => new TensorDataset(Tensor.zeros([2, 3]), Tensor.zeros([3]));
    expect(make).toThrow(ShapeError);
    expect(make).toThrow('expected tensors with the same first dim, got [2, 3], [3]');
    expect(() => new TensorDataset()).toThrow(ShapeError);
    expect(() => new TensorDataset(Tensor.from(1))).toThrow(ShapeError);
  });

  it.each([-1, 4, 0.5, Number.NaN])('rejects index %s', index => {
    expect(() => numbered().get(index)).toThrow(ArgumentError);
    expect(() => numbered().get(index)).toThrow('out of range for 4 items');
  });

  it('rejects a batch with an index out of range', () => {
    expect(() => numbered().batch(Int32Array.of(0, 4))).toThrow('index 4 is out of range for 4 items');
  });

  it.each<[string, unknown[], RegExp]>([
    [
      'a list of tensors',
      [[Tensor.ones([2]), Tensor.ones([2])]],
      /got \[Tensor, Tensor\]; write new data\.TensorDataset\(x, y\)$/,
    ],
    ['arrays', [[[1, 2]], [0]], /got \[\[1, 2\]\]; make one with Tensor\.from$/],
    ['typed arrays', [Tensor.ones([2]), new Float32Array(2)], /got Float32Array/],
    ['undefined', [undefined], /got undefined/],
    ['null', [Tensor.ones([2]), null], /got null/],
  ])('rejects %s', (_, tensors, message) => {
    expect(() => new TensorDataset(...(tensors as Tensor[]))).toThrow(ArgumentError);
    expect(() => new TensorDataset(...(tensors as Tensor[]))).toThrow(message);
  });

  it.each([undefined, null, 3, '01', {}, [1.5], ['0'], [undefined]])('rejects a batch of %o', indices => {
    expect(() => numbered().batch(indices as never)).toThrow(ArgumentError);
    expect(() => numbered().batch(indices as never)).toThrow(/^TensorDataset.batch: /);
  });
});
