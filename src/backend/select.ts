/** Which backend runs, and on what. */
import { checkBoolean, checkOneOf, checkOptions } from '../arguments.ts';
import { type DType, newArray, type TypedArray } from '../dtype.ts';
import { ArgumentError, describe, ofOp } from '../errors.ts';
import { numel, type Shape } from '../shape.ts';
import type { Kernels } from './kernels.ts';
import type { Memory } from './memory.ts';
import { currentNotices, notice, type Subject, withdraw } from './notices.ts';
import { reference } from './reference/index.ts';
import { engineName, variable } from './surroundings.ts';
import { setDebugMemory } from './wasm/debug-memory.ts';
import { wasm } from './wasm/index.ts';
import { memory as wasmLifetimes } from './wasm/lifetimes.ts';
import { checkLength, memoryLimit, obstacle, setMemoryLimit } from './wasm/memory.ts';
import { currentMachine } from './wasm/runtime.ts';
import { maxThreads } from './wasm/threads/layout.ts';
import { setThreads, threadCount } from './wasm/threads/pool.ts';
import { setWideSimd } from './wasm/wide-simd.ts';

/** The largest limit that can be set: 2 GiB, of which the wasm backend leaves out a page. */
const mostMemory = 2 ** 31;

const backends = { wasm, reference } satisfies Record<string, Kernels>;

export type BackendName = keyof typeof backends;

export interface Configuration {
  /** 'wasm': kernels in WebAssembly SIMD, the default where it exists. 'reference': plain TypeScript loops. */
  readonly backend?: BackendName;
  /** How many threads run kernels, this one among them; by default as many as the machine has cores. */
  readonly threads?: number;
  /**
   * Let the engine compile to 256-bit instructions: an experimental flag of V8 12 and later, for the whole process, to be
   * set before other WebAssembly is compiled. It changes no bit of a result. Where it cannot be had, a notice says why.
   */
  readonly wideSimd?: boolean;
  /** How many bytes the memory of the wasm backend may grow to; at most, and by default, 2 GiB. */
  readonly memoryLimit?: number;
  /**
   * Look for faults of the library's kernels: guards round every block of the wasm backend's memory, NaN where nothing
   * was written yet, and a look at both after every kernel. Slow; no result depends on it.
   */
  readonly debugMemory?: boolean;
}

export interface RuntimeInfo {
  readonly backend: BackendName;
  /** The bits of a vector instruction; 0 for plain TypeScript. */
  readonly simdWidth: 0 | 128 | 256;
  readonly threads: number;
  /** As `node 20.20.2 (V8 11.3)`, `bun 1.4.5 (JavaScriptCore)` or a browser's user agent. */
  readonly engine: string;
  /** The wasm backend's memory. */
  readonly memory: { readonly bytesInUse: number; readonly bytesReserved: number; readonly limit: number };
  /** What was asked for, or is the default, and cannot be given: why, by the option of `configure`. */
  readonly notices: Readonly<Partial<Record<Subject, string>>>;
}

/** Where the lifetimes of buffers are kept. */
export const memory: Memory = wasmLifetimes;

let selected: BackendName | null = null;

/** Chooses what the library runs on; returns what it runs on now. */
export function configure(options: Configuration = {}): RuntimeInfo {
  checkOptions('configure', options, ['backend', 'threads', 'wideSimd', 'memoryLimit', 'debugMemory']);
  const { backend, threads, wideSimd, memoryLimit: limit, debugMemory } = options;
  if (backend !== undefined) checkBackend('configure', backend);
  if (threads !== undefined) checkThreads('configure: threads', threads);
  if (wideSimd !== undefined && typeof wideSimd !== 'boolean') {
    throw new ArgumentError(`configure: wideSimd must be true or false, got ${describe(wideSimd)}`);
  }
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 0 && limit <= mostMemory)) {
    throw new ArgumentError(
      `configure: memoryLimit must be from 0 to ${mostMemory} bytes, got ${describe(limit)}`,
    );
  }
  if (debugMemory !== undefined) checkBoolean('configure', 'debugMemory', debugMemory);
  current(backend);
  if (backend !== undefined) {
    selected = backend;
    withdraw('backend');
  }
  if (threads !== undefined) {
    memory.settle();
    setThreads(threads);
  }
  if (wideSimd !== undefined) setWideSimd(wideSimd);
  if (limit !== undefined) setMemoryLimit(limit);
  if (debugMemory !== undefined) setDebugMemory(debugMemory);
  return runtimeInfo();
}

