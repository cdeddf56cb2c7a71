import { describe, expect, it } from 'vitest';
import { arrayOn, hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { AvgPoolGeometry, PoolGeometry } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { emitAvgPool2d, emitAvgPool2dBackward } from '../../../src/backend/wasm/kernels/avgPool2d.ts';
import { emitMaxPool2d } from '../../../src/backend/wasm/kernels/maxPool2d.ts';
import {
  emitMaxPool2dBackward,
  emitMaxPool2dBackwardTiled,
} from '../../../src/backend/wasm/kernels/maxPool2dBackward.ts';
import { poolForm, poolPlan, poolSizes } from '../../../src/backend/wasm/kernels/pool.ts';
import { pooledShape } from '../../../src/ops/pool.ts';
import { numel, type Pair, type Shape } from '../../../src/shape.ts';
import { expectSame, type Maker, noise } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

interface Case {
  readonly shape: Shape;
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly ceilMode?: boolean;
}

const cases: readonly Case[] = [
  ...Array.from({ length: 17 }, (_, i) => ({ shape: [2, i + 1, 4, 6], kernel: [2, 2] as const })),
  ...[16, 19, 24, 33].map(c => ({ shape: [2, c, 8, 8], kernel: [2, 2] as const })),
  { shape: [2, 5, 5, 7], kernel: [2, 2] },
  { shape: [2, 5, 5, 7], kernel: [2, 2], ceilMode: true },
  { shape: [2, 5, 7, 5], kernel: [3, 2], stride: [2, 1] },
  { shape: [2, 18, 9, 9], kernel: [3, 3], stride: [2, 2], padding: [1, 1] },
  { shape: [1, 4, 6, 6], kernel: [3, 3], stride: [1, 1], padding: [1, 1] },
  { shape: [2, 3, 8, 6], kernel: [3, 3], stride: [2, 3], padding: [1, 0], ceilMode: true },
  { shape: [1, 6, 8, 8], kernel: [4, 4], stride: [4, 4] },
  { shape: [3, 8, 7, 7], kernel: [7, 7] },
  { shape: [1, 2, 1, 1], kernel: [1, 1] },
  { shape: [1, 9, 4, 4], kernel: [1, 1], stride: [2, 2] },
  { shape: [2, 2, 1, 17], kernel: [1, 5], stride: [1, 2], padding: [0, 2] },
];

const dilated: readonly Case[] = [
  { shape: [2, 5, 9, 9], kernel: [2, 2], stride: [2, 2], dilation: [2, 3] },
  { shape: [1, 4, 9, 11], kernel: [3, 3], stride: [1, 2], padding: [1, 1], dilation: [2, 2] },
  { shape: [1, 4, 9, 11], kernel: [3, 3], stride: [1, 2], padding: [1, 1], dilation: [3, 4], ceilMode: true },
  { shape: [1, 3, 4, 4], kernel: [2, 2], padding: [1, 1], dilation: [5, 5] },
];

function geometryOf({
  shape,
  kernel,
  stride = kernel,
  padding = [0, 0],
  dilation = [1, 1],
  ceilMode = false,
}: Case) {
  const geometry: PoolGeometry = { kernel, stride, padding, dilation };
  return { geometry, yShape: pooledShape('pool', shape, { ...geometry, ceilMode }) };
}

function nhwc(make: Maker, shape: Shape, values: ArrayLike<number> = noise(numel(shape))): NdArray {
  return make(values, shape, 'channelsLast');
}

/** Max pooling and its gradient. */
function expectSameMax(pooling: Case, values: ArrayLike<number>): void {
  const { geometry, yShape } = geometryOf(pooling);
  expectSame(
    (k, make) => {
      const x = nhwc(make, pooling.shape, values);
      const y = nhwc(make, yShape);
      const indices = make(new Int32Array(numel(yShape)).fill(9), yShape, 'channelsLast', 'int32');
      k.maxPool2d(y, indices, x, geometry);
      const dx = nhwc(make, pooling.shape);
      k.maxPool2dBackward(dx, nhwc(make, yShape, noise(numel(yShape), 2)), indices, geometry);
      return [y, indices, dx];
    },
    3e-6,
    JSON.stringify(pooling),
  );
}

describe('maxPool2d', () => {
  it.each([...cases, ...dilated.slice(0, 3)])('takes the largest and its place: %o', pooling => {
    expectSameMax(pooling, noise(numel(pooling.shape)));
  });

  it('does as the reference where a window has no tap', () => {
    const { geometry, yShape } = geometryOf({ ...dilated[3]!, ceilMode: true });
    expectSame((k, make) => {
      const y = nhwc(make, yShape);
      const indices = make(new Int32Array(numel(yShape)), yShape, 'channelsLast', 'int32');
      k.maxPool2d(y, indices, nhwc(make, dilated[3]!.shape), geometry);
      return [y, indices];
    });
  });

  it('gives ties to the first, and takes NaN and infinities as the reference does', () => {
    const few = [0, -0, 1, 1, -Infinity, -Infinity, Infinity, Number.NaN];
    for (const kernel of [
      [2, 2],
      [3, 3],
      [4, 4],
    ] as const) {
      for (const padding of [0, 1]) {
        const shape = [4, 7, 12, 12];
        const values = noise(numel(shape), 4).map(v => few[Math.floor((v + 1) * 4) % 8]!);
        expectSameMax({ shape, kernel, padding: [padding, padding] }, values);
        expectSameMax({ shape, kernel }, new Float32Array(numel(shape)).fill(-Infinity));
        expectSameMax(
          { shape, kernel, stride: [1, 1] },
          values.map(v => (v > 0.5 ? Number.NaN : v)),
        );
      }
    }
  });
});

describe('avgPool2d', () => {
  const divisors = [
    { countIncludePad: true, divisorOverride: null },
    { countIncludePad: false, divisorOverride: null },
    { countIncludePad: true, divisorOverride: 3 },
  ];

  it.each([...cases, ...dilated])('is the mean of each window: %o', pooling => {
    for (const divisor of divisors) {
      const { geometry, yShape } = geometryOf(pooling);
      const avg: AvgPoolGeometry = { ...geometry, ...divisor };
      expectSame((k, make) => {
        const [y, dx] = [nhwc(make, yShape), nhwc(make, pooling.shape)];
        k.avgPool2d(y, nhwc(make, pooling.shape), avg);
        k.avgPool2dBackward(dx, nhwc(make, yShape, noise(numel(yShape), 2)), avg);
        return [y, dx];
      });
    }
  });

  it('is exact for a large window, and passes NaN and infinities on', () => {
    const shape = [1, 2, 150, 150];
    const { geometry, yShape } = geometryOf({ shape, kernel: [150, 150] });
    const avg = { ...geometry, countIncludePad: true, divisorOverride: null };
    const values = noise(numel(shape)).map(v => v + 1);
    for (const special of [1, Infinity, Number.NaN]) {
      values[7] = special;
      expectSame((k, make) => {
        const y = nhwc(make, yShape);
        k.avgPool2d(y, nhwc(make, shape, values), avg);
        return [y];
      });
    }
  });
});

describe('the kernels of pooling', () => {
  it('give the same bits however the work is sliced', () => {
    const overlapping = { shape: [2, 6, 8, 8], kernel: [3, 3], stride: [2, 2], padding: [1, 1] } as const;
    for (const pooling of [overlapping, { shape: [2, 6, 8, 8], kernel: [2, 2] } as const]) {
      const { geometry, yShape } = geometryOf(pooling);
      const [x, y] = [pooling.shape, yShape].map(shape =>
        arrayOn(hostArray(shape, 'float32').buffer, { shape, format: 'channelsLast' }),
      ) as [NdArray, NdArray];
      const plan = poolPlan(x, y, geometry);
      const [form, sizes] = [poolForm(plan), poolSizes(plan)];
      const [X, Y] = [numel(pooling.shape), numel(yShape)];
      const [xValues, yValues] = [noise(X), noise(Y)];
      const shares = noise(yShape[2]! * yShape[3]!);
      const indices = Int32Array.from({ length: Y }, (_, i) => (i * 7) % 64);
      const name = JSON.stringify(pooling);
      expectAnySlicing(`max ${name}`, m => emitMaxPool2d(m, form), 2 * yShape[2]!, [Y, Y, xValues], sizes);
      expectAnySlicing(`back ${name}`, m => emitMaxPool2dBackward(m, form), 16, [X, yValues, indices], sizes);
      if (pooling !== overlapping)
        expectAnySlicing(
          `tiled ${name}`,
          m => emitMaxPool2dBackwardTiled(m, form),
          8,
          [X, yValues, indices],
          sizes,
        );
      expectAnySlicing(
        `avg ${name}`,
        m => emitAvgPool2d(m, form),
        2 * yShape[2]!,
        [Y, xValues, shares],
        sizes,
      );
      expectAnySlicing(
        `avg back ${name}`,
        m => emitAvgPool2dBackward(m, form),
        16,
        [X, yValues, shares],
        sizes,
      );
    }
  });

  it('take operands from JavaScript memory, and no images at all', () => {
    for (const n of [0, 3]) {
      const { geometry, yShape } = geometryOf({ shape: [n, 5, 6, 6], kernel: [2, 2] });
      const results = [wasm, reference].map(k => {
        const [x, dx] = [0, 1].map(() => hostArray([n, 5, 6, 6], 'float32', 'channelsLast')) as [
          NdArray,
          NdArray,
        ];
        x.buffer.array.set(noise(numel(x.shape)));
        const [y, indices] = [
          hostArray(yShape, 'float32', 'channelsLast'),
          hostArray(yShape, 'int32', 'channelsLast'),
        ];
        k.maxPool2d(y, indices, x, geometry);
        k.maxPool2dBackward(dx, y, indices, geometry);
        return [y, indices, dx].map(a => [...a.buffer.array]);
      });
      expect(results[0]).toEqual(results[1]);
    }
  });
});
