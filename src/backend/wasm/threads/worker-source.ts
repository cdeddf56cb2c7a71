/** The program of a worker, as text: a file of TypeScript cannot be a worker's program everywhere. */
import {
  busyWords,
  chunkBits,
  claimStep,
  failedWord,
  finishedWord,
  firstJob,
  job,
  jobs,
  jobWords,
  maxChunks,
  maxMessage,
  messageWords,
  publishedWord,
  sleepersWord,
  startedWords,
  waitersWord,
  workerKernels,
} from './layout.ts';

/** How often an idle worker looks for work before it sleeps: some 150 µs, more than lies between two kernels. */
const looks = 80_000;
/** So many milliseconds it sleeps at most before it looks again. */
const nap = 10_000;

/**
 * The program. It expects `start({ memory, shared, modules, worker, threads })` to be called with the kernels' memory,
 * the words of layout.ts, the bytes of all modules, the number of this worker and how many threads there are.
 */
export const workerSource = `'use strict';
function start({ memory, shared, modules, worker, threads }) {
  const words = new Int32Array(shared);
  const numbers = new Float64Array(shared);
  const kernels = new Map();
  let last = null;
  const own = worker + 1;
  Atomics.store(words, ${startedWords} + worker, 1);

  function kernelOf(at) {
    const id = words[at + ${job.kernel}];
    let kernel = kernels.get(id);
    if (id === last) return kernel;
    // Those that were not used for longest come first, and go first.
    if (kernel) kernels.delete(id);
    else {
      const from = words[at + ${job.bytesAt}];
      const bytes = new Uint8Array(modules, from, words[at + ${job.bytesLength}]).slice();
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
      kernel = Object.values(exports)[0];
      if (kernels.size === ${workerKernels}) kernels.delete(kernels.keys().next().value);
    }
    kernels.set(id, kernel);
    last = id;
    return kernel;
  }

  function runChunk(at, chunk) {
    const count = words[at + ${job.count}];
    const chunks = words[at + ${job.chunks}];
    const first = (at + ${job.arguments}) / 2;
    const args = Array.from(numbers.subarray(first, first + words[at + ${job.argumentCount}]));
    kernelOf(at)(...args, Math.floor((count * chunk) / chunks), Math.floor((count * (chunk + 1)) / chunks));
  }

  function fail(error) {
    const message = String(error).slice(0, ${maxMessage});
    for (let i = 0; i < message.length; i++) words[${messageWords} + i] = message.charCodeAt(i);
    Atomics.store(words, ${failedWord}, message.length);
  }

  function finishChunk(number, at) {
    const chunks = words[at + ${job.chunks}];
    if (Atomics.add(words, at + ${job.done}, 1) + 1 < chunks) return;
    Atomics.store(words, ${finishedWord}, number);
    if (Atomics.load(words, ${waitersWord}) > 0) Atomics.notify(words, ${finishedWord});
  }

  // Runs the chunks that are left of a thread's part of a job.
  function runPart(number, at, thread) {
    const word = at + ${job.claims} + ${claimStep} * thread;
    for (;;) {
      const claim = Atomics.load(words, word);
      const next = (claim >>> ${chunkBits}) & ${maxChunks};
      const end = claim & ${maxChunks};
      if (next >= end || (claim ^ (number << ${2 * chunkBits})) >>> ${2 * chunkBits} !== 0) return;
      // Said first, so that whoever finds a chunk missing finds who has it.
      Atomics.store(words, ${busyWords} + worker, 1);
      const rest = thread === own ? claim + ${1 << chunkBits} : claim - 1;
      if (Atomics.compareExchange(words, word, claim, rest) === claim) {
        try {
          runChunk(at, thread === own ? next : end - 1);
        } catch (error) {
          fail(error);
        }
        finishChunk(number, at);
      }
      Atomics.store(words, ${busyWords} + worker, 0);
    }
  }

  // Waits until a word is not 'value' any more, awake at first.
  function wait(word, value, sleepers) {
    for (let look = 0; look < ${looks}; look++) if (Atomics.load(words, word) !== value) return;
    Atomics.add(words, sleepers, 1);
    Atomics.wait(words, word, value, ${nap});
    Atomics.sub(words, sleepers, 1);
  }

  for (;;) {
    const finished = Atomics.load(words, ${finishedWord});
    if (Atomics.load(words, ${publishedWord}) === finished) {
      wait(${publishedWord}, finished, ${sleepersWord});
      continue;
    }
    const number = (finished + 1) | 0;
    const at = ${firstJob} + (number & ${jobs - 1}) * ${jobWords};
    for (let i = 0; i < threads; i++) runPart(number, at, (own + i) % threads);
    wait(${finishedWord}, finished, ${waitersWord});
  }
}
`;
