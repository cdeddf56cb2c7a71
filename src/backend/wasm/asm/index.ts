/**
 * A small typed WebAssembly assembler.
 *
 * Values are trees (`Val<'f32'>`), so that tsc checks the stack; effects take the function body first and happen where
 * they are written; loops own their labels; a module becomes bytes. How to read it: `types.ts`, `function.ts`,
 * `control.ts`, then `signature.ts` and the tables in `opcodes/`.
 */
export { type Body, block, forAddresses, forRange, ifElse, loop, whileLoop } from './control.ts';
export { AsmError } from './errors.ts';
export type { FunctionBody, ParamLocals, Params } from './function.ts';
export type { Global } from './global.ts';
export { type Func, type Memory, type MemoryLimits, Module } from './module.ts';
export {
  atomic,
  f32,
  f32x4,
  f64,
  f64x2,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  memory,
  v128,
} from './namespaces.ts';
export { call, drop, select } from './parametric.ts';
export type { Label, Local, Operand, Scope, TypeTag, Val, ValType } from './types.ts';
