/**
 * A team of threads that run one kernel together. The caller is one of them: it cuts the units of work into chunks, the
 * others begin to claim them while the caller goes on with its script, and when it needs the result or has the next
 * kernel it claims chunks too until none is left, and waits for the last. Which thread runs what changes from time to
 * time; what is computed does not, because units are independent.
 */
import { WorkerError } from '../../../errors.ts';
import type { Kernel, WasmMemory } from '../engine.ts';
import { type Host, startWorker, type WorkerHandle } from './host.ts';
import {
  busyWords,
  callerWord,
  chunkBits,
  claimStep,
  claimWords,
  job,
  jobWord,
  maxArguments,
  maxChunks,
  moduleBytes,
  sharedWords,
  sleepersWord,
} from './layout.ts';

/** A kernel that workers can get at. */
export interface Code {
  readonly id: number;
  readonly run: Kernel;
  /** The module, whose one export it is. */
  readonly bytes: Uint8Array;
}

/** So many chunks for each thread: a thread that is late, or has a slower core, leaves more to the others. */
const chunksPerThread = 8;
/** How often the caller looks at the done word before it sleeps: some 200 µs. */
const looks = 30_000;
/** The caller sleeps so many milliseconds at most before it looks again. */
const nap = 100;
/** A chunk may take so many times as long as the longest of the caller's. */
const slack = 4;

interface OpenJob {
  readonly code: Code;
  readonly count: number;
  readonly args: readonly number[];
  readonly chunks: number;
}

export class Team {
  readonly threads: number;
  /** Milliseconds without progress after which a worker that has a chunk counts as dead. */
  patience = 3000;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  readonly #modules: Uint8Array;
  readonly #workers: WorkerHandle[] = [];
  /** Where the modules of kernels lie, by the kernels' ids. */
  readonly #places = new Map<number, number>();
  #placed = 0;
  #number = 0;
  /** The kernel that is not finished. */
  #open: OpenJob | null = null;
  /** False in the main thread of a browser, which may not sleep. */
  #maySleep = true;

