import { describe, expect, it } from 'vitest';
import {
  call,
  f32,
  f32x4,
  f64,
  forRange,
  i32,
  i64,
  Module,
  v128,
} from '../../../../src/backend/wasm/asm/index.ts';
import { engine, run } from './engine.ts';

/** The sum of the `n` float32 numbers at `x`. */
function sum(m: Module) {
  return m.func({ name: 'sum', params: { n: i32, x: i32 }, result: f32 }, (f, { n, x }) => {
    const [i, total] = [f.local(i32, 'i'), f.local(f32, 'total')];
    forRange(f, i, 0, n, 1, () => total.set(f32.add(total, f32.load(i32.add(x, i32.shl(i, 2))))));
    return total;
  });
}

describe('a module', () => {
  it('of nothing is valid', () => {
    expect(engine.validate(new Module().toBytes())).toBe(true);
  });

  it('lists its imports and exports', () => {
    const m = new Module();
    m.importFunc('host', 'log', { params: { x: f32 } });
    const memory = m.importMemory('env', 'memory', { min: 1, max: 2, shared: true });
    m.export(memory, 'heap');
    m.export(m.global(i32, 7, 'top'));
    m.export(sum(m), 'total');
    const compiled = new engine.Module(m.toBytes());
    expect(engine.Module.imports(compiled)).toEqual([
      { module: 'host', name: 'log', kind: 'function' },
      { module: 'env', name: 'memory', kind: 'memory' },
    ]);
    expect(engine.Module.exports(compiled)).toEqual([
      { name: 'heap', kind: 'memory' },
      { name: 'top', kind: 'global' },
      { name: 'total', kind: 'function' },
    ]);
  });

  it('calls functions of its own and of the host, arguments by name', () => {
    const m = new Module();
    const log = m.importFunc('host', 'log', { params: { x: f64, k: i32 } });
    const ask = m.importFunc('host', 'ask', { params: {}, result: i64 });
    const sub = m.func({ name: 'sub', params: { a: i32, b: i32 }, result: i32 }, (_, { a, b }) =>
      i32.sub(a, b),
    );
    m.export(
      m.func({ name: 'main', params: { n: i32 }, result: i64 }, (f, { n }) => {
        const difference = call(f, sub, { b: n, a: 100 });
        call(f, log, { x: 1.5, k: i32.add(difference, difference) });
        return call(f, ask, {});
      }),
    );
    const logged: number[][] = [];
    const host = { log: (x: number, k: number) => logged.push([x, k]), ask: () => 5n };
    expect(run(m, { host }).main(30)).toBe(5n);
    expect(logged).toEqual([[1.5, 140]]);
  });

  it('keeps globals of every type', () => {
    const m = new Module();
    const count = m.global(i32, -3);
    const scale = m.global(f32, -0);
    const vector = m.global(v128, f32x4.const(1, 2, 3, 4));
    m.export(
      m.func({ name: 'main', params: {}, result: f32 }, f => {
        count.set(f, i32.add(count, 5));
        scale.set(f, f32.add(f32.convertI32S(count), f32x4.extractLane(vector, 3)));
        return f32.mul(scale, 10);
      }),
    );
    const { main } = run(m);
    expect([main(), main()]).toEqual([60, 110]);
  });

  it('writes equal function types once', () => {
    const grow = (count: number) => {
      const m = new Module();
      for (let k = 0; k < count; k++)
        m.func({ name: `f${k}`, params: { x: i32 }, result: i32 }, (_, { x }) => x);
      return m.toBytes();
    };
    const typeCount = (bytes: Uint8Array) => bytes[10];
    expect([typeCount(grow(1)), typeCount(grow(9))]).toEqual([1, 1]);
  });
});

describe('the name section', () => {
  it('names the module, its functions and their locals', () => {
    const m = new Module('blas');
    m.importFunc('host', 'log', { params: { x: f32 } });
    m.importMemory('env', 'memory', { min: 1 });
    sum(m);
    const [bytes] = engine.Module.customSections(new engine.Module(m.toBytes()), 'name');
    expect(readNames(new Uint8Array(bytes))).toEqual({
      module: 'blas',
      functions: [
        [0, 'log'],
        [1, 'sum'],
      ],
      locals: [
        [0, [[0, 'x']]],
        [1, ['n', 'x', 'i', 'total', 'end'].map((name, k) => [k, name])],
      ],
    });
  });

  it('gives stack traces the names', () => {
    const m = new Module();
    m.export(m.func({ name: 'crashHere', params: {} }, f => f.unreachable()));
    expect(() => run(m).crashHere()).toThrow(
      expect.objectContaining({ stack: expect.stringContaining('crashHere') }),
    );
  });
});

/** A reader of the name section, as little as its test needs (all numbers here are below 128). */
function readNames(bytes: Uint8Array) {
  let at = 0;
  const byte = () => bytes[at++];
  const list = <T>(item: () => T): T[] => Array.from({ length: byte() }, item);
  const text = () => {
    const length = byte();
    at += length;
    return new TextDecoder().decode(bytes.slice(at - length, at));
  };
  const header = (id: number) => {
    expect(byte()).toBe(id);
    let more = true;
    while (more) more = byte() >= 0x80;
  };
  const association = (): [number, string] => [byte(), text()];
  header(0);
  const module = text();
  header(1);
  const functions = list(association);
  header(2);
  const locals = list((): [number, [number, string][]] => [byte(), list(association)]);
  expect(at).toBe(bytes.length);
  return { module, functions, locals };
}
