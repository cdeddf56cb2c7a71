/** The binary format's bricks: LEB128 numbers, floats, names, vectors and sections, all as arrays of bytes. */

/** The unsigned LEB128 bytes of an integer in [0, 2^53): seven bits a byte, lowest first, the top bit says "more". */
export function uleb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

/** The signed LEB128 bytes of an integer: as `uleb`, and bit 6 of the last byte is the sign. */
export function sleb(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const isLast = rest === (low & 0x40 ? -1n : 0n);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}

/** The bytes that `write` puts into a fresh buffer of `size` bytes (the view writes little-endian when told `true`). */
export function bytesOf(size: number, write: (view: DataView) => void): number[] {
  const buffer = new ArrayBuffer(size);
  write(new DataView(buffer));
  return [...new Uint8Array(buffer)];
}

/** The 4 bytes of a float32, rounded to nearest; every NaN is the canonical one, since engines store NaN as they like. */
export function f32Bytes(value: number): number[] {
  return bytesOf(4, v =>
    Number.isNaN(value) ? v.setUint32(0, 0x7fc00000, true) : v.setFloat32(0, value, true),
  );
}

/** The 8 bytes of a float64; every NaN is the canonical one. */
export function f64Bytes(value: number): number[] {
  return bytesOf(8, v =>
    Number.isNaN(value) ? v.setBigUint64(0, 0x7ff8n << 48n, true) : v.setFloat64(0, value, true),
  );
}

/** The UTF-8 bytes of a name behind their count. Percent-encoding is the encoder that every JavaScript engine has. */
export function name(text: string): number[] {
  const bytes: number[] = [];
  for (const [part] of encodeURIComponent(text).matchAll(/%..|./g)) {
    bytes.push(part.length === 3 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0));
  }
  return [...uleb(bytes.length), ...bytes];
}

/** The items, one after another, behind their count. */
export function vector(items: readonly (readonly number[])[]): number[] {
  return [...uleb(items.length), ...items.flat()];
}

/** The content behind its size in bytes and, before that, the byte that says what it is. */
export function section(id: number, content: readonly number[]): number[] {
  return [id, ...uleb(content.length), ...content];
}
