/**
 * The words that threads share, apart from the kernels' memory. The claim word holds the next chunk to be claimed in
 * its lower bits and the number of the current job above them; whoever exchanges it for the next value owns that chunk.
 * A job that is over has another number, so a thread that comes late claims nothing: the same number comes again only
 * after 8 million jobs.
 */
export const claimWord = 0;
export const chunkBits = 9;
export const maxChunks = 2 ** chunkBits - 1;
/** How many workers sleep on the claim word. */
export const sleepersWord = 1;
/** Not 0 while the caller sleeps on the `done` word of its job. */
export const callerWord = 2;
/** From here a word per worker: not 0 while it runs a chunk. */
export const busyWords = 16;
export const maxThreads = 64;

/** Jobs lie in a ring, so that a late thread reads an old job, not a half-written one. */
export const jobs = 8;
export const firstJob = busyWords + maxThreads;
export const jobWords = 1024;

/** The words of a job, from its start. */
export const job = {
  kernel: 0,
  /** Where the module of the kernel lies among the modules, for workers that do not have it yet. */
  bytesAt: 1,
  bytesLength: 2,
  chunks: 3,
  /** Units of work. */
  count: 4,
  /** Chunks that are finished. */
  done: 5,
  /** Not 0 if a chunk failed; then the length of the message, a character per word, from `message`. */
  failed: 6,
  argumentCount: 7,
  /** Float64 values, two words each. */
  arguments: 8,
  message: 960,
} as const;

export const maxArguments = (job.message - job.arguments) / 2;
export const maxMessage = jobWords - job.message;
export const sharedWords = firstJob + jobs * jobWords;

/** The bytes that hold the modules of kernels; what does not fit any more runs on one thread. */
export const moduleBytes = 2 ** 24;

/** Returns the first word of the job with this number. */
export function jobAt(number: number): number {
  return firstJob + (number % jobs) * jobWords;
}
