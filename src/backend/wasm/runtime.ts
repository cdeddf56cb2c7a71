/** Kernels at run time: emitted and compiled when a shape is first seen, then found again by their key. */
import { Module } from './asm/index.ts';
import { engine, type Kernel } from './engine.ts';
import type { AnyFunc } from './kernels/chain.ts';
import type { Machine } from './kernels/machine.ts';
import { isShared, maxBytes, wasmMemory } from './memory.ts';
import type { Timed } from './threads/share.ts';

type Emit = (m: Module, machine: Machine) => AnyFunc;

/** A kernel, and how to write it into another module. */
export interface Compiled extends Timed {
  readonly emit: Emit;
}

const compiled = new Map<string, Kernel>();
const codes = new Map<Kernel, Compiled>();
let machine: Machine = { wide: false };
let ids = 0;

/** The features that plans depend on. */
export function currentMachine(): Machine {
  return machine;
}

/** Sets the features that plans depend on; kernels are emitted anew. */
export function setMachine(features: Machine): void {
  machine = features;
  compiled.clear();
  codes.clear();
}

/** Returns the kernel under this key, which says all that `emit` depends on besides the machine. */
export function kernel(key: string, emit: Emit): Kernel {
  const known = compiled.get(key);
  if (known) return known;
  const fresh = compile(key, emit);
  compiled.set(key, fresh);
  return fresh;
}

/** Compiles one function over the memory of all kernels. */
export function compile(key: string, emit: Emit): Kernel {
  // An engine may reuse the code of a module with the same bytes: the name says what it was compiled for.
  const module = new Module(machine.wide ? `${key} wide` : key);
  module.importMemory('env', 'memory', { min: 1, max: maxBytes / 65536, shared: isShared });
  const { name } = module.export(emit(module, machine));
  const bytes = module.toBytes();
  const instance = new engine!.Instance(new engine!.Module(bytes), { env: { memory: wasmMemory() } });
  const run = instance.exports[name]!;
  codes.set(run, { id: ids++, run, bytes, emit, unit: Number.POSITIVE_INFINITY, runs: 0 });
  return run;
}

/** Returns what is known of a kernel. */
export function codeOf(f: Kernel): Compiled {
  return codes.get(f)!;
}
