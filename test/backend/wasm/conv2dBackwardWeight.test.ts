import { describe, expect, it } from 'vitest';
import { hostArray } from '../../../src/backend/array.ts';
import type { ConvGeometry, Kernels } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import {
  emitConv2dBackwardWeight,
  sumBytes,
} from '../../../src/backend/wasm/kernels/conv2dBackwardWeight.ts';
import {
  planBackwardWeight,
  type WeightShape,
} from '../../../src/backend/wasm/kernels/conv2dBackwardWeightPlan.ts';
import { setMachine } from '../../../src/backend/wasm/runtime.ts';
import { numel, type Pair } from '../../../src/shape.ts';
import { expectSame, type Maker, noise, onBoth } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

interface Case {
  readonly images?: number;
  readonly size: Pair;
  /** Channels of x and dy. */
  readonly channels: Pair;
  readonly kernel: Pair;
  readonly stride?: Pair;
  readonly padding?: Pair;
  readonly dilation?: Pair;
  readonly groups?: number;
  /** Rows and columns of dy beyond those that the padding makes. */
  readonly extra?: Pair;
}

function shapesOf({ images = 2, size, channels, kernel, ...rest }: Case) {
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1, extra = [0, 0] } = rest;
  const geometry: ConvGeometry = { stride, padding, dilation, groups };
  const out = ([0, 1] as const).map(
    i =>
      Math.floor((size[i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1) / stride[i]) + 1 + extra[i],
  );
  return {
    geometry,
    x: [images, channels[0], ...size],
    dy: [images, channels[1], ...out],
    dw: [channels[1], channels[0] / groups, ...kernel],
  };
}

type Change = (values: Float32Array) => void;
const nothing: Change = () => {};

function gradient(c: Case, changeX: Change = nothing, changeDy: Change = nothing) {
  const { geometry, ...shapes } = shapesOf(c);
  const x = noise(numel(shapes.x), 1);
  const dy = noise(numel(shapes.dy), 2);
  changeX(x);
  changeDy(dy);
  return (k: Kernels, make: Maker) => {
    const dw = make(noise(numel(shapes.dw), 3), shapes.dw);
    k.conv2dBackwardWeight(
      dw,
      make(dy, shapes.dy, 'channelsLast'),
      make(x, shapes.x, 'channelsLast'),
      geometry,
    );
    return [dw];
  };
}

const check = (c: Case) => expectSame(gradient(c), 3e-6, JSON.stringify(c));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const machines = [false, true].map(wide => ({ wide }));

