import { describe, expect, it } from 'vitest';
import type { Module } from '../../../src/backend/wasm/asm/index.ts';
import { i32 } from '../../../src/backend/wasm/asm/index.ts';
import { Source } from '../../../src/backend/wasm/compiled.ts';
import { keyOf } from '../../../src/backend/wasm/keys.ts';
import { currentMachine, kernel, setMachine } from '../../../src/backend/wasm/runtime.ts';

describe('a key', () => {
  const source = () => new Source(() => emitNothing({} as Module));

  it('differs for arguments that differ in anything', () => {
    const plan = { channels: 4, sides: [1, 2], name: 'x' };
    const all: unknown[][] = [
      ...[[], [1], [-1], [1, 1], [11], [0], [-0], [Number.NaN], [Number.POSITIVE_INFINITY]],
      ...[[true], [false], [null], [''], ['1'], ['null'], ['true'], ['1,'], ['1', '1']],
      ...[[[]], [[1]], [[1, 1]], [[[1], 1]], [[1, [1]]], [['1']], [[1], [1]], [[], []]],
      ...[[{}], [plan], [{ ...plan, channels: 5 }], [{ ...plan, sides: [2, 1] }]],
      ...[[{ ...plan, name: 4 }], [{ ...plan, more: null }], [{ plan }], [plan, plan], [[plan]]],
      ...[[source()], [source()], [[source()]]],
    ];
    expect(new Set(all.map(keyOf)).size).toBe(all.length);
  });

  it('is the same for arguments that are equal', () => {
    const plan = () => ({ channels: 4, sides: [1, 2], name: 'x' });
    expect(keyOf([plan(), 'a', [1]])).toBe(keyOf([plan(), 'a', [1]]));
  });
});

function emitNothing(m: Module) {
  return m.func({ name: 'nothing', params: { begin: i32, end: i32 } }, () => {});
}

const emitFirst = (m: Module, _: number) => emitNothing(m);
const emitSecond = (m: Module, _: number) => emitNothing(m);

describe('a kernel', () => {
  it('is the same for the same emitter and arguments, and no other', () => {
    expect(kernel(emitFirst, 1)).toBe(kernel(emitFirst, 1));
    expect(kernel(emitFirst, 1)).not.toBe(kernel(emitFirst, 2));
    expect(kernel(emitFirst, 1)).not.toBe(kernel(emitSecond, 1));
  });

  it('is another one for another machine, whose module has other bytes', () => {
    const before = currentMachine();
    const [narrow, wide] = [false, true].map(isWide => {
      setMachine({ wide: isWide });
      return kernel(emitFirst, 1);
    });
    setMachine(before);
    expect(narrow).not.toBe(wide);
    expect(narrow!.bytes).not.toEqual(wide!.bytes);
  });

  it('takes arguments only of which a key can be made', () => {
    const emitBy = (m: Module, _: { readonly add: () => void }) => emitNothing(m);
    // @ts-expect-error A function has no text.
    const take = () => kernel(emitBy, { add: () => {} });
    expect(take).toBeTypeOf('function');
    // @ts-expect-error An argument is missing.
    expect(() => kernel(emitFirst)).toBeTypeOf('function');
  });
});
