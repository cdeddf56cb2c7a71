import { describe, expect, it } from 'vitest';
import type { NdArray } from '../../../src/backend/array.ts';
import type { Kernels } from '../../../src/backend/kernels.ts';
import { setDebugMemory } from '../../../src/backend/wasm/debug-memory.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { allocate, bytesReserved, maxBytes, release } from '../../../src/backend/wasm/memory.ts';
import { numel } from '../../../src/shape.ts';
import { expectSame, type Maker, noise } from './guarded.ts';

// It would fill the whole of the memory.
setDebugMemory(false);

/** The free bytes that are left for the kernels, at the end of the memory. */
const tail = 2 ** 25;

type Call = (k: Kernels, make: Maker) => readonly NdArray[];

/** Runs `call` with each of its arrays in turn at the very end of the memory. */
function expectSameAtTheEnd(arrays: number, call: Call): void {
  const first = allocate(64);
  const filler = allocate(maxBytes - tail - (first.address + first.size));
  try {
    for (let last = 0; last < arrays; last++) {
      let [count, used] = [0, 0];
      expectSame((k, make) =>
        call(k, (values, shape, ...rest) => {
          const bytes = 64 * Math.ceil((4 * numel(shape)) / 64);
          used += bytes;
          if (k !== wasm || count++ !== last) return make(values, shape, ...rest);
          const before = allocate(tail - used);
          const array = make(values, shape, ...rest);
          release(before);
          return array;
        }),
      );
      expect(bytesReserved()).toBe(maxBytes);
    }
  } finally {
    release(filler);
    release(first);
  }
}

describe('the end of the memory', () => {
  it('leaves out the page whose end is no address', () => {
    expect(maxBytes).toBe(2 ** 31 - 2 ** 16);
  });

  it('is right for elementwise ops, copies and sums', () => {
    const shape = [67, 3, 5];
    expectSameAtTheEnd(3, (k, make) => {
      const [y, a, b] = [1, 2, 3].map(seed => make(noise(numel(shape), seed), shape));
      k.binary('add', y!, a!, b!);
      return [y!];
    });
    expectSameAtTheEnd(2, (k, make) => {
      const [y, x] = [make(noise(67, 1), [67, 1, 1]), make(noise(numel(shape), 2), shape)];
      k.sum(y, x);
      return [y];
    });
    expectSameAtTheEnd(2, (k, make) => {
      const y = make(noise(4 * 1005, 1), [4, 67, 3, 5], 'channelsLast');
      k.copy(y, make(noise(4 * 1005, 2), [4, 67, 3, 5]));
      return [y];
    });
  });

  it('is right for the statistics of rows that are longer than a page', () => {
    const [rows, channels] = [19, 40_001];
    expectSameAtTheEnd(6, (k, make) => {
      const batch = (seed: number) =>
        make(noise(rows * channels, seed), [rows, channels, 1, 1], 'channelsLast');
      const [mean, variance] = [1, 2].map(seed => make(noise(channels, seed), [channels]));
      const [x, y, dx, dy] = [batch(3), batch(4), batch(5), batch(6)];
      k.batchNormStats(mean!, variance!, x);
      k.batchNorm(y, x, mean!, variance!, null, null, 1e-5);
      k.batchNormBackward(dx, null, null, dy, x, mean!, variance!, null, 1e-5, true);
      return [mean!, variance!, y, dx];
    });
  });

  it('is right for products and convolutions', () => {
    expectSameAtTheEnd(3, (k, make) => {
      const y = make(noise(35 * 70, 1), [35, 70]);
      k.matmul(y, make(noise(35 * 64, 2), [35, 64]), make(noise(64 * 70, 3), [64, 70]));
      return [y];
    });
    const geometry = { stride: [1, 1], padding: [1, 1], dilation: [1, 1], groups: 1 } as const;
    expectSameAtTheEnd(5, (k, make) => {
      const [y, x, dx] = [1, 2, 3].map(seed =>
        make(noise(3 * 16 * 196, seed), [3, 16, 14, 14], 'channelsLast'),
      );
      const [w, dw] = [4, 5].map(seed => make(noise(16 * 16 * 9, seed), [16, 16, 3, 3]));
      k.conv2d(y!, x!, w!, null, geometry);
      k.conv2dBackwardInput(dx!, x!, w!, geometry);
      k.conv2dBackwardWeight(dw!, x!, x!, geometry);
      return [y!, dx!, dw!];
    });
  });
});
