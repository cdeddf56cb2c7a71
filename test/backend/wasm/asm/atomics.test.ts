import { describe, expect, it } from 'vitest';
import { atomic, i32, i64, Module, memory as mem } from '../../../../src/backend/wasm/asm/index.ts';
import { type Exports, engine, run, type WasmMemory } from './engine.ts';

function shared(build: (m: Module) => void): { exports: Exports; memory: WasmMemory } {
  const m = new Module('threads');
  m.importMemory('env', 'memory', { min: 1, max: 4, shared: true });
  build(m);
  const memory = new engine.Memory({ initial: 1, maximum: 4, shared: true });
  return { exports: run(m, { env: { memory } }), memory };
}

const rmw = {
  add: (a: bigint, b: bigint) => a + b,
  sub: (a: bigint, b: bigint) => a - b,
  and: (a: bigint, b: bigint) => a & b,
  or: (a: bigint, b: bigint) => a | b,
  xor: (a: bigint, b: bigint) => a ^ b,
  xchg: (_: bigint, b: bigint) => b,
};

const names = Object.keys(rmw) as (keyof typeof rmw)[];

describe('an atomic read-modify-write', () => {
  it.each(names)('%s gives the old value and writes the new one', name => {
    const { exports, memory } = shared(m => {
      m.export(
        m.func({ name: 'narrow', params: { p: i32, x: i32 }, result: i32 }, (f, { p, x }) =>
          i32.atomic.rmw[name](f, p, x, 8),
        ),
      );
      m.export(
        m.func({ name: 'wide', params: { p: i32, x: i64 }, result: i64 }, (f, { p, x }) =>
          i64.atomic.rmw[name](f, p, x, 8),
        ),
      );
    });
    const [ints, longs] = [new Int32Array(memory.buffer), new BigInt64Array(memory.buffer)];
    ints[4] = 0b1100;
    expect(exports.narrow(8, 0b1010)).toBe(0b1100);
    expect(BigInt(ints[4])).toBe(rmw[name](0b1100n, 0b1010n));
    longs[9] = 1n << 40n;
    expect(exports.wide(64, -3n)).toBe(1n << 40n);
    expect(longs[9]).toBe(rmw[name](1n << 40n, -3n));
    expect(() => exports.narrow(9, 1)).toThrow(engine.RuntimeError);
  });

  it('happens once, where it is written, however often its value is used', () => {
    const { exports, memory } = shared(m => {
      m.export(
        m.func({ name: 'ticket', params: {}, result: i32 }, f => {
          const mine = i32.atomic.rmw.add(f, 0, 1);
          i32.atomic.rmw.add(f, 0, 10);
          return i32.add(mine, i32.mul(mine, 100));
        }),
      );
    });
    const ints = new Int32Array(memory.buffer);
    ints[0] = 7;
    expect(exports.ticket()).toBe(707);
    expect(ints[0]).toBe(18);
  });

  it('cmpxchg writes only if the memory holds what is expected', () => {
    const { exports, memory } = shared(m => {
      const params = { expected: i32, next: i32 };
      m.export(
        m.func({ name: 'swap', params, result: i32 }, (f, { expected, next }) =>
          i32.atomic.rmw.cmpxchg(f, 0, expected, next),
        ),
      );
    });
    const ints = new Int32Array(memory.buffer);
    expect([exports.swap(1, 5), ints[0]]).toEqual([0, 0]);
    expect([exports.swap(0, 5), ints[0]]).toEqual([0, 5]);
    expect([exports.swap(5, 6), ints[0]]).toEqual([5, 6]);
  });
});

describe('atomic access', () => {
  it('loads, stores, fences', () => {
    const { exports, memory } = shared(m => {
      m.export(
        m.func({ name: 'main', params: { x: i64 }, result: i64 }, (f, { x }) => {
          i32.atomic.store(f, 0, i32.add(i32.atomic.load(f, 4), 1));
          atomic.fence(f);
          i64.atomic.store(f, 8, x);
          return i64.atomic.load(f, 0, 8);
        }),
      );
    });
    const ints = new Int32Array(memory.buffer);
    ints[1] = 41;
    expect(exports.main(99n)).toBe(99n);
    expect(ints[0]).toBe(42);
  });

  it('waits no longer than told, and wakes nobody when nobody sleeps', () => {
    const { exports, memory } = shared(m => {
      const params = { expected: i32 };
      m.export(
        m.func({ name: 'wait', params, result: i32 }, (f, { expected }) =>
          mem.atomic.wait32(f, 16, expected, 1_000_000n),
        ),
      );
      m.export(m.func({ name: 'wake', params: {}, result: i32 }, f => mem.atomic.notify(f, 16, 1)));
    });
    new Int32Array(memory.buffer)[4] = 3;
    expect(exports.wait(2)).toBe(1);
    expect(exports.wait(3)).toBe(2);
    expect(exports.wake()).toBe(0);
  });
});
