/** Kernels at run time: emitted and compiled when a shape is first seen, then found again by their key. */
import { type Func, Module } from './asm/index.ts';
import { engine, type Kernel } from './engine.ts';
import type { Machine } from './kernels/machine.ts';
import { maxBytes, wasmMemory } from './memory.ts';

type AnyFunc = Pick<Func<never, never>, 'kind' | 'name' | 'index' | 'owner'>;

const compiled = new Map<string, Kernel>();
let machine: Machine = { wide: false };

/** The features that plans depend on. */
export function currentMachine(): Machine {
  return machine;
}

/** Sets the features that plans depend on; kernels are emitted anew. */
export function setMachine(features: Machine): void {
  machine = features;
  compiled.clear();
}

/** Returns the kernel under this key, which says all that `emit` depends on besides the machine. */
export function kernel(key: string, emit: (m: Module, machine: Machine) => AnyFunc): Kernel {
  const known = compiled.get(key);
  if (known) return known;
  const fresh = compile(key, emit);
  compiled.set(key, fresh);
  return fresh;
}

/** Compiles one function over the memory of all kernels. */
export function compile(key: string, emit: (m: Module, machine: Machine) => AnyFunc): Kernel {
  // An engine may reuse the code of a module with the same bytes: the name says what it was compiled for.
  const module = new Module(machine.wide ? `${key} wide` : key);
  module.importMemory('env', 'memory', { min: 1, max: maxBytes / 65536 });
  const { name } = module.export(emit(module, machine));
  const instance = new engine!.Instance(new engine!.Module(module.toBytes()), {
    env: { memory: wasmMemory() },
  });
  return instance.exports[name]!;
}

/**
 * Runs a kernel over the units [0, count) of its work: its last two parameters are the first unit and the one after the
 * last. Units are independent of each other, and what they are does not depend on who runs them.
 */
export function run(f: Kernel, count: number, ...args: number[]): void {
  f(...args, 0, count);
}
