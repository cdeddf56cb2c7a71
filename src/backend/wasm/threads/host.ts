/** Workers of Node and of browsers, behind one face. */
import type { WasmMemory } from '../engine.ts';
import { workerSource } from './worker-source.ts';

export interface WorkerHandle {
  terminate(): void;
}

/** What `start` of the worker's program gets. */
export interface WorkerStart {
  readonly memory: WasmMemory;
  readonly shared: SharedArrayBuffer;
  readonly modules: SharedArrayBuffer;
  readonly worker: number;
  readonly threads: number;
}

interface NodeWorkers {
  Worker: new (
    source: string,
    options: { eval: true; workerData: WorkerStart; execArgv: string[]; env: Record<string, string> },
  ) => {
    unref(): void;
    on(event: 'error', listener: (error: unknown) => void): void;
    on(event: 'exit', listener: (code: number) => void): void;
    terminate(): Promise<number>;
  };
}

interface WebWorkers {
  Worker: new (
    url: string,
  ) => {
    onerror: ((event: { readonly message?: string }) => void) | null;
    postMessage(message: WorkerStart): void;
    terminate(): void;
  };
  URL: { createObjectURL(blob: object): string };
  Blob: new (parts: string[], options: { type: string }) => object;
}

/** Where workers come from; null if this engine has none that share memory. */
export type Host = { readonly node: NodeWorkers } | { readonly web: WebWorkers };

/** Returns where workers come from, or why there are none. */
export function findHost(): Host | string {
  if (typeof SharedArrayBuffer === 'undefined') {
    return 'there is no SharedArrayBuffer; a page needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp';
  }
  const { process, Worker, URL, Blob } = globalThis as unknown as WebWorkers & {
    process?: { getBuiltinModule?(id: 'node:worker_threads'): NodeWorkers | undefined };
  };
  const node = process?.getBuiltinModule?.('node:worker_threads');
  if (node) return { node };
  return typeof Worker === 'function' ? { web: { Worker, URL, Blob } } : 'this engine has no workers';
}

/** The program of a browser's workers: one for all, since the page keeps what such an address stands for. */
let programUrl: string | null = null;

/**
 * Returns a worker that is about to start. Throws what the engine throws if it cannot. What cannot start is often noticed
 * later: `ended` is told why, as it is of a worker that dies; but only when the script lets the engine's events in.
 */
export function startWorker(host: Host, start: WorkerStart, ended: (why: string) => void): WorkerHandle {
  if ('node' in host) {
    const source = `${workerSource}\nstart(require('node:worker_threads').workerData);`;
    const worker = new host.node.Worker(source, { eval: true, workerData: start, execArgv: [], env: {} });
    // The program may end without being told to stop its workers.
    worker.unref();
    worker.on('error', error => ended(error instanceof Error ? error.message : String(error)));
    worker.on('exit', code => ended(`it ended with code ${code}`));
    return { terminate: () => void worker.terminate() };
  }
  const { Worker, URL, Blob } = host.web;
  const source = `${workerSource}\nonmessage = event => start(event.data);`;
  programUrl ??= URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  const worker = new Worker(programUrl);
  worker.onerror = ({ message }) => ended(message || 'the browser does not say why');
  worker.postMessage(start);
  return worker;
}
