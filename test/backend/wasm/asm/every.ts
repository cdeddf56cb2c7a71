/** Every instruction of the tables, and a way to run any of them on bytes. */
import * as asm from '../../../../src/backend/wasm/asm/index.ts';
import * as atomics from '../../../../src/backend/wasm/asm/opcodes/atomics.ts';
import * as floats from '../../../../src/backend/wasm/asm/opcodes/floats.ts';
import * as ints from '../../../../src/backend/wasm/asm/opcodes/ints.ts';
import * as access from '../../../../src/backend/wasm/asm/opcodes/memory.ts';
import * as simdFloats from '../../../../src/backend/wasm/asm/opcodes/simd-floats.ts';
import * as simdInts from '../../../../src/backend/wasm/asm/opcodes/simd-ints.ts';
import type { Table } from '../../../../src/backend/wasm/asm/signature.ts';
import { runWithMemory } from './engine.ts';

type AnyVal = asm.Val<asm.ValType>;
type AnyFunction = (...args: unknown[]) => AnyVal | undefined;

export interface Entry {
  readonly op: string;
  readonly opcode: number;
  readonly isEffect: boolean;
  readonly inputs: readonly string[];
  readonly result: string;
  readonly make: AnyFunction;
}

const tables: readonly [string, object, Table, boolean][] = [
  ['i32', asm.i32, ints.i32Table, false],
  ['i32', asm.i32, access.i32Loads, false],
  ['i32', asm.i32, access.i32Stores, true],
  ['i32.atomic', asm.i32.atomic, atomics.i32Atomics, true],
  ['i32.atomic.rmw', asm.i32.atomic.rmw, atomics.i32Rmw, true],
  ['i64', asm.i64, ints.i64Table, false],
  ['i64', asm.i64, access.i64Loads, false],
  ['i64', asm.i64, access.i64Stores, true],
  ['i64.atomic', asm.i64.atomic, atomics.i64Atomics, true],
  ['i64.atomic.rmw', asm.i64.atomic.rmw, atomics.i64Rmw, true],
  ['f32', asm.f32, floats.f32Table, false],
  ['f32', asm.f32, access.f32Loads, false],
  ['f32', asm.f32, access.f32Stores, true],
  ['f64', asm.f64, floats.f64Table, false],
  ['f64', asm.f64, access.f64Loads, false],
  ['f64', asm.f64, access.f64Stores, true],
  ['v128', asm.v128, simdInts.v128Table, false],
  ['v128', asm.v128, access.v128Loads, false],
  ['v128', asm.v128, access.v128Stores, true],
  ['f32x4', asm.f32x4, simdFloats.f32x4Table, false],
  ['f64x2', asm.f64x2, simdFloats.f64x2Table, false],
  ['i32x4', asm.i32x4, simdInts.i32x4Table, false],
  ['i64x2', asm.i64x2, simdInts.i64x2Table, false],
  ['i16x8', asm.i16x8, simdInts.i16x8Table, false],
  ['i8x16', asm.i8x16, simdInts.i8x16Table, false],
  ['memory', asm.memory, access.memoryReads, false],
  ['memory', asm.memory, access.memoryEffects, true],
  ['memory.atomic', asm.memory.atomic, atomics.memoryAtomics, true],
  ['atomic', asm.atomic, atomics.fences, true],
];

export const every: readonly Entry[] = tables.flatMap(([namespace, functions, table, isEffect]) =>
  Object.entries(table).flatMap(([signature, group]) => {
    const [inputs, result] = signature.split(' -> ');
    return Object.entries(group).map(([name, opcode]) => ({
      ...{ op: `${namespace}.${name}`, opcode, isEffect, inputs: inputs.split(' '), result },
      make: (functions as Record<string, AnyFunction>)[name],
    }));
  }),
);

/** Byte offset in memory of operand `k`, and of the result. */
const slot = (k: number) => 16 * k;
const resultSlot = slot(4);

export const valTypes = { i32: asm.i32, i64: asm.i64, f32: asm.f32, f64: asm.f64, v128: asm.v128 } as const;

const isValType = (word: string): word is asm.ValType => word in valTypes;

/** The instruction `op` as a function from the bytes of its operands to the 16 bytes of its result (the rest 0xee). */
export function onBytes(op: string, ...immediates: readonly unknown[]) {
  const entry = every.find(each => each.op === op);
  if (!entry) throw new Error(`no instruction ${op}`);
  const { exports, memory } = runWithMemory(m => {
    const main = m.func({ name: 'main', params: {} }, f => {
      let operand = 0;
      let immediate = 0;
      const args = entry.inputs.map(word =>
        isValType(word) ? valTypes[word].load(asm.i32.const(slot(operand++))) : immediates[immediate++],
      );
      const value = entry.isEffect ? entry.make(f, ...args) : entry.make(...args);
      if (value === undefined) throw new Error(`${op} has no result`);
      const store = valTypes[value.type].store as (f: asm.Scope, address: number, value: AnyVal) => void;
      store(f, resultSlot, value);
    });
    m.export(main);
  });
  return (...operands: ArrayBufferView[]): DataView => {
    const bytes = new Uint8Array(memory.buffer);
    bytes.fill(0xee, 0, 256);
    operands.forEach((view, k) => {
      bytes.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), slot(k));
    });
    exports.main();
    return new DataView(memory.buffer, resultSlot, 16);
  };
}
