/**
 * The words that threads share, apart from the kernels' memory.
 *
 * Jobs have numbers, lie in a ring, and are done one after the other: job n + 1 begins when all chunks of job n are
 * done. Each thread has a claim word in a job: the number of the job, and which chunks are left, from `next` up to
 * `end`, of the part that is the thread's own. Who exchanges the word for one with a chunk fewer owns that chunk: the
 * thread itself takes the first one, and when its own part is done, the last one of another's. So a thread goes through
 * the same part of a batch in kernel after kernel, and finds it in its cache. One that comes late, with a word that is
 * not there any more, claims nothing; one that finds the very same word 16,384 jobs later has claimed a chunk of that job.
 */
export const chunkBits = 9;
export const maxChunks = 2 ** chunkBits - 1;

/** The number of the last job in the ring: workers without work look at it, or sleep on it. */
export const publishedWord = 0;
/** The number of the last job that is done. */
export const finishedWord = 1;
/** How many workers sleep on the published word. */
export const sleepersWord = 2;
/** How many threads sleep on the finished word, until others are done. */
export const waitersWord = 3;
/** Not 0 if a chunk failed; then the length of the message, a character per word, from `messageWords`. */
export const failedWord = 4;
export const maxThreads = 64;
/** From here a word per worker: not 0 while it runs a chunk. */
export const busyWords = 16;
export const messageWords = busyWords + maxThreads;
export const maxMessage = 64;
/** From here a word per worker: not 0 once its program runs. */
export const startedWords = messageWords + maxMessage;

export const jobs = 32;
export const firstJob = startedWords + maxThreads;
export const jobWords = 2048;
export const sharedWords = firstJob + jobs * jobWords;

/** The words of a job, from its start. */
export const job = {
  kernel: 0,
  /** Where the module of the kernel lies among the modules, for workers that do not have it yet. */
  bytesAt: 1,
  bytesLength: 2,
  chunks: 3,
  /** Units of work. */
  count: 4,
  argumentCount: 5,
  /** Chunks that are done. */
  done: 16,
  /** A word per thread, the caller's first, each in a cache line of its own. */
  claims: 32,
  /** Float64 values, two words each. */
  arguments: 32 + 16 * maxThreads,
} as const;
export const claimStep = 16;

export const maxArguments = (jobWords - job.arguments) / 2;

/** The bytes that hold the modules of kernels, until there is no more room and all of them are put in anew. */
export const moduleBytes = 2 ** 23;
/** So many kernels a worker keeps. */
export const workerKernels = 1024;

/** Returns the first word of the job with this number. */
export function jobAt(number: number): number {
  return firstJob + (number & (jobs - 1)) * jobWords;
}
