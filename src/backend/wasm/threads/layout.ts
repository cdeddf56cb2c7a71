/**
 * The words that threads share, apart from the kernels' memory.
 *
 * Each thread has a claim word: the number of the job, and which of its chunks are left, from `next` up to `end`, of the
 * part that is the thread's own. Who exchanges the word for one with a chunk fewer owns that chunk: the thread itself
 * takes the first one, and if its own part is done, the last one of another's. So threads go through the same part of a
 * batch in kernel after kernel, and find it in their caches. A thread that comes late with an old word claims nothing,
 * and one that sees the very same word 16,384 jobs later claims a chunk of the new job, which is as well.
 */
export const chunkBits = 9;
export const maxChunks = 2 ** chunkBits - 1;
/** The number of the current job: workers without work look at it, or sleep on it. */
export const jobWord = 0;
/** How many workers sleep. */
export const sleepersWord = 1;
/** Not 0 while the caller sleeps on the `done` word of the job. */
export const callerWord = 2;
export const maxThreads = 64;
/** From here a word per worker: not 0 while it runs a chunk. */
export const busyWords = 16;
/** From here a word per thread, the caller's first, each in a cache line of its own. */
export const claimWords = busyWords + maxThreads;
export const claimStep = 16;
const firstJob = claimWords + maxThreads * claimStep;
const jobWords = 1024;

/** The words of the job. */
export const job = {
  kernel: firstJob,
  /** Where the module of the kernel lies among the modules, for workers that do not have it yet. */
  bytesAt: firstJob + 1,
  bytesLength: firstJob + 2,
  chunks: firstJob + 3,
  /** Units of work. */
  count: firstJob + 4,
  /** Chunks that are finished. */
  done: firstJob + 5,
  /** Not 0 if a chunk failed; then the length of the message, a character per word, from `message`. */
  failed: firstJob + 6,
  argumentCount: firstJob + 7,
  /** Float64 values, two words each. */
  arguments: firstJob + 8,
  message: firstJob + 960,
} as const;

export const maxArguments = (job.message - job.arguments) / 2;
export const sharedWords = firstJob + jobWords;
export const maxMessage = sharedWords - job.message;

/** The bytes that hold the modules of kernels; what does not fit any more runs on one thread. */
export const moduleBytes = 2 ** 24;
