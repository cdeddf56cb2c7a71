import { describe, expect, it } from 'vitest';
import { hostArray, type NdArray } from '../../../src/backend/array.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { emitBatchNorm } from '../../../src/backend/wasm/kernels/batchNorm.ts';
import { emitBatchNormGradientSums } from '../../../src/backend/wasm/kernels/batchNormBackward.ts';
import { emitBatchNormMoments, rowsPerChunk } from '../../../src/backend/wasm/kernels/batchNormStats.ts';
import { compile } from '../../../src/backend/wasm/runtime.ts';
import { expectSame, type Maker, noise, onBoth } from './guarded.ts';
import { expectAnySlicing, resultsOf } from './slices.ts';

const eps = 1e-5;

/** x [N, C, H, W], made of noise. */
function image(make: Maker, shape: readonly number[], { center = 0, seed = 1 } = {}): NdArray {
  const length = shape.reduce((a, b) => a * b, 1);
  return make(
    noise(length, seed).map(v => v + center),
    shape,
    'channelsLast',
  );
}

const shapes = [
  ...Array.from({ length: 17 }, (_, i) => [2, i + 1, 3, 2]),
  ...[19, 24, 32, 33, 48, 64, 130].map(c => [3, c, 2, 3]),
  ...[1, 2, 3, 4, 16, 31].map(c => [11, c, 13, 7]),
  [1, 1, 1, 1],
  [257, 16, 1, 1],
  [3, 1000, 2, 3],
];

describe('batchNormStats', () => {
  it.each(shapes)('are the mean and the variance of [%i, %i, %i, %i]', (...shape) => {
    expectSame((k, make) => {
      const [mean, variance] = [make(noise(shape[1]!), [shape[1]!]), make(noise(shape[1]!), [shape[1]!])];
      k.batchNormStats(mean, variance, image(make, shape));
      return [mean, variance];
    });
  });

  it.each([10, 1000, -30000])('are as exact if the mean is %i', center => {
    const [{ fast, truth }] = onBoth((k, make) => {
      const [mean, variance] = [make([0, 0, 0], [3]), make([0, 0, 0], [3])];
      k.batchNormStats(mean, variance, image(make, [8, 3, 12, 12], { center }));
      return [variance];
    }) as [{ fast: Float64Array; truth: Float64Array }];
    for (const [c, want] of truth.entries()) expect(Math.abs(fast[c]! - want) / want).toBeLessThan(3e-6);
  });

  it('are as exact for many rows, and if the first row of each chunk lies far out', () => {
    expectSame((k, make) => {
      const [mean, variance] = [make([0, 0, 0, 0], [4]), make([0, 0, 0, 0], [4])];
      const x = noise(4 * 30000, 3).map((v, i) => (Math.floor(i / 4) % rowsPerChunk(4) === 0 ? 900 : v + 1));
      k.batchNormStats(mean, variance, make(x, [30000, 4, 1, 1], 'channelsLast'));
      return [mean, variance];
    });
  });

  it('has variance 0 where all are equal', () => {
    const [, variance] = onBoth((k, make) => {
      const [mean, result] = [make([0, 0], [2]), make([0, 0], [2])];
      k.batchNormStats(mean, result, make(new Float32Array(600).fill(0.1), [300, 2, 1, 1], 'channelsLast'));
      return [mean, result];
    });
    expect([...variance!.fast]).toEqual([0, 0]);
  });

  it('puts NaN and infinities into their own channels', () => {
    expectSame((k, make) => {
      const [mean, variance] = [make(noise(5), [5]), make(noise(5), [5])];
      const x = noise(5 * 400);
      [x[6], x[12], x[17], x[22]] = [Number.NaN, Infinity, -Infinity, Infinity];
      k.batchNormStats(mean, variance, make(x, [400, 5, 1, 1], 'channelsLast'));
      return [mean, variance];
    });
  });
});

/** Statistics and parameters of C channels; the variance is positive. */
function perChannel(make: Maker, channels: number) {
  return {
    mean: make(noise(channels, 5), [channels]),
    variance: make(
      noise(channels, 6).map(v => v + 1.1),
      [channels],
    ),
    weight: make(noise(channels, 7), [channels]),
    bias: make(noise(channels, 8), [channels]),
  };
}

describe('batchNorm', () => {
  it.each(shapes)('normalises [%i, %i, %i, %i]', (...shape) => {
    for (const [weighted, shifted] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ]) {
      expectSame((k, make) => {
        const { mean, variance, weight, bias } = perChannel(make, shape[1]!);
        const y = image(make, shape);
        k.batchNorm(
          y,
          image(make, shape),
          mean,
          variance,
          weighted ? weight : null,
          shifted ? bias : null,
          eps,
        );
        return [y];
      });
    }
  });

  it('is exact if the mean is large', () => {
    expectSame((k, make) => {
      const { variance, weight, bias } = perChannel(make, 6);
      const y = image(make, [4, 6, 5, 5]);
      const x = image(make, [4, 6, 5, 5], { center: 1000 });
      k.batchNorm(y, x, make(new Float32Array(6).fill(1000), [6]), variance, weight, bias, eps);
      return [y];
    });
  });

  it('gives NaN and infinities where the reference does', () => {
    expectSame((k, make) => {
      const { mean, weight, bias } = perChannel(make, 5);
      const variance = make([0, 1, Infinity, Number.NaN, -1], [5]);
      const x = noise(5 * 20);
      x.set([Infinity, -Infinity, Number.NaN, 1, -0, 0, 0, 0, 0, 0], 3);
      const y = image(make, [20, 5, 1, 1]);
      k.batchNorm(y, make(x, [20, 5, 1, 1], 'channelsLast'), mean, variance, weight, bias, 0);
      return [y];
    });
  });
});

