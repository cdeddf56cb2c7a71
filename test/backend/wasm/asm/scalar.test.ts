import { describe, expect, it } from 'vitest';
import { f32, f64, Module } from '../../../../src/backend/wasm/asm/index.ts';
import { engine, run } from './engine.ts';
import { onBytes } from './every.ts';
import { f32Lane, f64Lane, intLane, type Lane } from './lanes.ts';
import { floatOracles, intOracles } from './oracles.ts';

const one = <N extends number | bigint>(lane: Lane<N>, value: N): DataView => {
  const view = new DataView(new ArrayBuffer(lane.bytes));
  lane.write(view, 0, value);
  return view;
};

describe.each([
  ['i32', 32],
  ['i64', 64],
] as const)('%s', (type, bits) => {
  it.each(intOracles.filter(oracle => !oracle.only || oracle.only === 'scalar'))('$op', oracle => {
    const lane = intLane(bits, !oracle.op.endsWith('U'));
    const result = intLane(oracle.isTest ? 32 : bits, !oracle.op.endsWith('U'));
    const compute = onBytes(`${type}.${oracle.op}`);
    for (const a of lane.samples) {
      for (const b of lane.samples) {
        const expected = oracle.of(a, b, bits);
        if (expected === undefined) continue;
        const got = result.read(compute(one(lane, a), one(lane, b)), 0);
        expect(got, `${type}.${oracle.op}(${a}, ${b})`).toBe(oracle.isTest ? expected & 1n : wrap(expected));
      }
    }
    function wrap(value: bigint) {
      return oracle.op.endsWith('U') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
    }
  });

  it('traps on a division that has no result', () => {
    const lane = intLane(bits, true);
    const [zero, least] = [one(lane, 0n), one(lane, -(1n << BigInt(bits - 1)))];
    for (const op of ['divS', 'divU', 'remS', 'remU']) {
      expect(() => onBytes(`${type}.${op}`)(least, zero)).toThrow(engine.RuntimeError);
    }
    expect(() => onBytes(`${type}.divS`)(least, one(lane, -1n))).toThrow(engine.RuntimeError);
  });
});

describe.each([
  ['f32', f32Lane, Math.fround],
  ['f64', f64Lane, (x: number) => x],
] as const)('%s', (type, lane, round) => {
  it.each(floatOracles.filter(oracle => oracle.only !== 'lanes'))('$op', oracle => {
    const compute = onBytes(`${type}.${oracle.op}`);
    for (const a of lane.samples) {
      for (const b of lane.samples) {
        const bytes = compute(one(lane, a), one(lane, b));
        const got = oracle.isTest ? bytes.getInt32(0, true) : lane.read(bytes, 0);
        expect(got, `${type}.${oracle.op}(${a}, ${b})`).toBe(round(Number(oracle.of(a, b, 0))));
      }
    }
  });

  it('has constants that keep their bits', () => {
    const values = [0, -0, Math.PI, -1e-40, Number.POSITIVE_INFINITY, Number.NaN];
    const m = new Module();
    values.forEach((value, k) => {
      const tag = type === 'f32' ? f32 : f64;
      m.export(m.func({ name: `c${k}`, params: {}, result: tag as typeof f32 }, () => value));
    });
    const exports = run(m);
    values.forEach((value, k) => {
      expect(exports[`c${k}`]()).toBe(round(value));
    });
  });
});

describe('constants of exact bits', () => {
  it('keep the payload of a NaN', () => {
    const m = new Module();
    const bits32 = onBytes('i32.reinterpretF32');
    const payload = new Uint32Array([0x7fa12345]);
    expect(bits32(payload).getUint32(0, true)).toBe(0x7fa12345);
    expect(f32.constBits(0x7fa12345).code.slice(1)).toEqual([0x45, 0x23, 0xa1, 0x7f]);
    expect(f64.constBits(0x7ff0000000000001n).code.slice(1)).toEqual([1, 0, 0, 0, 0, 0, 0xf0, 0x7f]);
    m.export(m.func({ name: 'c', params: {}, result: f64 }, () => f64.constBits(0x7ff0000000000001n)));
    expect(run(m).c()).toBeNaN();
  });
});
