import { isPlainObject } from '../arguments.ts';
import { typedArrayName } from '../dtype.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { checkShape, formatShape, numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';

/**
 * Returns the 256 values that bytes take as (byte / 255 - mean) / std, each step rounded to float32 as torchvision's
 * ToTensor and Normalize do. A batch of images is then one look-up per pixel. Errors name `op`.
 */
export function normalizedBytes(mean: number, std: number, op = 'normalize'): Float32Array {
  if (!isSingle(mean))
    throw new ArgumentError(`${op}: expected mean to be a finite number, got ${describe(mean)}`);
  if (!(isSingle(std) && Math.fround(std) > 0)) {
    throw new ArgumentError(`${op}: expected std to be a finite positive number, got ${describe(std)}`);
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
  if (!isPlainObject(images)) {
    throw new ArgumentError(`normalize: expected images { shape, data }, got ${describe(images)}`);
  }
  const { shape, data } = images;
  if (!Array.isArray(shape) || shape.length !== 3 || typedArrayName(data) !== 'Uint8Array') {
    throw new ShapeError(
      `normalize: expected bytes of shape [n, rows, columns], got ${describe(data)} ${describe(shape)}`,
    );
  }
  checkShape('normalize', shape);
  if (numel(shape) !== data.length) {
    throw new ShapeError(
      `normalize: images of shape ${formatShape(shape)} have ${numel(shape)} bytes, got ${data.length}`,
    );
  }
  const [count, rows, columns] = shape as [number, number, number];
  const values = lookUp(data as Uint8Array, normalizedBytes(mean, std));
  return Tensor.from(values, { shape: [count, 1, rows, columns] });
}

/** Whether float32 holds `value`, but for rounding. */
function isSingle(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

function lookUp(bytes: Uint8Array, table: Float32Array): Float32Array {
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i]!]!;
  return values;
}