/** Returns what the library runs on. */
export function runtimeInfo(): RuntimeInfo {
  const backend = current();
  const width = currentMachine().wide ? 256 : 128;
  return {
    backend,
    simdWidth: backend === 'wasm' ? width : 0,
    threads: backend === 'wasm' ? threadCount() : 1,
    engine: engineName(),
    memory: { bytesInUse: memory.bytesInUse, bytesReserved: memory.bytesReserved, limit: memoryLimit() },
    notices: currentNotices(),
  };
}

/** Returns the kernels that compute results of this dtype. */
export function kernelsFor(_dtype: DType): Kernels {
  return observed ?? backends[selected ?? current()];
}

/** Returns zeroed elements in JavaScript memory for a new tensor; throws if there is no room, for them or for kernels. */
export function newElements(op: string, shape: Shape, dtype: DType): TypedArray {
  const length = numel(shape);
  try {
    if ((dtype === 'float32' || dtype === 'int32') && current() === 'wasm') checkLength(length);
    return newArray(dtype, length);
  } catch (error) {
    throw ofOp(op, error);
  }
}

/** Is told of every call of a kernel: its name, its arguments, and how many milliseconds it took. */
export type Observer = (kernel: string, args: readonly unknown[], ms: number) => void;

/** The kernels with an observer between them and their callers. */
let observed: Kernels | null = null;

/** Returns what `fn` returns, and tells `observer` of every kernel that it calls. */
export function observing<T>(observer: Observer, fn: () => T): T {
  const before = observed;
  const kernels = kernelsFor('float32');
  const timed = Object.entries(kernels).map(([name, kernel]: [string, (...args: unknown[]) => unknown]) => [
    name,
    (...args: unknown[]) => {
      const start = performance.now();
      const result = kernel(...args);
      // Each kernel by itself: what waits for others would be counted as theirs.
      memory.settle();
      observer(name, args, performance.now() - start);
      return result;
    },
  ]);
  observed = Object.fromEntries(timed) as Kernels;
  try {
    return fn();
  } finally {
    observed = before;
  }
}

/** Returns what is selected; the first time, what `configure` or the environment asks for, or else what runs here. */
function current(asked?: BackendName): BackendName {
  if (selected) return selected;
  const [backend, threads] = [variable('TINYGRAD_BACKEND'), variable('TINYGRAD_THREADS')];
  const debug = variable('TINYGRAD_DEBUG_MEMORY');
  if (threads !== undefined) setThreads(checkThreads('TINYGRAD_THREADS', Number(threads), threads));
  const fromOutside = backend === undefined ? undefined : checkBackend('TINYGRAD_BACKEND', backend);
  selected = asked ?? fromOutside ?? best();
  if (debug !== undefined)
    setDebugMemory(checkOneOf('environment', 'TINYGRAD_DEBUG_MEMORY', debug, ['0', '1']) === '1');
  return selected;
}

/** Returns the fastest backend that runs here. */
function best(): BackendName {
  const why = obstacle();
  if (why === null) return 'wasm';
  notice('backend', `plain TypeScript loops on one thread instead of fast kernels: ${why}`);
  return 'reference';
}

/** Returns `threads` if so many may be asked for. */
function checkThreads(from: string, threads: number, given: unknown = threads): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= maxThreads) return threads;
  throw new ArgumentError(`${from} must be an integer from 1 to ${maxThreads}, got ${describe(given)}`);
}

/** Returns `name` if such a backend exists and can run here. */
function checkBackend(from: string, name: string): BackendName {
  if (typeof name !== 'string' || !Object.hasOwn(backends, name)) {
    throw new ArgumentError(
      `${from}: unknown backend ${describe(name)}; the backends are ${Object.keys(backends).join(', ')}`,
    );
  }
  const why = name === 'wasm' ? obstacle() : null;
  if (why === null) return name as BackendName;
  throw new ArgumentError(`${from}: the wasm backend cannot run here; use 'reference'. The reason: ${why}`);
}
