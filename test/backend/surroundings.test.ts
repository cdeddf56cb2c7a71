import { afterEach, describe, expect, it, vi } from 'vitest';
import { engineName, v8Version, variable } from '../../src/backend/surroundings.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const deno = (state: string) => ({
  version: { deno: '2.9.6', v8: '15.0.245.2-rusty' },
  permissions: { querySync: () => ({ state }) },
});

describe('a variable of the environment', () => {
  it('is what is set; empty is not set', () => {
    vi.stubGlobal('process', { env: { SET: '3', EMPTY: '' } });
    expect(['SET', 'EMPTY', 'MISSING'].map(variable)).toEqual(['3', undefined, undefined]);
  });

  it('is not set where there is no environment, and where it may not be read', () => {
    vi.stubGlobal('process', undefined);
    expect(variable('SET')).toBeUndefined();
    const env = new Proxy(
      {},
      {
        get: () => {
          throw new Error('NotCapable: Requires env access');
        },
      },
    );
    vi.stubGlobal('process', { env });
    expect(variable('SET')).toBeUndefined();
  });

  it('is read in Deno only if the user need not be asked', () => {
    const get = vi.fn(() => '3');
    vi.stubGlobal('process', { env: new Proxy({}, { get }) });
    vi.stubGlobal('Deno', deno('prompt'));
    expect(variable('SET')).toBeUndefined();
    expect(get).not.toHaveBeenCalled();
    vi.stubGlobal('Deno', deno('granted'));
    expect(variable('SET')).toBe('3');
  });
});

describe('the engine', () => {
  const node = { versions: { node: '26.3.0', v8: '14.6.202.34-node.20' } };

  it('is called by its own name, also where it pretends to be Node', () => {
    vi.stubGlobal('process', node);
    expect([engineName(), v8Version()]).toEqual(['node 26.3.0 (V8 14.6)', 14]);
    vi.stubGlobal('Bun', { version: '1.4.5' });
    expect([engineName(), v8Version()]).toEqual(['bun 1.4.5 (JavaScriptCore)', null]);
    vi.stubGlobal('Bun', undefined);
    vi.stubGlobal('Deno', deno('granted'));
    expect(engineName()).toBe('deno 2.9.6 (V8 15.0)');
  });

  it('is what the user agent says in a browser', () => {
    vi.stubGlobal('process', undefined);
    vi.stubGlobal('navigator', { userAgent: 'Mozilla/5.0' });
    expect([engineName(), v8Version()]).toEqual(['Mozilla/5.0', null]);
  });
});
