/** Kernels at run time: emitted and compiled when a shape is first seen, then found again by their key. */
import { type Func, Module } from './asm/index.ts';
import { engine, type Kernel } from './engine.ts';
import type { Machine } from './kernels/machine.ts';
import { isShared, maxBytes, wasmMemory } from './memory.ts';
import { runOnTeam, threadCount } from './threads/pool.ts';
import type { Code } from './threads/team.ts';

type AnyFunc = Pick<Func<never, never>, 'kind' | 'name' | 'index' | 'owner'>;
type Emit = (m: Module, machine: Machine) => AnyFunc;

interface Timed extends Code {
  /** The least milliseconds that a unit took, of the runs on one thread. */
  unit: number;
  runs: number;
}

/** Work of fewer milliseconds is not worth waking other threads for. */
const worthSharing = 0.02;
/** After so many runs on one thread their times are known well enough. */
const runsToTime = 20;

const compiled = new Map<string, Kernel>();
const codes = new Map<Kernel, Timed>();
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
  codes.set(run, { id: ids++, run, bytes, unit: Number.POSITIVE_INFINITY, runs: 0 });
  return run;
}

/**
 * Runs a kernel over the units [0, count) of its work: its last two parameters are the first unit and the one after the
 * last. Units are independent of each other, and what they are does not depend on who runs them.
 */
export function run(f: Kernel, count: number, ...args: number[]): void {
  const code = threadCount() > 1 && count > 1 ? codes.get(f) : undefined;
  if (!code) f(...args, 0, count);
  else if (code.runs > 0 && code.unit * count > worthSharing) runOnTeam(code, count, args, wasmMemory());
  else if (code.runs < runsToTime) runTimed(code, count, args);
  else f(...args, 0, count);
}

function runTimed(code: Timed, count: number, args: readonly number[]): void {
  const start = performance.now();
  code.run(...args, 0, count);
  code.unit = Math.min(code.unit, (performance.now() - start) / count);
  code.runs++;
}
