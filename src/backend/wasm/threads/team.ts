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
  claimWord,
  job,
  jobAt,
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
  readonly at: number;
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
        this.#workers.push(startWorker(host, { memory, shared, modules, worker }));
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
    const at = this.#publish(code, place, count, chunks, args);
    this.#open = { code, count, args, chunks, at };
  }

  /** Does what is left of the kernel that was started. Throws a WorkerError if a worker died or failed. */
  finish(): void {
    if (!this.#open) return;
    const { code, count, args, chunks, at } = this.#open;
    this.#open = null;
    let longest = 0;
    let failure: unknown = null;
    for (let chunk = this.#claim(chunks); chunk >= 0; chunk = this.#claim(chunks)) {
      const start = performance.now();
      try {
        code.run(...args, Math.floor((count * chunk) / chunks), Math.floor((count * (chunk + 1)) / chunks));
      } catch (error) {
        failure ??= error;
      }
      longest = Math.max(longest, performance.now() - start);
      Atomics.add(this.#words, at + job.done, 1);
    }
    this.#join(at, chunks, Math.max(this.patience, slack * longest));
    if (failure) throw failure;
    const failed = this.#words[at + job.failed]!;
    if (failed > 0) throw new WorkerError(`a worker failed: ${this.#message(at, failed)}`);
  }

  stop(): void {
    for (const worker of this.#workers) worker.terminate();
  }

  /** Returns the first word of the job, which every thread may claim chunks of from now on. */
  #publish(code: Code, place: number, count: number, chunks: number, args: readonly number[]): number {
    this.#number = (this.#number + 1) & (2 ** (32 - chunkBits) - 1);
    const at = jobAt(this.#number);
    const words = this.#words;
    words[at + job.kernel] = code.id;
    words[at + job.bytesAt] = place;
    words[at + job.bytesLength] = code.bytes.length;
    words[at + job.chunks] = chunks;
    words[at + job.count] = count;
    words[at + job.done] = 0;
    words[at + job.failed] = 0;
    words[at + job.argumentCount] = args.length;
    this.#numbers.set(args, (at + job.arguments) / 2);
    Atomics.store(words, claimWord, this.#number << chunkBits);
    if (Atomics.load(words, sleepersWord) > 0) Atomics.notify(words, claimWord);
    return at;
  }

  /** Returns a chunk of the current job that is the caller's alone, or -1 if none is left. */
  #claim(chunks: number): number {
    for (;;) {
      const claim = Atomics.load(this.#words, claimWord);
      const chunk = claim & maxChunks;
      if (chunk >= chunks) return -1;
      if (Atomics.compareExchange(this.#words, claimWord, claim, claim + 1) === claim) return chunk;
    }
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
  #join(at: number, chunks: number, patience: number): void {
    const words = this.#words;
    const isDone = () => Atomics.load(words, at + job.done) === chunks;
    for (let look = 0; look < looks; look++) if (isDone()) return;
    let seen = Atomics.load(words, at + job.done);
    let before = performance.now();
    let waited = 0;
    Atomics.store(words, callerWord, 1);
    while (!isDone()) {
      this.#sleep(at + job.done, seen);
      const done = Atomics.load(words, at + job.done);
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

  #message(at: number, length: number): string {
    return String.fromCharCode(...this.#words.subarray(at + job.message, at + job.message + length));
  }
}