describe('batchNormBackward', () => {
  it.each(shapes)('is the gradient for [%i, %i, %i, %i]', (...shape) => {
    for (const [training, weighted] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      expectSame(
        (k, make) => {
          const { mean, variance, weight, bias } = perChannel(make, shape[1]!);
          const dx = image(make, shape);
          const [dy, x] = [image(make, shape, { seed: 2 }), image(make, shape, { seed: 3 })];
          const [dWeight, dBias] = [weight, bias];
          const w = weighted ? perChannel(make, shape[1]!).weight : null;
          k.batchNormBackward(dx, dWeight, dBias, dy, x, mean, variance, w, eps, training);
          return [dx, dWeight, dBias];
        },
        3e-6,
        `training ${training}, weight ${weighted}`,
      );
    }
  });

  it.each([
    [true, false, false],
    [false, true, false],
    [false, false, true],
    [false, true, true],
  ])('computes what is asked for: dx %s, dWeight %s, dBias %s', (...asked) => {
    for (const training of [true, false]) {
      expectSame((k, make) => {
        const { mean, variance, weight, bias } = perChannel(make, 6);
        const shape = [5, 6, 3, 3];
        const outputs = [image(make, shape), bias, make(noise(6), [6])].map((y, i) => (asked[i] ? y : null));
        const [dx, dWeight, dBias] = outputs as [NdArray | null, NdArray | null, NdArray | null];
        const [dy, x] = [image(make, shape, { seed: 2 }), image(make, shape, { seed: 3 })];
        k.batchNormBackward(dx, dWeight, dBias, dy, x, mean, variance, weight, eps, training);
        return outputs.filter(y => y !== null);
      });
    }
  });

  it('gives NaN where the reference does', () => {
    expectSame((k, make) => {
      const { mean, variance, weight, bias } = perChannel(make, 4);
      const [dx, dWeight] = [image(make, [9, 4, 2, 2]), make(noise(4), [4])];
      const [dy, x] = [noise(144, 2), noise(144, 3)];
      [dy[4], x[9], dy[14]] = [Number.NaN, Infinity, Infinity];
      const [dyImage, xImage] = [dy, x].map(v => make(v, [9, 4, 2, 2], 'channelsLast'));
      k.batchNormBackward(dx, dWeight, bias, dyImage!, xImage!, mean, variance, weight, eps, true);
      return [dx, dWeight, bias];
    });
  });
});

describe('the kernels of batch norm', () => {
  it('give the same bits however the work is sliced', () => {
    for (const channels of [1, 3, 6, 16, 23]) {
      const [rows, chunks] = [300, Math.ceil(300 / rowsPerChunk(channels))];
      const x = noise(rows * channels);
      const perChannel = noise(channels).map(v => v + 2);
      const moments = `moments ${channels}`;
      expectAnySlicing(
        moments,
        (m, machine) => emitBatchNormMoments(m, channels, machine),
        chunks,
        [chunks * 3 * channels, x],
        [rows],
      );
      const sums = `sums ${channels}`;
      expectAnySlicing(
        sums,
        (m, machine) => emitBatchNormGradientSums(m, channels, machine),
        chunks,
        [chunks * 2 * channels, x, x, perChannel],
        [rows],
      );
      expectAnySlicing(
        `norm ${channels}`,
        m => emitBatchNorm(m, channels, true, true),
        rows,
        [rows * channels, x, perChannel, perChannel, perChannel, perChannel],
        [eps],
      );
    }
  });

  it('give the same bits with wide vectors', () => {
    for (const channels of [8, 16, 23, 40]) {
      const operands = [3 * 3 * channels, noise(300 * channels)];
      const [narrow, wide] = [false, true].map(isWide => {
        const f = compile(`moments ${channels} ${isWide}`, m =>
          emitBatchNormMoments(m, channels, { wide: isWide }),
        );
        return resultsOf(f, operands, [300], [[0, 3]]);
      });
      expect(narrow).toEqual(wide);
    }
  });

  it('take operands from JavaScript memory, and no rows at all', () => {
    for (const rows of [0, 7]) {
      const results = [wasm, reference].map(k => {
        const [x, y] = [
          hostArray([rows, 3, 2, 1], 'float32', 'channelsLast'),
          hostArray([rows, 3, 2, 1], 'float32', 'channelsLast'),
        ];
        x.buffer.array.set(noise(rows * 6));
        const [mean, variance] = [hostArray([3], 'float32'), hostArray([3], 'float32')];
        k.batchNormStats(mean, variance, x);
        k.batchNorm(y, x, mean, variance, null, null, eps);
        return [...mean.buffer.array, ...variance.buffer.array, ...y.buffer.array];
      }) as [number[], number[]];
      results[0].forEach((value, i) => {
        expect(value).toBeCloseTo(results[1][i]!, 5);
      });
    }
  });
});
