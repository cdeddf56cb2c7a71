/** The most multiply-adds that this engine can do: a loop on registers alone, of the width that kernels have. */
import { Worker } from 'node:worker_threads';
import { runtimeInfo } from 'tinygrad-ts';
import { f32x4, forRange, i32, Module, v128 } from 'tinygrad-ts/asm';

interface Engine {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: { run(address: number, rounds: number): void } };
}

const { WebAssembly: engine } = globalThis as unknown as { WebAssembly: Engine };

/** Returns GFLOP/s of a bare multiply-add loop. */
export type Peak = () => number;

const rounds = 200_000;

/**
 * Returns the loop as a module, and its operations per call: sums[i] += numbers[j] · factors[k], as in a kernel. Eight
 * sums of the vector's width hide the latency of the additions; two loads per round keep the products inside the loop.
 */
function loop(): { bytes: Uint8Array<ArrayBuffer>; flops: number } {
  const vectors = runtimeInfo().simdWidth === 256 ? 16 : 8;
  const m = new Module(`peak of ${vectors} vectors`);
  m.importMemory('env', 'memory', { min: 1 });
  const run = m.func({ name: 'run', params: { at: i32, rounds: i32 } }, (f, { at, rounds: count }) => {
    const i = f.local(i32, 'i');
    // Neighbours in memory: that is what the engine fuses to 256 bits.
    const sums = Array.from({ length: vectors }, (_, k) => f.let(v128.load(at, 16 * k), `sum${k}`));
    const factors = Array.from({ length: vectors / 2 }, (_, k) => f.let(v128.load(at, 16 * k), `factor${k}`));
    forRange(f, i, 0, count, 1, () => {
      const from = f.let(i32.add(at, i32.shl(i32.and(i, 7), 2)), 'from');
      const numbers = [0, 64].map(offset => f.let(v128.load32Splat(from, offset), 'number'));
      sums.forEach((sum, k) => {
        const product = f32x4.mul(numbers[Math.floor((2 * k) / vectors)]!, factors[k % (vectors / 2)]!);
        sum.set(f32x4.add(sum, product));
      });
    });
    sums.forEach((sum, k) => void v128.store(f, at, sum, 16 * k));
  });
  m.export(run);
  return { bytes: m.toBytes(), flops: rounds * vectors * 4 * 2 };
}

export function peak(): Peak {
  const { bytes, flops } = loop();
  const memory = new engine.Memory({ initial: 1 });
  const instance = new engine.Instance(new engine.Module(bytes), { env: { memory } });
  new Float32Array(memory.buffer).fill(0.5);
  const measure = () => {
    const start = performance.now();
    instance.exports.run(64, rounds);
    return flops / (performance.now() - start) / 1e6;
  };
  for (let i = 0; i < 50; i++) measure(); // until the engine has optimised it
  return measure;
}

/** Runs the loop while the first shared word is 1, and counts its calls in the word after. */
const companion = `
const { workerData: { bytes, words, rounds } } = require('node:worker_threads');
const memory = new WebAssembly.Memory({ initial: 1 });
const { run } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
new Float32Array(memory.buffer).fill(0.5);
const state = new Int32Array(words);
for (let i = 0; i < 50; i++) run(64, rounds);
for (;;) {
  Atomics.wait(state, 0, 0);
  while (Atomics.load(state, 0) === 1) {
    run(64, rounds);
    Atomics.add(state, 1, 1);
  }
}`;

/** Returns a function that runs the loop on so many threads at once, and returns GFLOP/s of all together. */
export function peakOn(threads: number): Peak {
  const { bytes, flops } = loop();
  const alone = peak();
  const states = Array.from({ length: threads - 1 }, () => {
    const words = new SharedArrayBuffer(8);
    new Worker(companion, { eval: true, workerData: { bytes, words, rounds } }).unref();
    return new Int32Array(words);
  });
  return () => {
    for (const state of states) {
      Atomics.store(state, 1, 0);
      Atomics.store(state, 0, 1);
      Atomics.notify(state, 0);
    }
    const start = performance.now();
    let calls = 0;
    for (; performance.now() - start < 100; calls++) alone();
    for (const state of states) Atomics.store(state, 0, 0);
    const ms = performance.now() - start;
    const others = states.reduce((sum, state) => sum + Atomics.load(state, 1), 0);
    return ((calls + others) * flops) / ms / 1e6;
  };
}
