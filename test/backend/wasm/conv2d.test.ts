import { describe, expect, it } from 'vitest';
import { hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { ConvGeometry, Kernels } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { numel, type Pair, type Shape } from '../../../src/shape.ts';
import { expectSame, type Maker, noise } from './guarded.ts';

interface Case {
  readonly n?: number;
  readonly channels: Pair;
  readonly size: Pair;
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
  /** Rows and columns of y beyond those that the padding makes. */
  readonly extra?: Pair;
}

function geometryOf({
  stride = [1, 1],
  padding = [0, 0],
  dilation = [1, 1],
  groups = 1,
}: Case): ConvGeometry {
  return { stride, padding, dilation, groups };
}

/** The shapes of x, w and y; null if the kernel does not fit on the image. */
function shapesOf({ n = 2, channels: [inner, outer], size, kernel, extra = [0, 0], ...rest }: Case) {
  const { stride, padding, dilation, groups } = geometryOf({
    channels: [inner, outer],
    size,
    kernel,
    ...rest,
  });
  const side = (i: 0 | 1) =>
    Math.floor((size[i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1;
  if (side(0) < 1 || side(1) < 1) return null;
  return {
    x: [n, inner, ...size],
    w: [outer, inner / groups, ...kernel],
    y: [n, outer, side(0) + extra[0], side(1) + extra[1]],
  };
}

type Values = (length: number, seed: number) => Float32Array;

function forward(each: Case, biased: boolean, values: Values) {
  const shapes = shapesOf(each);
  return (k: Kernels, make: Maker) => {
    if (!shapes) return [];
    const fill = (shape: Shape, seed: number) => values(numel(shape), seed);
    const y = make(fill(shapes.y, 9), shapes.y, 'channelsLast');
    const x = make(fill(shapes.x, 1), shapes.x, 'channelsLast');
    const bias = biased ? make(fill([each.channels[1]], 3), [each.channels[1]]) : null;
    k.conv2d(y, x, make(fill(shapes.w, 2), shapes.w), bias, geometryOf(each));
    return [y];
  };
}

function backward(each: Case, values: Values) {
  const shapes = shapesOf(each);
  return (k: Kernels, make: Maker) => {
    if (!shapes) return [];
    const fill = (shape: Shape, seed: number) => values(numel(shape), seed);
    const dx = make(fill(shapes.x, 9), shapes.x, 'channelsLast');
    const dy = make(fill(shapes.y, 1), shapes.y, 'channelsLast');
    k.conv2dBackwardInput(dx, dy, make(fill(shapes.w, 2), shapes.w), geometryOf(each));
    return [dx];
  };
}

/** Asserts that both kernels agree with the reference. */
function check(each: Case, values: Values = noise): void {
  const context = JSON.stringify(each);
  expectSame(forward(each, true, values), 3e-6, `conv2d ${context}`);
  expectSame(forward(each, false, values), 3e-6, `conv2d without bias ${context}`);
  expectSame(backward(each, values), 3e-6, `conv2dBackwardInput ${context}`);
}

/** The whole numbers from 1 to 17. */
const small = Array.from({ length: 17 }, (_, i) => i + 1);

/** Values of which one in `rarity` is not finite. */
function withSpecials(rarity: number): Values {
  const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0];
  return (length, seed) =>
    noise(length, seed).map((v, i) => ((i + seed) % rarity === 0 ? specials[((i / rarity) % 5) | 0]! : v));
}

describe('conv2d and conv2dBackwardInput', () => {
  it.each<Case>([
    { channels: [1, 16], size: [28, 28], kernel: [5, 5] },
    { channels: [16, 16], size: [12, 12], kernel: [3, 3], padding: [1, 1] },
    { channels: [16, 32], size: [12, 12], kernel: [5, 5] },
    { channels: [32, 32], size: [4, 4], kernel: [3, 3], padding: [1, 1] },
    { channels: [3, 64], size: [30, 28], kernel: [7, 7], stride: [2, 2], padding: [3, 3] },
    { channels: [64, 64], size: [7, 7], kernel: [1, 1] },
  ])('agree with the reference on a layer of a real network: $channels of $size', each => check(each));

  it('agree with the reference for any number of channels', () => {
    for (const channels of small) {
      check({ channels: [channels, 5], size: [3, 4], kernel: [2, 2] });
      check({ channels: [3, channels], size: [3, 4], kernel: [2, 2] });
      check({ channels: [channels, channels], size: [1, 1], kernel: [1, 1] });
    }
    for (const channels of [19, 23, 29, 31, 37])
      check({ channels: [channels, channels], size: [3, 3], kernel: [3, 3] });
  });

  it('agree with the reference for any width and height', () => {
    for (const side of small) {
      check({ channels: [3, 6], size: [2, side], kernel: [1, 3], padding: [0, 1] });
      check({ channels: [3, 6], size: [side, 2], kernel: [3, 1], padding: [1, 0] });
      check({ channels: [2, 9], size: [3, side], kernel: [3, 5], padding: [2, 4], dilation: [1, 2] });
    }
  });

  it('agree with the reference for any stride, padding, dilation and groups', () => {
    const random = noise(10_000, 5).values();
    const from = (low: number, high: number) =>
      low + Math.floor(((random.next().value! + 1) / 2) * (high - low + 1));
    const pair = (low: number, high: number): Pair => [from(low, high), from(low, high)];
    for (let i = 0; i < 250; i++) {
      const groups = [1, 1, 2, 3, 8][from(0, 4)]!;
      check({
        n: from(1, 2),
        channels: [groups * from(1, 6), groups * from(1, 14)],
        groups,
        size: pair(1, 13),
        kernel: pair(1, 5),
        stride: pair(1, 3),
        padding: pair(0, 4),
        dilation: pair(1, 3),
      });
    }
  });

  it('agree with the reference if every channel is a group', () => {
    for (const channels of [...small, 32, 36]) {
      const each: Case = { channels: [channels, channels], groups: channels, size: [5, 6], kernel: [3, 3] };
      check({ ...each, padding: [1, 1] });
      check({ ...each, stride: [2, 3], padding: [2, 1], dilation: [2, 1] });
      check({ ...each, channels: [channels, 3 * channels] });
    }
  });

  it('agree with the reference for groups of one channel, then for as many groups of more', () => {
    check({ channels: [5, 5], groups: 5, size: [6, 6], kernel: [3, 3] });
    check({ channels: [10, 5], groups: 5, size: [6, 6], kernel: [3, 3] });
  });

  it('agree with the reference if the stride leaves pixels out', () => {
    check({ channels: [5, 8], size: [9, 10], kernel: [1, 1], stride: [3, 4] });
    check({ channels: [5, 8], size: [2, 3], kernel: [1, 1], stride: [5, 7] });
    check({
      channels: [5, 8],
      size: [11, 10],
      kernel: [2, 3],
      stride: [4, 4],
      dilation: [2, 2],
      padding: [1, 2],
    });
  });

  it('agree with the reference if the padding is wider than the kernel', () => {
    check({ channels: [2, 5], size: [3, 2], kernel: [1, 1], padding: [2, 3] });
    check({ channels: [2, 5], size: [2, 3], kernel: [2, 2], padding: [5, 4], stride: [2, 1] });
  });

  it('agree with the reference if there is more padding behind than before', () => {
    for (const extra of [
      [1, 0],
      [0, 1],
      [3, 2],
    ] as const) {
      check({ channels: [3, 9], size: [4, 5], kernel: [2, 2], extra });
      check({ channels: [3, 9], size: [4, 5], kernel: [3, 2], stride: [2, 2], padding: [1, 1], extra });
      check({ channels: [6, 6], groups: 6, size: [4, 5], kernel: [2, 4], extra });
    }
  });

  it('keep long sums accurate', () => {
    const positive: Values = (length, seed) => noise(length, seed).map(Math.abs);
    const wide: Case = { n: 1, channels: [512, 6], size: [4, 4], kernel: [3, 3], padding: [1, 1] };
    for (const values of [noise, positive]) {
      check(wide, values);
      check({ ...wide, channels: [6, 512] }, values);
      check({ n: 1, channels: [60_000, 4], groups: 2, size: [2, 2], kernel: [1, 1] }, values);
    }
  });

  it('put NaN and infinity where the reference puts them', () => {
    for (const rarity of [3, 11, 101]) {
      const values = withSpecials(rarity);
      check({ channels: [3, 6], size: [6, 7], kernel: [3, 3], padding: [1, 1] }, values);
      check({ channels: [5, 5], groups: 5, size: [6, 7], kernel: [3, 3], padding: [2, 2] }, values);
      check({ channels: [4, 9], size: [7, 5], kernel: [3, 2], stride: [2, 2], padding: [1, 1] }, values);
    }
  });

  it('do not multiply the padding by the weights', () => {
    const infinite: Values = (length, seed) =>
      noise(length, seed).fill(seed === 2 ? Number.POSITIVE_INFINITY : 1);
    check({ channels: [2, 5], size: [4, 5], kernel: [3, 3], padding: [1, 1] }, infinite);
  });
});

describe('conv2d', () => {
  const each: Case = { channels: [3, 10], size: [6, 5], kernel: [3, 2], padding: [1, 1], stride: [2, 1] };
  const shapes = shapesOf(each)!;

  function onHost(dtype: 'float32' | 'float64', n = 2) {
    const array = (shape: Shape, seed: number, format: 'contiguous' | 'channelsLast' = 'channelsLast') => {
      const x = hostArray(shape, dtype, format);
      x.buffer.array.set(noise(numel(shape), seed));
      return x;
    };
    const batch = (shape: Shape) => [n, ...shape.slice(1)];
    return {
      ...{ x: array(batch(shapes.x), 1), y: array(batch(shapes.y), 2), w: array(shapes.w, 3, 'contiguous') },
      bias: array([10], 4),
    };
  }

  /** What the reference makes of the same operands. */
  function expected(call: (k: Kernels) => NdArray): number[] {
    return Array.from(call(reference).buffer.array);
  }

  it('takes operands in JavaScript memory', () => {
    const run = (k: Kernels) => {
      const { y, x, w, bias } = onHost('float32');
      k.conv2d(y, x, w, bias, geometryOf(each));
      return y;
    };
    const want = expected(run);
    Array.from(run(wasm).buffer.array).forEach((v, i) => {
      expect(v).toBeCloseTo(want[i]!, 5);
    });
  });

  it('is the reference in float64', () => {
    const run = (k: Kernels) => {
      const { y, x, w, bias } = onHost('float64');
      k.conv2d(y, x, w, bias, geometryOf(each));
      k.conv2dBackwardInput(x, y, w, geometryOf(each));
      return x;
    };
    expect(Array.from(run(wasm).buffer.array)).toEqual(expected(run));
  });

  it('takes an empty batch, and no input channels', () => {
    const { y, x, w, bias } = onHost('float32', 0);
    wasm.conv2d(y, x, w, bias, geometryOf(each));
    wasm.conv2dBackwardInput(x, y, w, geometryOf(each));
    const result = hostArray([1, 2, 3, 3], 'float32', 'channelsLast');
    const none = hostArray([1, 0, 3, 3], 'float32', 'channelsLast');
    const two = hostArray([2], 'float32');
    two.buffer.array.set([5, 7]);
    wasm.conv2d(
      result,
      none,
      hostArray([2, 0, 1, 1], 'float32'),
      two,
      geometryOf({ ...each, padding: [0, 0], stride: [1, 1] }),
    );
    expect(Array.from(result.buffer.array)).toEqual(Array.from({ length: 18 }, (_, i) => (i % 2 ? 7 : 5)));
  });

  it('sees that the weights have changed', () => {
    expectSame((k, make) => {
      const [first, second] = [1, 2].map(() =>
        make(new Float32Array(numel(shapes.y)), shapes.y, 'channelsLast'),
      );
      const x = make(noise(numel(shapes.x)), shapes.x, 'channelsLast');
      const w = make(noise(numel(shapes.w), 2), shapes.w);
      k.conv2d(first!, x, w, null, geometryOf(each));
      w.buffer.array.fill(0.5);
      w.buffer.version++;
      k.conv2d(second!, x, w, null, geometryOf(each));
      return [first!, second!];
    });
  });
});
