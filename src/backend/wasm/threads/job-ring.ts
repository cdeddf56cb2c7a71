/** The caller's side of the words that threads share: it puts jobs into the ring, and claims chunks of them. */
import {
  busyWords,
  chunkBits,
  claimStep,
  failedWord,
  finishedWord,
  job,
  jobAt,
  maxChunks,
  messageWords,
  publishedWord,
  sharedWords,
  sleepersWord,
  startedWords,
  waitersWord,
} from './layout.ts';

/** A kernel's work: chunk i of n are the units from ⌊count · i / n⌋ up to ⌊count · (i + 1) / n⌋. */
export interface Job {
  readonly kernel: number;
  /** Where the kernel's module lies among the modules, and how long it is. */
  readonly module: readonly [at: number, length: number];
  readonly count: number;
  readonly args: readonly number[];
  readonly chunks: number;
}

export class JobRing {
  readonly shared = new SharedArrayBuffer(4 * sharedWords);
  readonly #words = new Int32Array(this.shared);
  readonly #numbers = new Float64Array(this.shared);
  readonly #threads: number;
  #published = 0;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** The number of the last job. */
  get published(): number {
    return this.#published;
  }

  /** The number of the last job that is done. */
  get finished(): number {
    return Atomics.load(this.#words, finishedWord);
  }

  /** Lets every thread claim chunks of a job, once those before it are done; there must be room for it. */
  publish({ kernel, module, count, args, chunks }: Job): void {
    const words = this.#words;
    const number = (this.#published + 1) | 0;
    const at = jobAt(number);
    words[at + job.kernel] = kernel;
    words[at + job.bytesAt] = module[0];
    words[at + job.bytesLength] = module[1];
    words[at + job.chunks] = chunks;
    words[at + job.count] = count;
    words[at + job.argumentCount] = args.length;
    words[at + job.done] = 0;
    this.#numbers.set(args, (at + job.arguments) / 2);
    let next = 0;
    for (let thread = 0; thread < this.#threads; thread++) {
      const end = Math.floor((chunks * (thread + 1)) / this.#threads);
      const claim = (number << (2 * chunkBits)) | (next << chunkBits) | end;
      Atomics.store(words, at + job.claims + claimStep * thread, claim);
      next = end;
    }
    this.#published = number;
    Atomics.store(words, publishedWord, number);
    if (Atomics.load(words, sleepersWord) > 0) Atomics.notify(words, publishedWord);
  }

  /** Returns a chunk of this job, which is the caller's now, or -1 if none is left. */
  claim(number: number): number {
    const words = this.#words;
    const first = jobAt(number) + job.claims;
    for (let thread = 0; thread < this.#threads; thread++) {
      const word = first + claimStep * thread;
      for (;;) {
        const claim = Atomics.load(words, word);
        const next = (claim >>> chunkBits) & maxChunks;
        const end = claim & maxChunks;
        if (next >= end) break;
        const rest = thread === 0 ? claim + (1 << chunkBits) : claim - 1;
        if (Atomics.compareExchange(words, word, claim, rest) === claim) return thread === 0 ? next : end - 1;
      }
    }
    return -1;
  }

  /** Says that a chunk of this job is done. */
  finishChunk(number: number): void {
    const words = this.#words;
    const at = jobAt(number);
    const chunks = words[at + job.chunks]!;
    if (Atomics.add(words, at + job.done, 1) + 1 < chunks) return;
    Atomics.store(words, finishedWord, number);
    if (Atomics.load(words, waitersWord) > 0) Atomics.notify(words, finishedWord);
  }

  /** Sleeps until another job than this one is the last that is done, for `ms` milliseconds at most. */
  sleep(finished: number, ms: number): void {
    Atomics.add(this.#words, waitersWord, 1);
    try {
      Atomics.wait(this.#words, finishedWord, finished, ms);
    } finally {
      Atomics.sub(this.#words, waitersWord, 1);
    }
  }

  /** Returns how many chunks of this job are done. */
  chunksDone(number: number): number {
    return Atomics.load(this.#words, jobAt(number) + job.done);
  }

  /** Returns which of the workers are in the middle of a chunk. */
  busyWorkers(): number[] {
    const workers = Array.from({ length: this.#threads - 1 }, (_, worker) => worker);
    return workers.filter(worker => Atomics.load(this.#words, busyWords + worker) !== 0);
  }

  /** Whether the program of a worker has begun. */
  hasStarted(worker: number): boolean {
    return Atomics.load(this.#words, startedWords + worker) !== 0;
  }

  /** Returns why a chunk failed in a worker since the last call, or null if none did. */
  takeFailure(): string | null {
    const length = Atomics.exchange(this.#words, failedWord, 0);
    if (length === 0) return null;
    return String.fromCharCode(...this.#words.subarray(messageWords, messageWords + length));
  }
}
