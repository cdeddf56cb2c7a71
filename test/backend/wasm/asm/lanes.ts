/** Lanes of every kind, with values worth trying, and vectors filled with them. */

export interface Lane<N extends number | bigint> {
  readonly name: string;
  readonly bytes: number;
  readonly samples: readonly N[];
  read(view: DataView, index: number): N;
  write(view: DataView, index: number, value: N): void;
}

/** Integers of `bits` bits, as bigints, signed or not. */
export function intLane(bits: number, signed: boolean): Lane<bigint> {
  const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
  const bytes = bits / 8;
  const one = 1n;
  const top = one << BigInt(bits - 1);
  const raw = [
    0n,
    1n,
    2n,
    3n,
    5n,
    7n,
    31n,
    100n,
    0x5an,
    -1n,
    -2n,
    -3n,
    -100n,
    top,
    top - 1n,
    top + 1n,
    0x123456789abcdefn,
  ];
  return {
    name: `${signed ? 's' : 'u'}${bits}`,
    bytes,
    samples: raw.map(value => wrap(bits, value)),
    read(view, index) {
      let value = 0n;
      for (let k = bytes - 1; k >= 0; k--) value = (value << 8n) | BigInt(view.getUint8(index * bytes + k));
      return wrap(bits, value);
    },
    write(view, index, value) {
      for (let k = 0; k < bytes; k++) {
        view.setUint8(index * bytes + k, Number(BigInt.asUintN(8, value >> BigInt(8 * k))));
      }
    },
  };
}

const floatSamples = [
  ...[0, -0, 1, -1, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.1, -0.3, 3.7, -3.7, 1e10, -1e10, 1e-40, 1e30, 3e38],
  ...[2147483647, -2147483648, 4294967296, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
];

export const f32Lane: Lane<number> = {
  name: 'f32',
  bytes: 4,
  samples: floatSamples.map(Math.fround),
  read: (view, index) => view.getFloat32(4 * index, true),
  write: (view, index, value) => view.setFloat32(4 * index, value, true),
};

export const f64Lane: Lane<number> = {
  name: 'f64',
  bytes: 8,
  samples: [...floatSamples, 1e300, -1e-320, 2 ** 53 + 2],
  read: (view, index) => view.getFloat64(8 * index, true),
  write: (view, index, value) => view.setFloat64(8 * index, value, true),
};

/** `count` lanes of samples; different for every `seed`, the same for the same one. */
export function filled<N extends number | bigint>(lane: Lane<N>, count: number, seed: number): DataView {
  const view = new DataView(new ArrayBuffer(lane.bytes * count));
  let state = Math.imul(seed + 1, 0x9e3779b9) >>> 0;
  for (let k = 0; k < count; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    lane.write(view, k, lane.samples[(state >>> 8) % lane.samples.length]);
  }
  return view;
}