describe.each(machines)('the weight gradient of a convolution, wide: $wide', machine => {
  const onMachine = (run: () => void) => () => {
    setMachine(machine);
    try {
      run();
    } finally {
      setMachine({ wide: false });
    }
  };
  const they = (title: string, run: () => void) => it(title, onMachine(run));

  they('is right for every number of channels', () => {
    for (const c of upTo(17)) {
      check({ size: [5, 4], channels: [c, 5], kernel: [3, 2] });
      check({ size: [4, 5], channels: [c, 8], kernel: [2, 3], padding: [1, 1] });
      check({ size: [5, 4], channels: [3, c], kernel: [3, 2], padding: [0, 1] });
      check({ size: [4, 4], channels: [4, c], kernel: [2, 2] });
    }
  });

  they('is right for strides, paddings and dilations', () => {
    for (const channels of [
      [1, 16],
      [3, 8],
      [4, 12],
      [8, 16],
      [5, 7],
    ] as Pair[]) {
      for (const stride of [
        [1, 1],
        [2, 1],
        [3, 2],
      ] as Pair[]) {
        for (const padding of [
          [0, 0],
          [1, 0],
          [2, 3],
        ] as Pair[]) {
          for (const dilation of [
            [1, 1],
            [2, 3],
          ] as Pair[]) {
            check({ size: [9, 8], channels, kernel: [3, 2], stride, padding, dilation });
          }
        }
      }
    }
  });

  they('is right for groups, down to one channel each', () => {
    for (const [groups, inner, outer] of [
      [2, 4, 8],
      [3, 3, 5],
      [4, 2, 1],
      [33, 1, 1],
      [16, 1, 1],
      [4, 1, 1],
      [3, 1, 1],
      [5, 1, 2],
      [2, 6, 3],
      [2, 1, 17],
    ]) {
      const channels: Pair = [groups! * inner!, groups! * outer!];
      check({ size: [6, 5], channels, kernel: [3, 3], groups: groups! });
      check({ size: [6, 5], channels, kernel: [3, 3], groups: groups!, padding: [1, 1], stride: [2, 2] });
    }
  });

  they('is right for images that are cut into blocks, and for many small ones', () => {
    check({ images: 1, size: [37, 41], channels: [8, 16], kernel: [3, 3], padding: [1, 1] });
    check({ images: 3, size: [31, 29], channels: [3, 16], kernel: [3, 3] });
    check({ images: 67, size: [4, 4], channels: [8, 8], kernel: [3, 3], padding: [1, 1] });
    check({ images: 61, size: [1, 1], channels: [4, 10], kernel: [1, 1] });
  });

  they('is right where windows lie wholly on the padding', () => {
    check({ size: [1, 1], channels: [1, 4], kernel: [1, 1], padding: [3, 3] });
    check({ size: [2, 1], channels: [4, 8], kernel: [3, 5], padding: [4, 4], stride: [3, 1] });
  });

  they('is right where windows hang over behind alone', () => {
    for (const extra of [
      [1, 0],
      [0, 1],
      [3, 2],
    ] as Pair[]) {
      for (const inner of upTo(9)) check({ size: [5, 6], channels: [inner, 5], kernel: [2, 2], extra });
      check({ size: [5, 6], channels: [3, 4], kernel: [3, 2], stride: [2, 2], dilation: [1, 2], extra });
      check({ size: [5, 6], channels: [6, 6], groups: 6, kernel: [2, 4], extra });
      check({ size: [9, 9], channels: [6, 8], groups: 2, kernel: [4, 2], extra });
    }
  });

  they('has NaN and infinities where they belong', () => {
    const c: Case = { size: [5, 5], channels: [4, 8], kernel: [3, 3], padding: [1, 1] };
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const at of [0, 33, 199]) {
        const change: Change = values => {
          values[at] = value;
        };
        for (const channels of [
          [4, 8],
          [3, 5],
        ] as Pair[]) {
          const it = { ...c, channels };
          expectSame(gradient(it, change), 3e-6, `x ${at} = ${value}`);
          expectSame(gradient(it, nothing, change), 3e-6, `dy ${at} = ${value}`);
          expectSame(gradient(it, change, change), 3e-6, `both ${at} = ${value}`);
        }
      }
    }
  });

  they('has the same bits however the units are sliced', () => {
    const shape: WeightShape = {
      size: [7, 6],
      outSize: [7, 6],
      kernel: [3, 3],
      stride: [1, 1],
      padding: [1, 1],
      dilation: [1, 1],
      groups: 1,
      depthwise: false,
      channels: 5,
      inner: 5,
      outer: 20,
      outerStep: 20,
    };
    const plan = planBackwardWeight(shape, machine);
    const operands = [20 * 5 * 9, noise(5 * 42 * 20, 1), noise(5 * 42 * 5, 2), plan.units * sumBytes(plan)];
    expectAnySlicing(
      'conv2dBackwardWeight',
      m => emitConv2dBackwardWeight(m, shape, plan),
      plan.units,
      operands,
      [5],
    );
  });
});

describe('the weight gradient of a convolution', () => {
  const { geometry, ...shapes } = shapesOf({
    size: [5, 6],
    channels: [3, 8],
    kernel: [3, 3],
    padding: [1, 1],
  });

  function inJavaScript(k: Kernels, dtype: 'float32' | 'float64', images = 2) {
    const x = hostArray([images, ...shapes.x.slice(1)], dtype, 'channelsLast');
    const dy = hostArray([images, ...shapes.dy.slice(1)], dtype, 'channelsLast');
    const dw = hostArray(shapes.dw, dtype);
    x.buffer.array.set(noise(x.buffer.length, 1));
    dy.buffer.array.set(noise(dy.buffer.length, 2));
    dw.buffer.array.fill(7);
    k.conv2dBackwardWeight(dw, dy, x, geometry);
    return Array.from(dw.buffer.array);
  }

  it('has the same bits on a wide machine', () => {
    for (const channels of [
      [1, 16],
      [8, 36],
      [64, 64],
    ] as Pair[]) {
      const groups = channels[0] === 64 ? 64 : 1;
      const call = gradient({ images: 9, size: [13, 11], channels, kernel: [3, 3], groups });
      const narrow = onBoth(call)[0]!.fast;
      setMachine({ wide: true });
      const wide = onBoth(call)[0]!.fast;
      setMachine({ wide: false });
      expect(wide).toEqual(narrow);
    }
  });

  it('takes operands in JavaScript memory', () => {
    const truth = inJavaScript(reference, 'float64');
    inJavaScript(wasm, 'float32').forEach((value, i) => {
      expect(value).toBeCloseTo(truth[i]!, 4);
    });
  });

  it('of float64 is that of the reference', () => {
    expect(inJavaScript(wasm, 'float64')).toEqual(inJavaScript(reference, 'float64'));
  });

  it('of no image is zero', () => {
    expect(inJavaScript(wasm, 'float32', 0)).toEqual(new Array(numel(shapes.dw)).fill(0));
  });
});
