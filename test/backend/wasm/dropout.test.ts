import { describe, expect, it } from 'vitest';
import { hostArray } from '../../../src/backend/array.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { emitDropoutMask } from '../../../src/backend/wasm/kernels/dropoutMask.ts';
import { noise, onBoth } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

/** The mask in both backends. */
function masks(length: number, p: number, seed: number) {
  const [mask] = onBoth((k, make) => {
    const y = make(noise(length), [length]);
    k.dropoutMask(y, p, seed);
    return [y];
  });
  return { fast: [...mask!.fast], truth: [...mask!.truth].map(Math.fround) };
}

describe('dropoutMask', () => {
  it('has the bits of the reference for every length', () => {
    for (const length of [0, ...Array.from({ length: 17 }, (_, i) => i + 1), 1000, 10007]) {
      const { fast, truth } = masks(length, 0.3, length);
      expect(fast).toEqual(truth);
    }
  });

  it('has them for every seed and probability', () => {
    for (const p of [0, 1e-9, 0.1, 0.5, 0.9, 1 - 2 ** -33, 1]) {
      for (const seed of [0, 1, 123456789, 2 ** 31, 2 ** 32 - 1, -5]) {
        const { fast, truth } = masks(515, p, seed);
        expect(fast).toEqual(truth.map(v => (v === 0 ? 0 : v)));
      }
    }
  });

  it('writes to JavaScript memory, and serves float64', () => {
    for (const dtype of ['float32', 'float64'] as const) {
      const [fast, truth] = [hostArray([3, 7], dtype), hostArray([3, 7], dtype)];
      wasm.dropoutMask(fast, 0.4, 7);
      reference.dropoutMask(truth, 0.4, 7);
      expect([...fast.buffer.array]).toEqual([...truth.buffer.array]);
    }
  });

  it('has the same bits however the work is sliced', () => {
    for (const length of [2, 37, 128])
      expectAnySlicing(`dropout ${length}`, emitDropoutMask, length, [length], [99, 2 ** 30, 1.5]);
  });
});
