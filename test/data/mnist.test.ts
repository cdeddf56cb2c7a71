import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { mnist } from '../../src/data/mnist.ts';
import { normalizedBytes } from '../../src/data/normalize.ts';
import { ArgumentError, DataError } from '../../src/errors.ts';
import { encodeIdx, encodeMnist } from './encode-idx.ts';

const good = encodeMnist(12);
const load = ({ images = good.images, labels = good.labels } = {}) =>
  mnist({ path: 'a/images', bytes: images }, { path: 'a/labels', bytes: labels });

describe('mnist', () => {
  it('gives normalised images and labels', () => {
    const dataset = load();
    expect(dataset.length).toBe(12);
    const [images, labels] = dataset.batch(Int32Array.of(11, 0));
    expect(images.shape).toEqual([2, 1, 28, 28]);
    expect([...labels.data]).toEqual([1, 0]);
    const values = normalizedBytes(0.1307, 0.3081);
    expect(images.data[0]).toBe(values[11]);
    expect(images.data[784 + 200]).toBe(values[200]);
  });

  it('takes another mean and std', () => {
    const file = (bytes: Uint8Array) => ({ path: 'x', bytes });
    const dataset = mnist(file(good.images), file(good.labels), { mean: 0, std: 1 });
    expect(dataset.get(0)[0].data[255]).toBe(1);
    expect(() => mnist(file(good.images), file(good.labels), { sd: 1 } as object)).toThrow(
      /unknown option 'sd'/,
    );
  });

  it.each([
    ['labels for images', { images: good.labels }, 'a/images: expected magic 0x00000803'],
    ['images for labels', { labels: good.images }, 'a/labels: expected magic 0x00000801'],
    [
      'the two swapped',
      { images: good.labels, labels: good.images },
      'a/images holds labels and a/labels holds images: the two are swapped',
    ],
    ['truncated images', { images: good.images.subarray(0, 5000) }, 'a/images: truncated'],
    ['truncated labels', { labels: good.labels.subarray(0, 10) }, 'a/labels: truncated'],
    [
      'labels of another set',
      { labels: encodeMnist(11).labels },
      'a/labels: expected 12 labels, one for each image in a/images, found 11',
    ],
    [
      'a label beyond 9',
      { labels: encodeIdx([12], new Uint8Array(12).fill(10, 7)) },
      'a/labels: expected labels 0 … 9, found 10 for image 7',
    ],
    [
      'images of another size',
      { images: encodeIdx([12, 32, 28], new Uint8Array(12 * 32 * 28)) },
      'a/images: expected images of 28 × 28 pixels, found 32 × 28',
    ],
    ['no images', encodeMnist(0), 'a/images: holds no images'],
    ['no bytes', { images: new Uint8Array() }, 'a/images: truncated'],
  ])('rejects %s', (_, files, message) => {
    expect(() => load(files)).toThrow(DataError);
    expect(() => load(files)).toThrow(message);
  });

  it('takes bytes of another realm', () => {
    const foreign = runInNewContext('bytes => Uint8Array.from(bytes)') as (bytes: Uint8Array) => Uint8Array;
    expect(load({ images: foreign(good.images), labels: foreign(good.labels) }).length).toBe(12);
  });

  it.each<[unknown, RegExp]>([
    [undefined, /^mnist: expected images to be a file \{ path, bytes \}, got undefined/],
    ['a/images', /got 'a\/images'/],
    [good.images, /got Uint8Array/],
    [{ bytes: good.images }, /got an object \{ bytes \}/],
    [{ path: 'a/images' }, /^mnist: expected the bytes of images to be a Uint8Array, got undefined/],
    [{ path: 'a/images', bytes: good.images.buffer }, /Uint8Array, got ArrayBuffer/],
  ])('rejects %o in place of a file', (images, message) => {
    const call = () => mnist(images as never, { path: 'a/labels', bytes: good.labels });
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });
});
