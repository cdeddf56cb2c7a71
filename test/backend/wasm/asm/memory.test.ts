import { describe, expect, it } from 'vitest';
import {
  drop,
  f32,
  f64,
  i32,
  i64,
  Module,
  memory as mem,
  v128,
} from '../../../../src/backend/wasm/asm/index.ts';
import { engine, run, runWithMemory } from './engine.ts';

const main = { name: 'main', params: {} } as const;

/** No two bytes alike, and at 8 (where most tests read) elements of every width with the sign bit set. */
const pattern = Uint8Array.from({ length: 64 }, (_, k) => (k % 8 === 5 ? k : 0x80 + k));

/** The instruction's result, with `pattern` in memory from byte 512 on and the address 520. */
function loaded(load: (address: number) => unknown): unknown {
  const { exports, memory } = runWithMemory(m => {
    const value = load(520) as ReturnType<typeof i32.load>;
    m.export(m.func({ name: 'main', params: {}, result: value }, () => value));
  });
  new Uint8Array(memory.buffer).set(pattern, 512);
  return exports.main();
}

const view = new DataView(pattern.buffer);

describe('a scalar load', () => {
  it.each([
    ['i32.load', i32.load, view.getInt32(8, true)],
    ['i32.load8S', i32.load8S, view.getInt8(8)],
    ['i32.load8U', i32.load8U, view.getUint8(8)],
    ['i32.load16S', i32.load16S, view.getInt16(8, true)],
    ['i32.load16U', i32.load16U, view.getUint16(8, true)],
    ['i64.load', i64.load, view.getBigInt64(8, true)],
    ['i64.load8S', i64.load8S, BigInt(view.getInt8(8))],
    ['i64.load8U', i64.load8U, BigInt(view.getUint8(8))],
    ['i64.load16S', i64.load16S, BigInt(view.getInt16(8, true))],
    ['i64.load16U', i64.load16U, BigInt(view.getUint16(8, true))],
    ['i64.load32S', i64.load32S, BigInt(view.getInt32(8, true))],
    ['i64.load32U', i64.load32U, BigInt(view.getUint32(8, true))],
    ['f32.load', f32.load, view.getFloat32(8, true)],
    ['f64.load', f64.load, view.getFloat64(8, true)],
  ] as const)('%s', (_, load, expected) => {
    expect(loaded(address => load(address))).toBe(expected);
    expect(loaded(address => load(address - 500, 500))).toBe(expected);
  });

  it('reads across alignment, and traps behind the end', () => {
    const { exports, memory } = runWithMemory(m => {
      m.export(m.func({ name: 'at', params: { p: i32 }, result: i32 }, (_, { p }) => i32.load(p, 3)));
    });
    new DataView(memory.buffer).setInt32(8, 77, true);
    expect(exports.at(5)).toBe(77);
    expect(exports.at(65536 - 7)).toBe(0);
    expect(() => exports.at(65536 - 6)).toThrow(engine.RuntimeError);
  });
});

/** The bytes that a store changes, as [address - 512, byte], over memory full of 0xee. */
function stored(write: (m: Module) => void): number[] {
  const { exports, memory } = runWithMemory(write);
  const bytes = new Uint8Array(memory.buffer).fill(0xee);
  exports.main();
  return [...bytes.slice(512, 528)];
}

