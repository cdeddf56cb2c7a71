import { describe, expect, it } from 'vitest';
import { call, f32, i32, type Label, type Local, Module } from '../../../../src/backend/wasm/asm/index.ts';
import { engine } from './engine.ts';

describe('a mistake is an error that names it', () => {
  const typeless = <T>(value: unknown) => value as T;

  it('a local of another function', () => {
    const m = new Module();
    let stolen: Local<'i32'> | undefined;
    m.func({ name: 'owner', params: { secret: i32 } }, (_, { secret }) => {
      stolen = secret;
    });
    const thief = () => m.func({ name: 'thief', params: {}, result: i32 }, () => i32.add(stolen ?? 0, 1));
    expect(thief).toThrow("function 'thief' cannot use the local 'secret' of 'owner', which is not its own");
    expect(() => stolen?.set(1)).toThrow("function 'owner' is finished, nothing can be added to it");
  });

  it('a global, or a function, of another module', () => {
    const [m, other] = [new Module(), new Module()];
    const g = other.global(i32, 0, 'theirs');
    const g2 = other.func({ name: 'abroad', params: {} }, () => {});
    expect(() => m.func({ name: 'f', params: {}, result: i32 }, () => g)).toThrow(
      "cannot use the global 'theirs'",
    );
    expect(() => m.func({ name: 'f', params: {} }, f => g.set(f, 1))).toThrow(
      "cannot set the global 'theirs'",
    );
    expect(() => m.func({ name: 'f', params: {} }, f => call(f, g2, {}))).toThrow("'f' cannot call 'abroad'");
    expect(() => m.export(g2)).toThrow("'abroad' belongs to another module");
  });

  it('a result of the wrong type, or missing, or too many', () => {
    const m = new Module();
    const func = (result: typeof f32 | undefined, value: unknown) =>
      m.func({ name: 'f', params: {}, result: typeless<typeof f32>(result) }, () => typeless<number>(value));
    expect(() => func(f32, i32.load(0))).toThrow(
      "the result of function 'f' takes f32, got i32.load of type i32",
    );
    expect(() => func(f32, undefined)).toThrow("the result of function 'f' takes f32, got undefined");
    expect(() => func(undefined, i32.const(1))).toThrow("the result of function 'f' is not declared");
  });

  it('a function inside of another, an import too late, a second memory, an export twice', () => {
    const m = new Module();
    const nested = () => m.func({ name: 'a', params: {} }, () => m.func({ name: 'b', params: {} }, () => {}));
    expect(nested).toThrow("'b' begins inside of 'a'");
    m.export(m.func({ name: 'a', params: {} }, () => {}));
    expect(() => m.importFunc('host', 'late', { params: {} })).toThrow(
      "import 'late' before the module's own functions",
    );
    m.memory({ min: 1 });
    expect(() => m.importMemory('env', 'memory', { min: 1 })).toThrow('a module has one memory');
    expect(() => m.export(m.global(i32, 0, 'a'))).toThrow("'a' is exported twice");
    expect(() => new Module().memory({ min: 1, shared: true })).toThrow('a shared memory needs a maximum');
    expect(() => m.global(i32, i32.load(0), 'g')).toThrow("global 'g' must start with a constant");
    expect(engine.validate(m.toBytes())).toBe(true);
  });

  it('a memory of no possible size', () => {
    for (const limits of [{ min: -1 }, { min: 0.5 }, { min: 2, max: 1 }, { min: 1, max: 65537 }]) {
      expect(() => new Module().memory(limits)).toThrow('a memory has 0 <= min <= max <= 65536 pages');
    }
    const whole = new Module();
    whole.memory({ min: 0, max: 65536 });
    expect(engine.validate(whole.toBytes())).toBe(true);
  });

  it('blocks closed out of order, or never', () => {
    const m = new Module();
    const cross = () =>
      m.func({ name: 'f', params: {} }, f => {
        const [outer]: Label[] = [f.enter(0x02), f.enter(0x02)];
        f.leave(outer);
      });
    expect(cross).toThrow("function 'f': blocks must close innermost first");
    const open = () =>
      m.func({ name: 'g', params: {} }, f => {
        f.enter(0x02);
      });
    expect(open).toThrow("function 'g' ends with an open block");
  });
});
