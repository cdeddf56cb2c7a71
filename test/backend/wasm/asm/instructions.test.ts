import { describe, expect, it } from 'vitest';
import { AsmError, i8x16, i32, i32x4, i64x2, Module, v128 } from '../../../../src/backend/wasm/asm/index.ts';
import { engine } from './engine.ts';
import { type Entry, every, valTypes } from './every.ts';

/** A module with one function that runs the instruction on its parameters. */
function moduleOf(entry: Entry): Module {
  const operands = entry.inputs
    .map(word => (word.startsWith('mem') ? 'i32' : word))
    .filter((word): word is keyof typeof valTypes => word in valTypes);
  const params = Object.fromEntries(operands.map((type, k) => [`p${k}`, valTypes[type]]));
  const m = new Module(entry.op);
  m.importMemory('env', 'memory', { min: 1, max: 1, shared: true });
  m.func({ name: 'main', params }, (f, locals) => {
    let next = 0;
    const args = entry.inputs
      .filter(word => word !== 'zero')
      .map(word => {
        if (word === 'lanes') return Array.from({ length: 16 }, (_, k) => 31 - k);
        return word.startsWith('lane') ? Number(word.slice(4)) - 1 : locals[`p${next++}`];
      });
    if (entry.inputs[0].startsWith('mem')) args.push(300);
    const value = entry.isEffect ? entry.make(f, ...args) : entry.make(...args);
    expect(value?.type ?? 'none').toBe(entry.result);
    if (value) f.let(value);
  });
  return m;
}

describe('every instruction', () => {
  it.each(every.map(entry => [entry.op, entry] as const))('%s is valid WebAssembly', (_, entry) => {
    expect(engine.validate(moduleOf(entry).toBytes())).toBe(true);
  });

  it('has an opcode of its own', () => {
    const opcodes = every.map(entry => entry.opcode);
    expect(new Set(opcodes).size).toBe(every.length);
  });

  it('covers all 236 instructions of 128-bit SIMD but the constant', () => {
    expect(every.filter(entry => entry.opcode >> 8 === 0xfd)).toHaveLength(235);
  });
});

describe('an instruction with wrong arguments', () => {
  it('names itself, what it takes and what it got', () => {
    const x = v128.const(new Uint8Array(16));
    const untyped = i32.add as unknown as (...args: unknown[]) => void;
    expect(() => untyped(1, x)).toThrow(new AsmError('i32.add takes i32, got v128.const of type v128'));
    expect(() => untyped(1)).toThrow('i32.add takes i32, got undefined undefined');
    expect(() => untyped(1, 2n)).toThrow('i32.add takes i32, got bigint 2');
    expect(() => i32.add(i32.load(0), 1.5)).toThrow('i32.const takes an integer of 32 bits, got 1.5');
    expect(() => i32.add(i32.load(0), 2 ** 32)).toThrow('integer of 32 bits');
    expect(() => i32x4.const(0, 0, 0, 0.5)).toThrow('i32x4.const takes an integer of 32 bits, got 0.5');
    expect(() => i64x2.const(0n, 2n ** 64n)).toThrow('i64x2.const takes an integer of 64 bits');
    expect(() => i32x4.extractLane(x, 4)).toThrow('i32x4.extractLane takes a lane in 0…3, got 4');
    expect(() => i8x16.shuffle(x, x, [1, 2])).toThrow('i8x16.shuffle takes 16 lanes');
    expect(() => i8x16.shuffle(x, x, Array(16).fill(32))).toThrow('takes a lane in 0…31, got 32');
    expect(() => i32.load(0, -4)).toThrow('i32.load takes a constant offset in [0, 2^32), got -4');
    expect(() => v128.const([1, 2, 3])).toThrow('v128.const takes 16 bytes, got 3');
  });
});
