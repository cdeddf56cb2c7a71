/**
 * A team of threads that run kernels together. The caller is one of them: it cuts the work of a kernel into chunks and
 * goes on with its script, while the workers claim chunks, of one kernel after the other. Once it is too far ahead, or
 * needs a result, it claims chunks too. Which thread runs what changes from time to time; what is computed does not,
 * because units are independent.
 */
import { WorkerError } from '../../../errors.ts';
import type { Kernel, WasmMemory } from '../engine.ts';
import { type Host, startWorker, type WorkerHandle } from './host.ts';
import { JobRing } from './job-ring.ts';
import { jobs, maxArguments, maxChunks, moduleBytes } from './layout.ts';
import { patienceFor } from './patience.ts';

/** A kernel that workers can get at. */
export interface Code {
  readonly id: number;
  readonly run: Kernel;
  /** The module, whose one export it is. */
  readonly bytes: Uint8Array;
  /** The least milliseconds that a unit took on one thread; infinite while nothing is known. */
  readonly unit: number;
}

/** A kernel that is not known to be done. */
export interface OpenJob {
  readonly code: Code;
  readonly count: number;
  readonly args: readonly number[];
  readonly chunks: number;
}

/** So many chunks for each thread: a thread that is late, or has a slower core, leaves more to the others. */
const chunksPerThread = 8;
/** How often the caller looks whether others are done before it sleeps: some 200 µs. */
const looks = 30_000;
/** The caller sleeps so many milliseconds at most before it looks again. */
const nap = 100;
/** Is told that a worker of a team ended by itself, and why. */
export type OnEnd = (team: Team, worker: number, why: string) => void;

export class Team {
  readonly threads: number;
  /** The least milliseconds without progress after which a worker that has a chunk counts as dead. */
  patience = 3000;
  readonly #ring: JobRing;
  readonly #modules: Uint8Array;
  readonly #workers: WorkerHandle[] = [];
  /** Those that are known to have ended. */
  readonly #ended = new Set<number>();
  /** Where the modules of kernels lie, by the kernels' ids. */
  readonly #places = new Map<number, number>();
  #placed = 0;
  /** The jobs of the ring. */
  readonly #open: (OpenJob | null)[] = new Array<null>(jobs).fill(null);
  /** What a kernel threw when the caller ran it. */
  #failure: unknown = null;
  /** False in the main thread of a browser, which may not sleep. */
  #maySleep = true;

