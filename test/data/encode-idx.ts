import type { IdxData } from '../../src/data/idx.ts';

type Write = (view: DataView, offset: number, value: number) => void;

const codes: Readonly<Record<string, { code: number; write: Write }>> = {
  Uint8Array: { code: 0x08, write: (view, offset, value) => view.setUint8(offset, value) },
  Int8Array: { code: 0x09, write: (view, offset, value) => view.setInt8(offset, value) },
  Int16Array: { code: 0x0b, write: (view, offset, value) => view.setInt16(offset, value) },
  Int32Array: { code: 0x0c, write: (view, offset, value) => view.setInt32(offset, value) },
  Float32Array: { code: 0x0d, write: (view, offset, value) => view.setFloat32(offset, value) },
  Float64Array: { code: 0x0e, write: (view, offset, value) => view.setFloat64(offset, value) },
};

/** Returns the IDX file of an array: the inverse of parseIdx, written apart from it. */
export function encodeIdx(shape: readonly number[], data: IdxData): Uint8Array {
  const { code, write } = codes[data.constructor.name]!;
  const header = 4 + 4 * shape.length;
  const bytes = new Uint8Array(header + data.byteLength);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, code, shape.length]);
  for (const [dim, size] of shape.entries()) view.setUint32(4 + 4 * dim, size);
  for (const [i, value] of data.entries()) write(view, header + i * data.BYTES_PER_ELEMENT, value);
  return bytes;
}

/** Returns the image and the label file of `count` images of 28 × 28; image i holds (i + pixel) % 256, label i % 10. */
export function encodeMnist(count: number): { images: Uint8Array; labels: Uint8Array } {
  const pixels = Uint8Array.from({ length: count * 28 * 28 }, (_, i) => Math.floor(i / 784) + (i % 784));
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  return { images: encodeIdx([count, 28, 28], pixels), labels: encodeIdx([count], labels) };
}
