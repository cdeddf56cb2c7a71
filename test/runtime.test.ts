import { execFileSync } from 'node:child_process';
import { ArgumentError, configure, runtimeInfo } from 'tinygrad-ts';
import { afterEach, describe, expect, it, vi } from 'vitest';

const initial = runtimeInfo().backend;
const v8 = Number.parseInt(process.versions.v8, 10);

afterEach(() => {
  configure({ backend: initial, wideSimd: false });
  vi.restoreAllMocks();
});

/** What a fresh process prints for an expression on the library. */
function inFreshProcess(expression: string, env: Record<string, string> = {}): string {
  const code = `import * as tg from 'tinygrad-ts'; console.log(String(${expression}))`;
  return execFileSync('node', ['--import', 'tsx', '--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

describe('configure', () => {
  it('says what runs, and refuses what it does not know', () => {
    expect(configure({ backend: 'reference' })).toMatchObject({
      backend: 'reference',
      simdWidth: 0,
      threads: 1,
    });
    expect(configure({ backend: 'wasm' })).toMatchObject({ backend: 'wasm', simdWidth: 128 });
    expect(configure()).toEqual(runtimeInfo());
    expect(() => configure({ backend: 'toString' as never })).toThrow(ArgumentError);
    expect(() => configure({ wideSimdd: true } as never)).toThrow(/unknown option 'wideSimdd'/);
    expect(() => configure({ wideSimd: 1 as never })).toThrow(/wideSimd must be true or false, got 1/);
    expect(() => configure({ memoryLimit: -1 })).toThrow(
      /memoryLimit must be from 0 to 2147483648 bytes, got -1/,
    );
    expect(runtimeInfo().engine).toMatch(/^node \d+/);
  });

  it('changes nothing if one of its options is wrong', () => {
    expect(() => configure({ backend: 'reference', memoryLimit: Number.NaN })).toThrow(ArgumentError);
    expect(runtimeInfo()).toMatchObject({ backend: initial });
  });

  it.each<[unknown, RegExp]>([
    [{ memoryLimit: '1000000' }, /memoryLimit must be from 0 to .* bytes, got '1000000'/],
    [{ memoryLimit: null }, /memoryLimit must be from .* got null/],
    [{ memoryLimit: true }, /memoryLimit must be from .* got true/],
    [{ threads: '2' }, /threads must be an integer .* got '2'/],
    [{ threads: null }, /threads must be an integer .* got null/],
    [{ backend: Object.create(null) }, /unknown backend an empty object/],
    [{ backend: null }, /unknown backend null/],
    [{ wideSimd: null }, /wideSimd must be true or false, got null/],
    ['wasm', /configure: expected an options object .* got 'wasm'/],
    [null, /configure: expected an options object .* got null/],
  ])('refuses %o', (options, message) => {
    const before = runtimeInfo();
    expect(() => configure(options as never)).toThrow(ArgumentError);
    expect(() => configure(options as never)).toThrow(message);
    expect(runtimeInfo()).toEqual(before);
  });

  it('leaves as it is what is undefined', () => {
    const none = { backend: undefined, threads: undefined, wideSimd: undefined, memoryLimit: undefined };
    const before = runtimeInfo();
    expect(configure(none as object)).toEqual(before);
  });

  it.skipIf(v8 >= 12)('says in a notice why there is no wide SIMD on this engine', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(configure({ wideSimd: true }).simdWidth).toBe(128);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/needs V8 12 or later.*this is V8 11/),
    );
    expect(runtimeInfo().notices.wideSimd).toMatch(/needs V8 12 or later/);
    expect(configure({ wideSimd: false }).notices).toEqual({});
  });

  it.runIf(v8 === 12)('refuses wide SIMD where the engine fuses nothing in a shared memory', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { simdWidth, notices } = configure({ wideSimd: true });
    expect(simdWidth).toBe(128);
    expect(notices.wideSimd).toMatch(/a loop ran 0\.\d\d × as fast as with 128 bits/);
    expect(warn).toHaveBeenCalledExactlyOnceWith(`tinygrad-ts: ${notices.wideSimd}.`);
  });

  it.runIf(v8 >= 13)('turns wide SIMD on where the engine gains by it, after a self-test', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    expect(configure({ wideSimd: true })).toMatchObject({ simdWidth: 256, notices: {} });
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('the environment variable TINYGRAD_BACKEND', () => {
  it('chooses the backend', () => {
    expect(inFreshProcess('tg.runtimeInfo().backend')).toBe('wasm');
    expect(inFreshProcess('tg.runtimeInfo().backend', { TINYGRAD_BACKEND: 'reference' })).toBe('reference');
  });

  it('is refused by name if there is no such backend', () => {
    expect(() => inFreshProcess('tg.Tensor.ones([1]).add(1)', { TINYGRAD_BACKEND: 'cuda' })).toThrow(
      /TINYGRAD_BACKEND: unknown backend 'cuda'; the backends are wasm, reference/,
    );
  });
});
