/** What the peers share: one batch of noise, initial weights, and the loop that times their steps. */
import { median } from '../timing.ts';

/** Returns numbers in [0, 1), the same in every process (mulberry32): all peers print the same losses. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(1);

/** Returns PyTorch's initial weights, and biases, of a layer with `fanIn` inputs for each output. */
export function weights(count: number, fanIn: number): Float32Array {
  const bound = 1 / Math.sqrt(fanIn);
  return Float32Array.from({ length: count }, () => (2 * random() - 1) * bound);
}

/** Returns a batch: pixels of standard normal noise, and a class for each image. */
export function noise(batch: number): { pixels: Float32Array; classes: Int32Array } {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    pixels: Float32Array.from({ length: batch * 28 * 28 }, normal),
    classes: Int32Array.from({ length: batch }, () => Math.floor(10 * random())),
  };
}

/** Reads `STEPS [BATCH]` from the command line. */
export function readArguments(): { steps: number; batch: number } {
  const [steps, batch] = [process.argv[2], process.argv[3] ?? '64'].map(Number) as [number, number];
  if (!(Number.isInteger(steps) && steps > 0 && Number.isInteger(batch) && batch > 0))
    throw new Error(`usage: node --import tsx ${process.argv[1]} STEPS [BATCH]`);
  return { steps, batch };
}

/** Prints the loss of each step, to show that the peer trains, and last the median milliseconds per step. */
export async function timeSteps(step: () => Promise<number>, steps: number): Promise<void> {
  console.log(`loss ${(await step()).toFixed(4)}`); // not counted: compiles and allocates
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    const loss = await step();
    times.push(performance.now() - start);
    console.log(`loss ${loss.toFixed(4)}`);
  }
  console.log(median(times));
}
