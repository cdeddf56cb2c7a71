/** Workers that tests get hold of, and sleep that takes no time. */
import * as threads from 'node:worker_threads';
import { vi } from 'vitest';

/** What workers are started with instead of what the library says. */
interface Changes extends threads.WorkerOptions {
  readonly source?: string;
}

/** Returns a class of workers, of which there may be so many, and the list of those that it has made. */
export function recorder(limit = Number.POSITIVE_INFINITY, { source, ...changes }: Changes = {}) {
  const workers: threads.Worker[] = [];
  class Recorded extends threads.Worker {
    constructor(program: string, options: threads.WorkerOptions) {
      if (workers.length >= limit) throw new Error('no more threads');
      super(source ?? program, { ...options, ...changes });
      workers.push(this);
    }
  }
  return { workers, Worker: Recorded };
}

const original = process.getBuiltinModule;

/** Returns the list of the workers that the library starts from its next `configure` on. */
export function recordWorkers(limit?: number, changes?: Changes): threads.Worker[] {
  const { workers, Worker } = recorder(limit, changes);
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((id: string) =>
    id === 'node:worker_threads' ? { ...threads, Worker } : original(id)) as typeof original);
  return workers;
}

/**
 * Lets sleeps be short and the clock stand still, except that it goes forward by `ms` in each of the first n sleeps; then
 * calls `after`. Returns a function that puts the clock forward.
 */
export function fakeNaps(n: number, ms: number, after: () => void): (ms: number) => void {
  const { wait } = Atomics;
  let [now, naps] = [0, 0];
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.spyOn(Atomics, 'wait').mockImplementation(((words: Int32Array, at: number, value: number) => {
    const result = wait(words, at, value, 1);
    if (naps++ < n) now += ms;
    if (naps === n) after();
    return result;
  }) as typeof wait);
  return forward => {
    now += forward;
  };
}

const killed = new WeakSet<threads.Worker>();

/** Kills those that are not killed yet. */
export function kill(workers: readonly threads.Worker[]): void {
  for (const worker of workers) {
    if (!killed.has(worker)) void worker.terminate();
    killed.add(worker);
  }
}

/** Resolves when all of them have ended. */
export function ended(workers: readonly threads.Worker[]): Promise<unknown> {
  return Promise.all(
    workers.map(worker => worker.threadId === -1 || new Promise(resolve => worker.once('exit', resolve))),
  );
}