  /** Throws what the engine throws if not all of the workers can be started; then there is none. */
  constructor(threads: number, memory: WasmMemory, host: Host, onEnd: OnEnd = () => {}) {
    this.threads = threads;
    this.#ring = new JobRing(threads);
    const { shared } = this.#ring;
    const modules = new SharedArrayBuffer(moduleBytes);
    this.#modules = new Uint8Array(modules);
    try {
      for (let worker = 0; worker < threads - 1; worker++) {
        const ended = (why: string) => {
          if (this.#ended.has(worker)) return;
          this.#ended.add(worker);
          onEnd(this, worker, why);
        };
        this.#workers.push(startWorker(host, { memory, shared, modules, worker, threads }, ended));
      }
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** Runs the units [0, count) of a kernel on all threads. Throws a WorkerError if one of them dies or fails. */
  run(code: Code, count: number, args: readonly number[]): void {
    this.start(code, count, args);
    this.finish();
  }

  /** The number of the last kernel that was started. */
  get started(): number {
    return this.#ring.published;
  }

  /** Whether the kernel of this number, and with it those before, are done. */
  isDone(number: number): boolean {
    return !isBefore(this.#ring.finished, number);
  }

  /** Lets the threads run a kernel after those before it, in so many chunks at most. */
  start(code: Code, count: number, args: readonly number[], mostChunks = maxChunks): void {
    const place = this.#place(code);
    if (place === null || args.length > maxArguments) {
      this.finish();
      code.run(...args, 0, count);
      return;
    }
    this.#help((this.started - jobs + 1) | 0);
    const chunks = Math.max(1, Math.min(count, this.threads * chunksPerThread, mostChunks, maxChunks));
    this.#ring.publish({ kernel: code.id, module: [place, code.bytes.length], count, args, chunks });
    this.#open[this.started & (jobs - 1)] = { code, count, args, chunks };
  }

  /** Does what is left of the kernels that were started. Throws a WorkerError if a worker died or failed. */
  finish(): void {
    this.#help(this.started);
  }

  /** Whether the program of a worker has begun. */
  hasStarted(worker: number): boolean {
    return this.#ring.hasStarted(worker);
  }

  stop(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  /** Works until the kernel of this number is done. */
  #help(number: number): void {
    for (let { finished } = this.#ring; isBefore(finished, number); { finished } = this.#ring) {
      const job = (finished + 1) | 0;
      const start = performance.now();
      const chunks = this.#runChunks(job);
      const perChunk = chunks === 0 ? 0 : (performance.now() - start) / chunks;
      this.#await(finished, Math.max(this.patience, patienceFor(this.#open[job & (jobs - 1)]!, perChunk)));
    }
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure;
    const failed = this.#ring.takeFailure();
    if (failed !== null) throw new WorkerError(`a worker failed: ${failed}`);
  }

  /** Runs chunks of a job until none is left; returns how many. */
  #runChunks(number: number): number {
    const { code, count, args, chunks } = this.#open[number & (jobs - 1)]!;
    let ran = 0;
    for (let chunk = this.#ring.claim(number); chunk >= 0; chunk = this.#ring.claim(number)) {
      try {
        code.run(...args, Math.floor((count * chunk) / chunks), Math.floor((count * (chunk + 1)) / chunks));
      } catch (error) {
        this.#failure ??= error;
      }
      this.#ring.finishChunk(number);
      ran++;
    }
    return ran;
  }

  /** Waits until more than `finished` is done; gives up after `patience` milliseconds without progress. */
  #await(finished: number, patience: number): void {
    const ring = this.#ring;
    for (let look = 0; look < looks; look++) if (ring.finished !== finished) return;
    const number = (finished + 1) | 0;
    let seen = ring.chunksDone(number);
    let before = performance.now();
    let waited = 0;
    while (ring.finished === finished) {
      this.#sleep(finished);
      const done = ring.chunksDone(number);
      const now = performance.now();
      // Longer than a nap, this thread stood still, and the workers perhaps as well: a laptop was closed, or Ctrl-Z.
      waited = done === seen ? waited + Math.min(now - before, 2 * nap) : 0;
      if ((waited > patience || this.#onlyDeadAreBusy()) && ring.finished === finished)
        this.#giveUp(number, waited);
      [seen, before] = [done, now];
    }
  }

  #sleep(finished: number): void {
    if (!this.#maySleep) return;
    try {
      this.#ring.sleep(finished, nap);
    } catch {
      this.#maySleep = false;
    }
  }

  /** Whether all that is not done is held by workers that are known to have ended. */
  #onlyDeadAreBusy(): boolean {
    return this.#ended.size > 0 && this.#ring.busyWorkers().every(worker => this.#ended.has(worker));
  }

  #giveUp(number: number, waited: number): never {
    const missing = this.#open[number & (jobs - 1)]!.chunks - this.#ring.chunksDone(number);
    const busy = this.#ring.busyWorkers().map(worker => worker + 1);
    throw new WorkerError(
      `a worker died: ${missing} part${missing === 1 ? '' : 's'} of a kernel's work, held by ` +
        `${busy.length > 0 ? `worker ${busy.join(', ')} of ${this.#workers.length}` : 'no worker that is left'}, ` +
        `did not come back within ${(waited / 1000).toFixed(waited < 1000 ? 1 : 0)} s. The next call starts new workers`,
    );
  }

  /** Returns where workers find the module of a kernel, or null if it is larger than all the room. */
  #place({ id, bytes }: Code): number | null {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    if (bytes.length > moduleBytes) return null;
    if (this.#placed + bytes.length > moduleBytes) this.#forgetPlaces();
    const at = this.#placed;
    this.#modules.set(bytes, at);
    this.#places.set(id, at);
    this.#placed += bytes.length;
    return at;
  }

  /** Makes room for modules: none is read any more, and those that are wanted again are put in again. */
  #forgetPlaces(): void {
    this.finish();
    this.#places.clear();
    this.#placed = 0;
  }
}

/** Whether a job's number is before another's: they go round after 2³² jobs. */
function isBefore(number: number, other: number): boolean {
  return ((number - other) | 0) < 0;
}