  /** Throws what the engine throws if not all of the workers can be started; then there is none. */
  constructor(threads: number, memory: WasmMemory, host: Host) {
    this.threads = threads;
    const shared = new SharedArrayBuffer(4 * sharedWords);
    this.#words = new Int32Array(shared);
    this.#numbers = new Float64Array(shared);
    const modules = new SharedArrayBuffer(moduleBytes);
    this.#modules = new Uint8Array(modules);
    try {
      for (let worker = 0; worker < threads - 1; worker++)
        this.#workers.push(startWorker(host, { memory, shared, modules, worker, threads }));
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

  /** Whether a kernel was started and not finished. */
  get isBusy(): boolean {
    return this.#open !== null;
  }

  /** Lets the others begin with a kernel, after the one before is finished. */
  start(code: Code, count: number, args: readonly number[]): void {
    this.finish();
    const place = this.#place(code);
    if (place === null || args.length > maxArguments) {
      code.run(...args, 0, count);
      return;
    }
    const chunks = Math.min(count, this.threads * chunksPerThread, maxChunks);
    this.#publish(code, place, count, chunks, args);
    this.#open = { code, count, args, chunks };
  }

  /** Does what is left of the kernel that was started. Throws a WorkerError if a worker died or failed. */
  finish(): void {
    if (!this.#open) return;
    const { code, count, args, chunks } = this.#open;
    this.#open = null;
    let failure: unknown = null;
    const start = performance.now();
    let mine = 0;
    for (let chunk = this.#claim(); chunk >= 0; chunk = this.#claim()) {
      try {
        code.run(...args, Math.floor((count * chunk) / chunks), Math.floor((count * (chunk + 1)) / chunks));
      } catch (error) {
        failure ??= error;
      }
      mine++;
      Atomics.add(this.#words, job.done, 1);
    }
    const perChunk = mine === 0 ? 0 : (performance.now() - start) / mine;
    this.#join(chunks, Math.max(this.patience, slack * perChunk));
    if (failure) throw failure;
    const failed = this.#words[job.failed]!;
    if (failed > 0) throw new WorkerError(`a worker failed: ${this.#message(failed)}`);
  }

  stop(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  /** Lets every thread claim chunks of a job from now on, of its own part first. */
  #publish(code: Code, place: number, count: number, chunks: number, args: readonly number[]): void {
    const words = this.#words;
    words[job.kernel] = code.id;
    words[job.bytesAt] = place;
    words[job.bytesLength] = code.bytes.length;
    words[job.chunks] = chunks;
    words[job.count] = count;
    words[job.done] = 0;
    words[job.failed] = 0;
    words[job.argumentCount] = args.length;
    this.#numbers.set(args, job.arguments / 2);
    this.#number = (this.#number + 1) | 0;
    for (let thread = 0; thread < this.threads; thread++) {
      const [next, end] = [thread, thread + 1].map(i => Math.floor((chunks * i) / this.threads)) as [
        number,
        number,
      ];
      const claim = (this.#number << (2 * chunkBits)) | (next << chunkBits) | end;
      Atomics.store(words, claimWords + claimStep * thread, claim);
    }
    Atomics.store(words, jobWord, this.#number);
    if (Atomics.load(words, sleepersWord) > 0) Atomics.notify(words, jobWord);
  }

  /** Returns a chunk of the current job that is the caller's alone, or -1 if none is left. */
  #claim(): number {
    for (let thread = 0; thread < this.threads; thread++) {
      const word = claimWords + claimStep * thread;
      for (;;) {
        const claim = Atomics.load(this.#words, word);
        const [next, end] = [(claim >>> chunkBits) & maxChunks, claim & maxChunks];
        if (next >= end) break;
        const rest = thread === 0 ? claim + (1 << chunkBits) : claim - 1;
        if (Atomics.compareExchange(this.#words, word, claim, rest) === claim)
          return thread === 0 ? next : end - 1;
      }
    }
    return -1;
  }

  /** Returns where workers find the module of a kernel, or null if there is no room for it. */
  #place({ id, bytes }: Code): number | null {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    const at = this.#placed;
    if (at + bytes.length > moduleBytes) return null;
    this.#modules.set(bytes, at);
    this.#places.set(id, at);
    this.#placed += bytes.length;
    return at;
  }

  /** Waits until all chunks are done; gives up after `patience` milliseconds without progress. */
  #join(chunks: number, patience: number): void {
    const words = this.#words;
    const isDone = () => Atomics.load(words, job.done) === chunks;
    for (let look = 0; look < looks; look++) if (isDone()) return;
    let seen = Atomics.load(words, job.done);
    let before = performance.now();
    let waited = 0;
    Atomics.store(words, callerWord, 1);
    while (!isDone()) {
      this.#sleep(job.done, seen);
      const done = Atomics.load(words, job.done);
      const now = performance.now();
      // Longer than a nap, this thread stood still, and the workers perhaps as well: a laptop was closed, or Ctrl-Z.
      waited = done === seen ? waited + Math.min(now - before, 2 * nap) : 0;
      if (waited > patience) this.#giveUp(chunks - done, waited);
      [seen, before] = [done, now];
    }
    Atomics.store(words, callerWord, 0);
  }

  #sleep(word: number, value: number): void {
    if (!this.#maySleep) return;
    try {
      Atomics.wait(this.#words, word, value, nap);
    } catch {
      this.#maySleep = false;
    }
  }

  #giveUp(missing: number, waited: number): never {
    const busy = this.#workers.flatMap((_, i) => (Atomics.load(this.#words, busyWords + i) ? [i + 1] : []));
    throw new WorkerError(
      `a worker died: ${missing} part${missing === 1 ? '' : 's'} of a kernel's work, held by ` +
        `${busy.length > 0 ? `worker ${busy.join(', ')} of ${this.#workers.length}` : 'no worker that is left'}, ` +
        `did not come back within ${(waited / 1000).toFixed(0)} s. The next call starts new workers`,
    );
  }

  #message(length: number): string {
    return String.fromCharCode(...this.#words.subarray(job.message, job.message + length));
  }
}
