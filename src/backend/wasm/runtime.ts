/** Kernels at run time: emitted and compiled when they are first wanted, then found again by what they were emitted from. */
import { Module } from './asm/index.ts';
import { Compiled, type Emit, Source } from './compiled.ts';
import { engine } from './engine.ts';
import type { AnyFunc } from './kernels/chain.ts';
import type { Machine } from './kernels/machine.ts';
import { keyOf, type Plain } from './keys.ts';
import { isShared, maxBytes, wasmMemory } from './memory.ts';

/** An emitter that takes these arguments, which are plain data: a key could not hold anything else. */
type Emitter<A> = A extends infer B extends readonly unknown[]
  ? B extends Plain<B>
    ? (m: Module, ...args: [...B, Machine]) => AnyFunc
    : never
  : never;
type AnyEmitter = (m: Module, ...args: never) => AnyFunc;

/** The kernels of each emitter, by the arguments. */
const compiled = new Map<AnyEmitter, Map<string, Compiled>>();
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

/** Returns the kernel that `emit`, a function of a module, writes from these arguments and the machine. */
export function kernel<const A extends readonly unknown[]>(emit: Emitter<A>, ...args: A): Compiled {
  const emitter: AnyEmitter = emit;
  let known = compiled.get(emitter);
  if (!known) {
    known = new Map();
    compiled.set(emitter, known);
  }
  const key = keyOf(args);
  let found = known.get(key);
  if (!found) {
    found = compile(emitter.name, (m, machine) => emitter(m, ...([...args, machine] as never)));
    known.set(key, found);
  }
  return found;
}

/** Compiles one function over the memory of all kernels. */
export function compile(name: string, emit: Emit): Compiled {
  // An engine may reuse the code of a module with the same bytes: the name says what it was compiled for.
  const module = new Module(machine.wide ? `${name} wide` : name);
  module.importMemory('env', 'memory', { min: 1, max: maxBytes / 65536, shared: isShared() });
  const { name: exported } = module.export(emit(module, machine));
  const bytes = module.toBytes();
  const instance = new engine!.Instance(new engine!.Module(bytes), { env: { memory: wasmMemory() } });
  return new Compiled(exported, new Source(emit), instance.exports[exported]!, bytes);
}
