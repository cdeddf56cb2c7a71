/** The program of a worker, as text: a file of TypeScript cannot be a worker's program everywhere. */
import {
  busyWords,
  callerWord,
  chunkBits,
  claimStep,
  claimWords,
  job,
  jobWord,
  maxChunks,
  maxMessage,
  sleepersWord,
} from './layout.ts';

/** How often an idle worker looks at the claim word before it sleeps: some 150 µs, more than lies between two kernels. */
const looks = 80_000;

/**
 * The program. It expects `start({ memory, shared, modules, worker, threads })` to be called with the kernels' memory,
 * the words of layout.ts, the bytes of all modules, the number of this worker and how many threads there are.
 */
export const workerSource = `'use strict';
function start({ memory, shared, modules, worker, threads }) {
  const words = new Int32Array(shared);
  const numbers = new Float64Array(shared);
  const kernels = new Map();

  function kernelOf() {
    const id = words[${job.kernel}];
    let kernel = kernels.get(id);
    if (!kernel) {
      const from = words[${job.bytesAt}];
      const bytes = new Uint8Array(modules, from, words[${job.bytesLength}]).slice();
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
      kernel = Object.values(exports)[0];
      kernels.set(id, kernel);
    }
    return kernel;
  }

  function runChunk(chunk) {
    const [count, chunks] = [words[${job.count}], words[${job.chunks}]];
    const first = ${job.arguments / 2};
    const args = Array.from(numbers.subarray(first, first + words[${job.argumentCount}]));
    kernelOf()(...args, Math.floor((count * chunk) / chunks), Math.floor((count * (chunk + 1)) / chunks));
  }

  function fail(error) {
    const message = String(error).slice(0, ${maxMessage});
    for (let i = 0; i < message.length; i++) words[${job.message} + i] = message.charCodeAt(i);
    Atomics.store(words, ${job.failed}, message.length);
  }

  // Runs the chunks that are left of a thread's part.
  function runPart(thread) {
    const word = ${claimWords} + ${claimStep} * thread;
    const isOwn = thread === worker + 1;
    for (;;) {
      const claim = Atomics.load(words, word);
      const [next, end] = [(claim >>> ${chunkBits}) & ${maxChunks}, claim & ${maxChunks}];
      if (next >= end) return;
      // Said first, so that whoever finds a chunk missing finds who has it.
      Atomics.store(words, ${busyWords} + worker, 1);
      const rest = isOwn ? claim + ${1 << chunkBits} : claim - 1;
      if (Atomics.compareExchange(words, word, claim, rest) === claim) {
        try {
          runChunk(isOwn ? next : end - 1);
        } catch (error) {
          fail(error);
        }
        Atomics.add(words, ${job.done}, 1);
        if (Atomics.load(words, ${callerWord})) Atomics.notify(words, ${job.done});
      }
      Atomics.store(words, ${busyWords} + worker, 0);
    }
  }

  for (;;) {
    const number = Atomics.load(words, ${jobWord});
    for (let i = 1; i <= threads; i++) runPart((worker + i) % threads);
    let look = 0;
    while (look < ${looks} && Atomics.load(words, ${jobWord}) === number) look++;
    if (look < ${looks}) continue;
    Atomics.add(words, ${sleepersWord}, 1);
    Atomics.wait(words, ${jobWord}, number, 10000);
    Atomics.sub(words, ${sleepersWord}, 1);
  }
}
`;
