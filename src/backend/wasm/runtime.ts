/** Kernels at run time: emitted and compiled when they are first wanted, then found again by what they were emitted from. */
import { Module } from './asm/index.ts';
import { Compiled, type Emit, Source } from './compiled.ts';
import { engine } from './engine.ts';
import type { AnyFunc } from './kernels/chain.ts';
import type { Machine } from './kernels/machine.ts';
import { keyOf, type Plain } from './keys.ts';
import { LruMap } from './lru.ts';
import { isShared, maxBytes, wasmMemory } from './memory.ts';

/** An emitter that takes these arguments, which are plain data: a key could not hold anything else. */
type Emitter<A> = A extends infer B extends readonly unknown[]
  ? B extends Plain<B>
    ? (m: Module, ...args: [...B, Machine]) => AnyFunc
    : never
  : never;
type AnyEmitter = (m: Module, ...args: never) => AnyFunc;

/** There is room for so many small kernels, or for so many times 8 KiB of code. */
const room = 1024;
const sizeOf = ({ bytes }: Compiled) => 1 + bytes.length / 8192;

/** By the number of the emitter and the key of the arguments. */
const compiled = new LruMap<string, Compiled>(room, sizeOf);
const emitters = new WeakMap<AnyEmitter, number>();
let numbers = 0;
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
  const key = `${numberOf(emitter)} ${keyOf(args)}`;
  const known = compiled.get(key);
  if (known) return known;
  const fresh = compile(emitter.name, (m, machine) => emitter(m, ...([...args, machine] as never)));
  compiled.set(key, fresh);
  return fresh;
}

function numberOf(emitter: AnyEmitter): number {
  let number = emitters.get(emitter);
  if (number === undefined) {
    number = numbers++;
    emitters.set(emitter, number);
  }
  return number;
}

/** Returns how many kernels are kept, and how many bytes their modules have. */
export function kernelsKept(): { readonly count: number; readonly bytes: number } {
  const all = compiled.values();
  return { count: all.length, bytes: all.reduce((sum, { bytes }) => sum + bytes.length, 0) };
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
