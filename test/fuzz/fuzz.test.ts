/** Each fuzzer finds a fault that is planted in a kernel, and shrinks what shows it. */
import { configure, runtimeInfo } from 'tinygrad-ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { memory } from '../../src/backend/select.ts';
import { wasm } from '../../src/backend/wasm/index.ts';
import { start } from './checks.ts';
import { type Counterexample, fuzz } from './fuzz.ts';
import { fuzzers } from './fuzzers/index.ts';

const initial = runtimeInfo();
const kernels = { ...wasm };

beforeAll(() => start());
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => {
  configure({ backend: initial.backend, threads: initial.threads, debugMemory: false });
});

/** Returns what the fuzzer of this name finds in its first cases. */
async function findingOf(name: string): Promise<Counterexample> {
  const fuzzer = fuzzers.find(each => each.name === name)!;
  const { counterexample } = await fuzz(fuzzer, { seed: 1, runs: 1500 });
  expect(counterexample, 'a finding').not.toBeNull();
  return counterexample!;
}

describe('a fault that is planted is found, and shrunk to what shows it', () => {
  it('by random programs: a function for another', async () => {
    const { unary } = kernels;
    vi.spyOn(wasm, 'unary').mockImplementation((op, ...args) =>
      unary(op === 'tanh' ? 'sigmoid' : op, ...args),
    );
    const { code, message } = await findingOf('programs');
    expect(message).toMatch(/^against float64/);
    expect(code.match(/const y\d+ = /g)).toHaveLength(1);
    expect(code).toContain('.tanh()');
  });

  it('by random programs: a kernel that does otherwise the second time', async () => {
    const { unary } = kernels;
    let calls = 0;
    vi.spyOn(wasm, 'unary').mockImplementation((op, ...args) =>
      unary(op === 'neg' && ++calls % 2 === 0 ? 'abs' : op, ...args),
    );
    const { code, message } = await findingOf('programs');
    expect(message).toMatch(/^(in a module|in modules|looking|op by op)/);
    expect(code).toContain('.neg()');
    expect(code.match(/const y\d+ = /g)).toHaveLength(1);
  });

  it('by random convolutions: a bias that is left out', async () => {
    const { conv2d } = kernels;
    vi.spyOn(wasm, 'conv2d').mockImplementation((y, x, w, _bias, geometry) =>
      conv2d(y, x, w, null, geometry),
    );
    const { code } = await findingOf('convolution');
    expect(code.match(/F\.conv2d/g)).toHaveLength(1);
    expect(code).toContain('{ shape: [1, 1, 1, 1], requiresGrad: true }');
  });

  it('by random pooling: a mean that counts the padding', async () => {
    const { avgPool2d } = kernels;
    vi.spyOn(wasm, 'avgPool2d').mockImplementation((y, x, geometry) =>
      avgPool2d(y, x, { ...geometry, countIncludePad: true }),
    );
    const { code } = await findingOf('pooling');
    expect(code).toMatch(/F\.avgPool2d\(.*countIncludePad: false/);
  });

  it('by random batch norm: a variance that lacks its eps', async () => {
    const { batchNorm } = kernels;
    vi.spyOn(wasm, 'batchNorm').mockImplementation((y, x, mean, variance, weight, bias, eps) =>
      batchNorm(y, x, mean, variance, weight, bias, eps / 2),
    );
    expect((await findingOf('batchNorm')).code).toContain('F.batchNorm(');
  });

  it('by random matrix products: an inner size that is left out', async () => {
    const { matmul } = kernels;
    vi.spyOn(wasm, 'matmul').mockImplementation((y, a, b) => {
      if (a.shape.at(-1) === 16) wasm.fill(y, 0);
      else matmul(y, a, b);
    });
    expect((await findingOf('matmul')).code).toMatch(/shape: \[(1, )?16\]/);
  });

  it('by random softmax: a logarithm that is left out', async () => {
    vi.spyOn(wasm, 'logSoftmax').mockImplementation(kernels.softmax);
    expect((await findingOf('softmax')).code).toMatch(/F\.(logSoftmax|crossEntropy)\(/);
  });

  it('by random reductions: the largest for the smallest', async () => {
    const { argExtremum } = kernels;
    vi.spyOn(wasm, 'argExtremum').mockImplementation((_which, ...args) => argExtremum('max', ...args));
    expect((await findingOf('reductions')).code).toMatch(/\.(arg)?min\(/);
  });

  it('by random steps of SGD: Nesterov without its look ahead', async () => {
    const { sgd } = kernels;
    vi.spyOn(wasm, 'sgd').mockImplementation((items, options) => sgd(items, { ...options, nesterov: false }));
    const { code } = await findingOf('sgd');
    expect(code).toContain('"nesterov":true');
    expect(code.match(/optimizer\.step\(\)/g)!.length).toBeLessThanOrEqual(2);
  });

  it('by random lives: what was kept is freed', async () => {
    vi.spyOn(memory, 'keep').mockImplementation(() => {});
    const { code } = await findingOf('lifetimes');
    expect(code).toContain("'hold what was kept'");
    expect(code.match(/act: /g)!.length).toBeLessThanOrEqual(3);
  });
});

it('finds a case again by its seed and its path', async () => {
  vi.spyOn(wasm, 'softmax').mockImplementation(kernels.logSoftmax);
  const { seed, path, code } = await findingOf('softmax');
  const again = await fuzz(fuzzers.find(({ name }) => name === 'softmax')!, { seed, path });
  expect(again.counterexample?.code).toBe(code);
});