describe('a store', () => {
  const ee = (count: number) => Array(count).fill(0xee);

  it.each([
    ['i32.store', (m: Module) => m.func(main, f => i32.store(f, 512, 0x04030201)), [1, 2, 3, 4]],
    ['i32.store8', (m: Module) => m.func(main, f => i32.store8(f, 512, 0x04030201)), [1]],
    ['i32.store16', (m: Module) => m.func(main, f => i32.store16(f, 500, 0x04030201, 12)), [1, 2]],
    [
      'i64.store',
      (m: Module) => m.func(main, f => i64.store(f, 512, 0x0807060504030201n)),
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    ['i64.store8', (m: Module) => m.func(main, f => i64.store8(f, 512, 0x0201n)), [1]],
    ['i64.store16', (m: Module) => m.func(main, f => i64.store16(f, 512, 0x030201n)), [1, 2]],
    ['i64.store32', (m: Module) => m.func(main, f => i64.store32(f, 512, 0x0504030201n)), [1, 2, 3, 4]],
    ['f32.store', (m: Module) => m.func(main, f => f32.store(f, 512, -0)), [0, 0, 0, 0x80]],
    ['f64.store', (m: Module) => m.func(main, f => f64.store(f, 512, 2)), [0, 0, 0, 0, 0, 0, 0, 0x40]],
  ] as const)('%s writes its bytes and no others', (_, write, bytes) => {
    expect(stored(m => m.export(write(m)))).toEqual([...bytes, ...ee(16 - bytes.length)]);
  });

  it.each([
    ['store8Lane', 1, 13],
    ['store16Lane', 2, 5],
    ['store32Lane', 4, 3],
    ['store64Lane', 8, 1],
  ] as const)('v128.%s writes one lane', (name, size, lane) => {
    const vector = v128.const(pattern.slice(0, 16));
    const bytes = stored(m => m.export(m.func(main, f => v128[name](f, 500, vector, lane, 12))));
    expect(bytes).toEqual([...pattern.slice(lane * size, (lane + 1) * size), ...ee(16 - size)]);
  });
});

describe('a vector load', () => {
  /** 16 bytes of the result of a load from `pattern`, 8 bytes in. */
  function vector(load: ReturnType<typeof v128.load>): number[] {
    const { exports, memory } = runWithMemory(m => {
      m.export(m.func(main, f => v128.store(f, 1024, load)));
    });
    const bytes = new Uint8Array(memory.buffer);
    bytes.set(pattern, 512);
    exports.main();
    return [...bytes.slice(1024, 1040)];
  }
  const at = [...pattern.slice(8, 24)];
  const repeat = (size: number) => at.map((_, k) => at[k % size]);

  it('takes all of 16 bytes, one element for every lane, or one and zeros', () => {
    expect(vector(v128.load(500, 20))).toEqual(at);
    expect(vector(v128.load8Splat(520))).toEqual(repeat(1));
    expect(vector(v128.load16Splat(520))).toEqual(repeat(2));
    expect(vector(v128.load32Splat(520))).toEqual(repeat(4));
    expect(vector(v128.load64Splat(520))).toEqual(repeat(8));
    expect(vector(v128.load32Zero(520))).toEqual(at.map((x, k) => (k < 4 ? x : 0)));
    expect(vector(v128.load64Zero(520))).toEqual(at.map((x, k) => (k < 8 ? x : 0)));
  });

  it('replaces one lane', () => {
    const zero = v128.const(new Uint8Array(16).fill(9));
    const only = (size: number, lane: number) =>
      at.map((_, k) => (Math.floor(k / size) === lane ? at[k % size] : 9));
    expect(vector(v128.load8Lane(520, zero, 15))).toEqual(only(1, 15));
    expect(vector(v128.load16Lane(520, zero, 6))).toEqual(only(2, 6));
    expect(vector(v128.load32Lane(500, zero, 2, 20))).toEqual(only(4, 2));
    expect(vector(v128.load64Lane(520, zero, 1))).toEqual(only(8, 1));
  });

  it.each([
    ['load8x8', 1],
    ['load16x4', 2],
    ['load32x2', 4],
  ] as const)('%sS and U extend elements to twice the width', (name, size) => {
    for (const suffix of ['S', 'U'] as const) {
      const expected = Array.from({ length: 8 / size }, (_, k) => {
        const element = at.slice(k * size, (k + 1) * size);
        const isNegative = suffix === 'S' && element[size - 1] >= 0x80;
        return [...element, ...Array(size).fill(isNegative ? 0xff : 0)];
      });
      expect(vector(v128[`${name}${suffix}`](520))).toEqual(expected.flat());
    }
  });
});

describe('memory', () => {
  it('grows, and tells its size', () => {
    const m = new Module();
    m.export(m.memory({ min: 2, max: 3 }));
    m.export(m.func({ name: 'size', params: {}, result: i32 }, () => mem.size()));
    m.export(m.func({ name: 'grow', params: { by: i32 }, result: i32 }, (f, { by }) => mem.grow(f, by)));
    const exports = run(m);
    expect(exports.size()).toBe(2);
    expect(exports.grow(1)).toBe(2);
    expect(exports.grow(1)).toBe(-1);
    expect(exports.size()).toBe(3);
  });

  it('copies and fills, overlapping ranges included', () => {
    const { exports, memory } = runWithMemory(m => {
      const three = { a: i32, b: i32, n: i32 };
      m.export(m.func({ name: 'copy', params: three }, (f, { a, b, n }) => mem.copy(f, a, b, n)));
      m.export(m.func({ name: 'fill', params: three }, (f, { a, b, n }) => mem.fill(f, a, b, n)));
    });
    const bytes = new Uint8Array(memory.buffer);
    bytes.set([1, 2, 3, 4], 8);
    exports.copy(10, 8, 4);
    expect([...bytes.slice(8, 16)]).toEqual([1, 2, 1, 2, 3, 4, 0, 0]);
    exports.fill(9, 0x1ff, 3);
    expect([...bytes.slice(8, 16)]).toEqual([1, 255, 255, 255, 3, 4, 0, 0]);
    expect(() => exports.fill(65530, 0, 7)).toThrow(engine.RuntimeError);
  });

  it('is read where an expression is used, not where it is built', () => {
    const { exports } = runWithMemory(m => {
      m.export(
        m.func({ name: 'late', params: {}, result: i32 }, f => {
          const value = i32.load(0);
          i32.store(f, 0, 5);
          return value;
        }),
      );
      m.export(
        m.func({ name: 'early', params: {}, result: i32 }, f => {
          const value = f.let(i32.load(0));
          i32.store(f, 0, 6);
          return value;
        }),
      );
      m.export(m.func({ name: 'touch', params: { p: i32 } }, (f, { p }) => drop(f, i32.load(p))));
    });
    expect([exports.late(), exports.early()]).toEqual([5, 5]);
    expect(() => exports.touch(65536)).toThrow(engine.RuntimeError);
  });
});
