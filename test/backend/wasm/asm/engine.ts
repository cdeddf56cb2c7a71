/** The engine's WebAssembly, typed as far as these tests need it: TypeScript declares it for browsers only. */
import { Module } from '../../../../src/backend/wasm/asm/index.ts';

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

type HostFunction = (...args: never[]) => unknown;
type CompiledModule = { readonly brand: 'compiled' };

/** What a module exports; a test knows which of it are functions. */
export type Exports = Record<string, (...args: (number | bigint)[]) => unknown>;

interface Engine {
  validate(bytes: Uint8Array): boolean;
  Module: {
    new (bytes: Uint8Array): CompiledModule;
    customSections(module: CompiledModule, name: string): ArrayBuffer[];
    exports(module: CompiledModule): { name: string; kind: string }[];
    imports(module: CompiledModule): { module: string; name: string; kind: string }[];
  };
  Instance: new (
    module: CompiledModule,
    imports: Record<string, Record<string, WasmMemory | HostFunction>>,
  ) => { readonly exports: Exports };
  Memory: new (limits: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  RuntimeError: new (message: string) => Error;
}

export const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: Engine };

/** The exports of the module, instantiated. */
export function run(
  module: Module,
  imports: Record<string, Record<string, WasmMemory | HostFunction>> = {},
): Exports {
  return new engine.Instance(new engine.Module(module.toBytes()), imports).exports;
}

/** The exports of a module with a memory of one page, and that memory. */
export function runWithMemory(build: (module: Module) => void): { exports: Exports; memory: WasmMemory } {
  const module = new Module('test');
  module.importMemory('env', 'memory', { min: 1 });
  build(module);
  const memory = new engine.Memory({ initial: 1 });
  return { exports: run(module, { env: { memory } }), memory };
}
