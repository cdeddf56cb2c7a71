/** The program of a worker, as text: a file of TypeScript cannot be a worker's program everywhere. */
import {
  busyWords,
  callerWord,
  chunkBits,
  claimWord,
  firstJob,
  job,
  jobs,
  jobWords,
  maxChunks,
  maxMessage,
  sleepersWord,
} from './layout.ts';

/** How often an idle worker looks at the claim word before it sleeps: some 150 µs, more than lies between two kernels. */
const looks = 80_000;

/**
 * The program. It expects `start({ memory, shared, modules, worker })` to be called with the kernels' memory, the words
 * of layout.ts, the bytes of all modules and the number of this worker.
 */
export const workerSource = `'use strict';
function start({ memory, shared, modules, worker }) {
  const words = new Int32Array(shared);
  const numbers = new Float64Array(shared);
  const kernels = new Map();

  function kernelOf(at) {
    const id = words[at + ${job.kernel}];
    let kernel = kernels.get(id);
    if (!kernel) {
      const from = words[at + ${job.bytesAt}];
      const bytes = new Uint8Array(modules, from, words[at + ${job.bytesLength}]).slice();
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
      kernel = Object.values(exports)[0];
      kernels.set(id, kernel);
    }
    return kernel;
  }

  function runChunk(at, chunk) {
    const [count, chunks] = [words[at + ${job.count}], words[at + ${job.chunks}]];
    const first = (at + ${job.arguments}) / 2;
    const args = Array.from(numbers.subarray(first, first + words[at + ${job.argumentCount}]));
    kernelOf(at)(...args, Math.floor((count * chunk) / chunks), Math.floor((count * (chunk + 1)) / chunks));
  }

  function fail(at, error) {
    const message = String(error).slice(0, ${maxMessage});
    for (let i = 0; i < message.length; i++) words[at + ${job.message} + i] = message.charCodeAt(i);
    Atomics.store(words, at + ${job.failed}, message.length);
  }

  for (;;) {
    const claim = Atomics.load(words, ${claimWord});
    const chunk = claim & ${maxChunks};
    const at = ${firstJob} + ((claim >>> ${chunkBits}) % ${jobs}) * ${jobWords};
    if (chunk < words[at + ${job.chunks}]) {
      // Said first, so that whoever finds a chunk missing finds who has it.
      Atomics.store(words, ${busyWords} + worker, 1);
      if (Atomics.compareExchange(words, ${claimWord}, claim, claim + 1) === claim) {
        try {
          runChunk(at, chunk);
        } catch (error) {
          fail(at, error);
        }
        Atomics.add(words, at + ${job.done}, 1);
        if (Atomics.load(words, ${callerWord})) Atomics.notify(words, at + ${job.done});
      }
      Atomics.store(words, ${busyWords} + worker, 0);
      continue;
    }
    let look = 0;
    while (look < ${looks} && Atomics.load(words, ${claimWord}) === claim) look++;
    if (look < ${looks}) continue;
    Atomics.add(words, ${sleepersWord}, 1);
    Atomics.wait(words, ${claimWord}, claim, 10000);
    Atomics.sub(words, ${sleepersWord}, 1);
  }
}
`;
