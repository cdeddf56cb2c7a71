import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { formatShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/**
 * Returns the 256 values that bytes take as (byte / 255 - mean) / std, each step rounded to float32 as torchvision's
 * ToTensor and Normalize do. A batch of images is then one look-up per pixel.
 */
export function normalizedBytes(mean: number, std: number): Float32Array {
  if (!Number.isFinite(mean))
    throw new ArgumentError(`normalize: mean must be finite, got ${describe(mean)}`);
  if (!(Number.isFinite(std) && Math.fround(std) > 0)) {
    throw new ArgumentError(`normalize: std must be finite and positive, got ${describe(std)}`);
  }
  const float = Math.fround;
  return Float32Array.from({ length: 256 }, (_, byte) => {
    const centred = float(float(byte / 255) - float(mean));
    return centred / float(std);
  });
}

/** Returns images of bytes, shape [n, rows, columns], as a float32 tensor [n, 1, rows, columns]: (x / 255 - mean) / std. */
export function normalize(
  images: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  mean: number,
  std: number,
): Tensor {
  const { shape, data } = images;
  if (shape.length !== 3 || !(data instanceof Uint8Array)) {
    throw new ShapeError(
      `normalize: expected bytes of shape [n, rows, columns], got ${describe(data)} ${formatShape(shape)}`,
    );
  }
  const [count, rows, columns] = shape as [number, number, number];
  return Tensor.from(lookUp(data, normalizedBytes(mean, std)), { shape: [count, 1, rows, columns] });
}

function lookUp(bytes: Uint8Array, table: Float32Array): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i]!]!;
  return values;
}
