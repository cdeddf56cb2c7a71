/** The most multiply-adds that this engine can do: a loop on registers alone, of the width that kernels have. */
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

/** Eight accumulators of the vector's width hide the latency of both operations. */
export function peak(): Peak {
  const wide = runtimeInfo().simdWidth === 256;
  const vectors = wide ? 16 : 8;
  const m = new Module(`peak of ${vectors} vectors`);
  m.importMemory('env', 'memory', { min: 1 });
  const run = m.func({ name: 'run', params: { at: i32, rounds: i32 } }, (f, { at, rounds }) => {
    const i = f.local(i32, 'i');
    // Neighbours in memory: that is what the engine fuses to 256 bits.
    const sums = Array.from({ length: vectors }, (_, k) => f.let(v128.load(at, 16 * k), `sum${k}`));
    const factors = [0, 1].map(k => f.let(v128.load(at, 16 * (vectors + k)), `factor${k}`));
    const terms = [2, 3].map(k => f.let(v128.load(at, 16 * (vectors + k)), `term${k}`));
    forRange(f, i, 0, rounds, 1, () => {
      sums.forEach((sum, k) => void sum.set(f32x4.add(f32x4.mul(sum, factors[k % 2]!), terms[k % 2]!)));
    });
    sums.forEach((sum, k) => void v128.store(f, at, sum, 16 * k));
  });
  m.export(run);
  const memory = new engine.Memory({ initial: 1 });
  const instance = new engine.Instance(new engine.Module(m.toBytes()), { env: { memory } });
  new Float32Array(memory.buffer).fill(0.5);
  const rounds = 200_000;
  const flops = rounds * vectors * 4 * 2;
  const measure = () => {
    const start = performance.now();
    instance.exports.run(64, rounds);
    return flops / (performance.now() - start) / 1e6;
  };
  for (let i = 0; i < 50; i++) measure(); // until the engine has optimised it
  return measure;
}
