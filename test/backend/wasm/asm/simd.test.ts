import { describe, expect, it } from 'vitest';
import { every, onBytes } from './every.ts';
import { f32Lane, f64Lane, filled, intLane, type Lane } from './lanes.ts';
import { floatOracles, intOracles, shiftOracles } from './oracles.ts';

const trials = Array.from({ length: 60 }, (_, seed) => seed);

const has = (op: string) => every.some(entry => entry.op === op);

function readAll<N extends number | bigint>(lane: Lane<N>, view: DataView): N[] {
  return Array.from({ length: view.byteLength / lane.bytes }, (_, k) => lane.read(view, k));
}

describe.each([
  ['i8x16', 8],
  ['i16x8', 16],
  ['i32x4', 32],
  ['i64x2', 64],
] as const)('%s', (shape, bits) => {
  const laneCount = 128 / bits;

  it.each(intOracles.filter(({ op, only }) => only !== 'scalar' && has(`${shape}.${op}`)))('$op', oracle => {
    const isSigned = !oracle.op.endsWith('U');
    const lane = intLane(bits, isSigned);
    const compute = onBytes(`${shape}.${oracle.op}`);
    for (const seed of trials) {
      const [a, b] = [filled(lane, laneCount, seed), filled(lane, laneCount, seed + 1000)];
      const [x, y] = [readAll(lane, a), readAll(lane, b)];
      const wrap = isSigned ? BigInt.asIntN : BigInt.asUintN;
      const expected = x.map((value, k) => wrap(bits, oracle.of(value, y[k], bits) ?? 0n));
      expect(readAll(lane, compute(a, b))).toEqual(expected);
    }
  });

  it.each(shiftOracles)('$op', oracle => {
    const lane = intLane(bits, oracle.op !== 'shrU');
    const compute = onBytes(`${shape}.${oracle.op}`);
    for (const by of [0, 1, 5, 7, bits - 1, bits, bits + 3, -1]) {
      const a = filled(lane, laneCount, by);
      const wrap = oracle.op === 'shrU' ? BigInt.asUintN : BigInt.asIntN;
      const expected = readAll(lane, a).map(x => wrap(bits, oracle.of(x, BigInt(by), bits) ?? 0n));
      expect(readAll(lane, compute(a, new Int32Array([by])))).toEqual(expected);
    }
  });

  it('splat, extractLane and replaceLane reach every lane', () => {
    const lane = intLane(bits, true);
    const scalar = bits === 64 ? new BigInt64Array([-3n]) : new Int32Array([-3]);
    expect(readAll(lane, onBytes(`${shape}.splat`)(scalar))).toEqual(Array(laneCount).fill(-3n));
    const a = filled(lane, laneCount, 1);
    for (let k = 0; k < laneCount; k++) {
      const expected = readAll(lane, a).map((x, j) => (j === k ? -3n : x));
      expect(readAll(lane, onBytes(`${shape}.replaceLane`, k)(a, scalar))).toEqual(expected);
      for (const isSigned of [true, false]) {
        const name = `${shape}.extractLane${bits >= 32 ? '' : isSigned ? 'S' : 'U'}`;
        const from = intLane(bits, isSigned || bits >= 32);
        const to = intLane(Math.max(bits, 32), true);
        expect(to.read(onBytes(name, k)(a), 0)).toBe(from.read(a, k));
      }
    }
  });

  it('allTrue and bitmask look at all lanes', () => {
    const lane = intLane(bits, true);
    for (const seed of trials) {
      const a = filled(lane, laneCount, seed);
      const lanes = readAll(lane, a);
      const mask = lanes.reduce((sum, x, k) => sum | (x < 0n ? 1 << k : 0), 0);
      expect(onBytes(`${shape}.bitmask`)(a).getInt32(0, true)).toBe(mask);
      expect(onBytes(`${shape}.allTrue`)(a).getInt32(0, true)).toBe(lanes.every(x => x !== 0n) ? 1 : 0);
    }
  });
});

describe.each([
  ['f32x4', f32Lane, intLane(32, true), Math.fround],
  ['f64x2', f64Lane, intLane(64, true), (x: number) => x],
] as const)('%s', (shape, lane, maskLane, round) => {
  const laneCount = 16 / lane.bytes;

  it.each(floatOracles.filter(({ only }) => only !== 'scalar'))('$op', oracle => {
    const compute = onBytes(`${shape}.${oracle.op}`);
    for (const seed of trials) {
      const [a, b] = [filled(lane, laneCount, seed), filled(lane, laneCount, seed + 1000)];
      const [x, y] = [readAll(lane, a), readAll(lane, b)];
      const expected = x.map((value, k) => Number(oracle.of(value, y[k], 0)));
      const result = compute(a, b);
      if (oracle.isTest) {
        expect(readAll(maskLane, result)).toEqual(expected.map(isTrue => -BigInt(isTrue)));
      } else {
        expect(readAll(lane, result)).toEqual(expected.map(round));
      }
    }
  });

  it('splat, extractLane and replaceLane reach every lane', () => {
    const scalar = lane.bytes === 4 ? new Float32Array([-0.1]) : new Float64Array([-0.1]);
    expect(readAll(lane, onBytes(`${shape}.splat`)(scalar))).toEqual(Array(laneCount).fill(round(-0.1)));
    const a = filled(lane, laneCount, 4);
    for (let k = 0; k < laneCount; k++) {
      const expected = readAll(lane, a).map((x, j) => (j === k ? round(-0.1) : x));
      expect(readAll(lane, onBytes(`${shape}.replaceLane`, k)(a, scalar))).toEqual(expected);
      expect(lane.read(onBytes(`${shape}.extractLane`, k)(a), 0)).toBe(lane.read(a, k));
    }
  });
});

describe('v128', () => {
  const bits = intLane(64, false);
  const [a, b, mask] = [1, 2, 3].map(seed => filled(bits, 2, seed));
  const [x, y, m] = [a, b, mask].map(view => readAll(bits, view));
  const flip = (value: bigint) => BigInt.asUintN(64, ~value);

  it.each([
    ['not', (k: number) => flip(x[k])],
    ['and', (k: number) => x[k] & y[k]],
    ['andnot', (k: number) => x[k] & flip(y[k])],
    ['or', (k: number) => x[k] | y[k]],
    ['xor', (k: number) => x[k] ^ y[k]],
    ['bitselect', (k: number) => (x[k] & m[k]) | (y[k] & flip(m[k]))],
  ] as const)('%s', (op, of) => {
    expect(readAll(bits, onBytes(`v128.${op}`)(a, b, mask))).toEqual([of(0), of(1)]);
  });

  it('anyTrue finds a single bit', () => {
    const anyTrue = onBytes('v128.anyTrue');
    expect(anyTrue(new Uint8Array(16)).getInt32(0, true)).toBe(0);
    expect(anyTrue(new Uint8Array(16).fill(8, 15)).getInt32(0, true)).toBe(1);
  });
});
