import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { normalize, normalizedBytes } from '../../src/data/normalize.ts';
import { ArgumentError, ShapeError, TensorError } from '../../src/errors.ts';

describe('normalizedBytes', () => {
  it('gives the float32 values of torchvision for MNIST', () => {
    // PyTorch: bytes.float().div(255).sub_(torch.tensor(0.1307)).div_(torch.tensor(0.3081))
    const values = normalizedBytes(0.1307, 0.3081);
    const expected = [-0.4242129623889923, -0.41148471832275391, 1.2050011157989502, 2.8214867115020752];
    expect([0, 1, 128, 255].map(byte => values[byte])).toEqual(expected);
  });

  it('is off by no more than float32 rounding', () => {
    for (const [byte, value] of normalizedBytes(0.286, 0.353).entries()) {
      expect(value).toBeCloseTo((byte / 255 - 0.286) / 0.353, 6);
    }
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e-60])('rejects a std of %s', std => {
    expect(() => normalizedBytes(0, std)).toThrow(ArgumentError);
  });

  it('rejects a mean that is not finite', () => {
    expect(() => normalizedBytes(Number.NaN, 1)).toThrow(ArgumentError);
  });
});

describe('normalize', () => {
  it('gives a float32 tensor with one channel', () => {
    const images = normalize({ shape: [2, 1, 2], data: Uint8Array.of(0, 255, 51, 102) }, 0, 0.5);
    expect(images.shape).toEqual([2, 1, 1, 2]);
    expect(images.dtype).toBe('float32');
    expect(images.data).toEqual(Float32Array.of(0, 2, Math.fround(0.2) / 0.5, Math.fround(0.4) / 0.5));
  });

  it('rejects what is not images of bytes', () => {
    expect(() => normalize({ shape: [4], data: new Uint8Array(4) }, 0, 1)).toThrow(ShapeError);
    expect(() => normalize({ shape: [1, 2, 2], data: new Float32Array(4) }, 0, 1)).toThrow(
      'normalize: expected bytes of shape [n, rows, columns], got Float32Array [1, 2, 2]',
    );
  });

  it('takes bytes of another realm', () => {
    const data = runInNewContext('Uint8Array.of(0, 255)') as Uint8Array;
    expect(normalize({ shape: [1, 1, 2], data }, 0, 1).data).toEqual(Float32Array.of(0, 1));
  });

  it.each<[unknown, unknown, unknown, RegExp]>([
    [undefined, 0, 1, /^normalize: expected images \{ shape, data \}, got undefined/],
    [new Uint8Array(4), 0, 1, /got Uint8Array/],
    [{ shape: [1, 2, 2] }, 0, 1, /expected bytes of shape \[n, rows, columns\], got undefined/],
    [{ shape: 4, data: new Uint8Array(4) }, 0, 1, /got Uint8Array 4/],
    [{ shape: [1, 2, 3], data: new Uint8Array(4) }, 0, 1, /shape \[1, 2, 3\] have 6 bytes, got 4/],
    [{ shape: [1, 2, 2], data: new Uint8Array(4) }, undefined, 1, /mean.*undefined/],
    [{ shape: [1, 2, 2], data: new Uint8Array(4) }, 0, '1', /std.*'1'/],
  ])('rejects %o with mean %o and std %o', (images, mean, std, message) => {
    const call = () => normalize(images as never, mean as never, std as never);
    expect(call).toThrow(TensorError);
    expect(call).toThrow(message);
  });
});
