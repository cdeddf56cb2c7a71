import { afterEach, describe, expect, it } from 'vitest';
import { hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { Kernels } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import type { Direct } from '../../../src/backend/wasm/kernels/conv2dDirect.ts';
import { planConv2d } from '../../../src/backend/wasm/kernels/conv2dPlan.ts';
import type { Machine } from '../../../src/backend/wasm/kernels/machine.ts';
import { emitWinograd, slotBytes } from '../../../src/backend/wasm/kernels/winograd.ts';
import {
  paysWinograd,
  planWinograd,
  type WinogradShape,
} from '../../../src/backend/wasm/kernels/winogradPlan.ts';
import { winograds } from '../../../src/backend/wasm/kernels/winogradTransform.ts';
import {
  emitWinogradWeights,
  weightBytes,
  weightsOf,
} from '../../../src/backend/wasm/kernels/winogradWeights.ts';
import { compile, setMachine } from '../../../src/backend/wasm/runtime.ts';
import { numel, type Pair } from '../../../src/shape.ts';
import { expectSame, type Maker, noise, onBoth } from './guarded.ts';
import { expectAnySlicing, resultsOf } from './slices.ts';

interface Case {
  readonly n?: number;
  readonly size: Pair;
  readonly side: 3 | 5;
  readonly padding?: Pair;
  /** Channels of x and y. */
  readonly channels: Pair;
}

type Values = (length: number, seed: number) => Float32Array;

const machines: readonly Machine[] = [{ wide: false }, { wide: true }];
const unit = (padding: Pair) => ({ stride: [1, 1], padding, dilation: [1, 1], groups: 1 }) as const;
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

function shapeOf({ n = 2, size, side, padding = [0, 0], channels }: Case): WinogradShape {
  const y: Pair = [size[0] + 2 * padding[0] - side + 1, size[1] + 2 * padding[1] - side + 1];
  const [inner, outer] = channels;
  return { images: n, x: size, inner, y, outer, kernel: [side, side], padding };
}

const arrayShapes = ({ images, x, inner, y, outer, kernel: sides }: WinogradShape) => ({
  x: [images, inner, ...x],
  y: [images, outer, ...y],
  w: [outer, inner, ...sides],
});

/** The direct algorithm for the same. */
function directOf(shape: WinogradShape, isGradient: boolean, machine: Machine): Direct {
  const { x, y, inner, outer, kernel: sides, padding } = shape;
  const flipped: Pair = [sides[0] - 1 - padding[0], sides[1] - 1 - padding[1]];
  const c = {
    ...({ stride: [1, 1], dilation: [1, 1], fraction: [1, 1], groups: 1, kernel: sides } as const),
    ...(isGradient
      ? { input: y, output: x, padding: flipped, inner: outer, outer: inner }
      : { input: x, output: y, padding, inner, outer }),
  };
  return { c, plan: planConv2d(c, machine), flipped: isGradient, biased: !isGradient };
}

/** What the kernels of a plan are called with, besides the slices. */
function programOf(shape: WinogradShape, isGradient: boolean, machine: Machine, values: Values) {
  const plan = planWinograd(shape, isGradient, machine);
  const shapes = arrayShapes(shape);
  const [from, to] = isGradient ? [shapes.y, shapes.x] : [shapes.x, shapes.y];
  const name = `${Object.values(shape).join()} ${isGradient} ${machine.wide}`;
  const transformed = resultsOf(
    compile(`weights ${name}`, m => emitWinogradWeights(m, weightsOf(plan))),
    [weightBytes(weightsOf(plan)) / 4, values(numel(shapes.w), 2)],
    [],
    [[0, plan.input.channels]],
  )[0]!;
  const units = Math.ceil(shape.images / plan.images);
  const direct = directOf(shape, isGradient, machine);
  const slots = new Float32Array((units * slotBytes(plan, direct)) / 4).fill(Number.NaN);
  const inputs = [
    values(numel(from), 1),
    transformed,
    values(numel(shapes.w), 2),
    values(plan.output.channels, 3),
  ];
  return {
    name: `winograd ${name}`,
    emit: (m: Parameters<typeof emitWinograd>[0]) => emitWinograd(m, plan, direct, machine),
    units,
    operands: [numel(to), ...inputs, slots],
    sizes: [shape.images, plan.images],
  };
}

/** Returns y, or dx, as the kernels compute it. */
function compute(shape: WinogradShape, isGradient: boolean, machine: Machine, values: Values = noise) {
  const { name, emit, operands, sizes, units } = programOf(shape, isGradient, machine, values);
  const [bits] = resultsOf(compile(name, emit), operands, sizes, [[0, units]]);
  return new Float32Array(bits!.buffer);
}

function truth(shape: WinogradShape, isGradient: boolean, values: Values = noise): Float64Array {
  const shapes = arrayShapes(shape);
  const array = (dims: readonly number[], seed: number, format: 'contiguous' | 'channelsLast') => {
    const x = hostArray(dims, 'float64', format);
    x.buffer.array.set(values(numel(dims), seed));
    return x;
  };
  const w = array(shapes.w, 2, 'contiguous');
  const [x, y] = [shapes.x, shapes.y].map(dims => array(dims, 1, 'channelsLast')) as [NdArray, NdArray];
  if (isGradient) reference.conv2dBackwardInput(x, y, w, unit(shape.padding));
  else reference.conv2d(y, x, w, array([shape.outer], 3, 'contiguous'), unit(shape.padding));
  return (isGradient ? x : y).buffer.array as Float64Array;
}

/** Returns the largest error relative to the largest value. */
function errorOf(got: ArrayLike<number>, want: Float64Array): number {
  let [error, scale] = [0, 0];
  want.forEach((value, i) => {
    error = Math.max(error, Math.abs(value - got[i]!));
    scale = Math.max(scale, Math.abs(value));
  });
  return error / scale;
}

function check(each: Case, values: Values = noise): void {
  const shape = shapeOf(each);
  if (Math.min(...shape.y) < 1) return;
  for (const isGradient of [false, true]) {
    const [narrow, wide] = machines.map(machine => compute(shape, isGradient, machine, values));
    const context = `${isGradient ? 'gradient' : 'forward'} ${JSON.stringify(each)}`;
    expect(errorOf(narrow!, truth(shape, isGradient, values)), context).toBeLessThan(3e-6);
    expect(wide, `${context} wide`).toEqual(narrow);
  }
}

/** Uniform from 0 to 1, and normal by the sum of 12 uniform numbers. */
const positive: Values = (length, seed) => noise(length, seed).map(Math.abs);
const normal: Values = (length, seed) => {
  const from = noise(12 * length, seed);
  return Float32Array.from(
    { length },
    (_, i) => from.subarray(12 * i, 12 * i + 12).reduce((a, b) => a + b) / 2,
  );
};

describe('the matrices of Winograd', () => {
  it.each([3, 5] as const)('make a correlation with %d taps', taps => {
    const { Bt, G, At, outputs } = winograds[taps];
    const times = (m: readonly (readonly number[])[], x: readonly number[]) =>
      m.map(row => row.reduce((sum, value, i) => sum + value * x[i]!, 0));
    const [d, g] = [Array.from(noise(6, 1)), Array.from(noise(taps, 2))];
    const [values, weights] = [times(Bt, d), times(G, g)];
    const y = times(
      At,
      values.map((value, i) => value * weights[i]!),
    );
    expect(y).toHaveLength(outputs);
    y.forEach((value, o) => {
      expect(value).toBeCloseTo(
        g.reduce((sum, tap, i) => sum + tap * d[o + i]!, 0),
        12,
      );
    });
  });
});

describe("Winograd's convolution and input gradient", () => {
  afterEach(() => setMachine({ wide: false }));

  it('are right for images of any height and width', () => {
    for (const side of [3, 5] as const) {
      for (const size of upTo(17)) {
        check({ size: [size, 6], side, padding: [1, 1], channels: [4, 8] });
        check({ size: [7, size], side, padding: [2, 0], channels: [8, 4] });
      }
    }
  });

  it('are right for any padding, of batches that do not fill a block', () => {
    for (const side of [3, 5] as const) {
      for (const padding of upTo(side).map(i => i - 1)) {
        for (const n of [1, 2, 3, 5])
          check({ n, size: [5, 6], side, padding: [padding, (2 * padding) % side], channels: [4, 4] });
      }
    }
  });

  it('are right for any number of channels that are a multiple of 4', () => {
    for (const channels of [4, 8, 12, 16, 20, 28, 36, 44, 60, 68, 132]) {
      check({ size: [6, 5], side: 3, padding: [1, 1], channels: [channels, 8] });
      check({ size: [6, 5], side: 5, padding: [2, 1], channels: [8, channels] });
    }
  });

  it.each<Case>([
    { n: 3, size: [12, 12], side: 3, padding: [1, 1], channels: [16, 16] },
    { n: 3, size: [12, 12], side: 5, channels: [16, 32] },
    { n: 17, size: [4, 4], side: 3, padding: [1, 1], channels: [32, 32] },
    { n: 1, size: [7, 7], side: 3, padding: [1, 1], channels: [512, 16] },
    { n: 1, size: [6, 6], side: 5, padding: [2, 2], channels: [512, 16] },
    { n: 1, size: [6, 6], side: 5, padding: [2, 2], channels: [16, 512] },
  ])('are within 3e-6 of the truth for uniform and normal numbers: $channels of $size', each => {
    for (const values of [noise, positive, normal]) check(each, values);
  });

  it('are computed directly, image by image, where a result is not finite', () => {
    const shape = shapeOf({ n: 9, size: [6, 9], side: 3, padding: [1, 1], channels: [8, 8] });
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38]) {
      for (const at of [0, 431, 999]) {
        const values: Values = (length, seed) =>
          noise(length, seed).map((v, i) => (seed === 1 && i === at ? value : v));
        for (const isGradient of [false, true]) {
          const want = truth(shape, isGradient, values);
          const found = machines.map(machine => compute(shape, isGradient, machine, values));
          for (const got of found) {
            const differ = got.filter(
              (v, i) => Number.isFinite(v) !== Number.isFinite(Math.fround(want[i]!)),
            );
            expect(differ.length, `${value} at ${at}`).toBe(0);
          }
          expect(found[1]).toEqual(found[0]);
        }
      }
    }
  });

  it('have the same bits however the units are sliced', () => {
    for (const machine of machines) {
      for (const isGradient of [false, true]) {
        const shape = shapeOf({ n: 11, size: [9, 7], side: 3, padding: [1, 1], channels: [8, 12] });
        const { name, emit, units, operands, sizes } = programOf(shape, isGradient, machine, noise);
        expectAnySlicing(name, emit, units, operands, sizes);
      }
    }
  });
});

describe('the choice of Winograd', () => {
  const pays = (each: Case) => paysWinograd(shapeOf(each), false);

  it('falls on the layers that gain', () => {
    expect(pays({ n: 64, size: [12, 12], side: 3, padding: [1, 1], channels: [16, 16] })).toBe(true);
    expect(pays({ n: 64, size: [12, 12], side: 5, channels: [16, 32] })).toBe(true);
    expect(pays({ n: 64, size: [4, 4], side: 3, padding: [1, 1], channels: [32, 32] })).toBe(true);
    expect(pays({ n: 1, size: [12, 12], side: 3, padding: [1, 1], channels: [16, 16] })).toBe(true);
  });

  it('falls on no image that the kernel reaches over by more than itself, nor on one that it does not reach', () => {
    for (const side of [3, 5] as const) {
      const pays = (padding: Pair, extra: Pair, isGradient: boolean) => {
        const shape = shapeOf({ n: 64, size: [14, 14], side, padding, channels: [64, 64] });
        return paysWinograd({ ...shape, y: [shape.y[0] + extra[0], shape.y[1] + extra[1]] }, isGradient);
      };
      for (const isGradient of [false, true]) {
        for (const padding of upTo(side).map(i => i - 1))
          expect(pays([padding, 1], [0, 0], isGradient), `padding ${padding}`).toBe(true);
        for (const padding of [side, side + 1, side + 4]) {
          expect(pays([padding, 1], [0, 0], isGradient), `padding ${padding}`).toBe(false);
          expect(pays([1, padding], [0, 0], isGradient), `padding ${padding}`).toBe(false);
        }
        expect(pays([0, 0], [-1, 0], isGradient)).toBe(false);
        expect(pays([0, 0], [0, side], isGradient)).toBe(false);
      }
    }
  });

  it('is the same for one image as for a batch', () => {
    for (const size of upTo(9)) {
      const choices = [1, 2, 64].map(n =>
        pays({ n, size: [size, size], side: 3, padding: [1, 1], channels: [32, 32] }),
      );
      expect(new Set(choices).size, `${size}×${size}`).toBe(1);
    }
  });

  it('does not fall on a tile that is nearly empty, on few channels or on those that are no multiple of 4', () => {
    expect(pays({ n: 1, size: [2, 2], side: 3, padding: [1, 1], channels: [32, 32] })).toBe(false);
    expect(pays({ n: 64, size: [28, 28], side: 5, channels: [1, 16] })).toBe(false);
    expect(pays({ n: 64, size: [12, 12], side: 3, padding: [1, 1], channels: [18, 16] })).toBe(false);
  });
});

describe('conv2d and conv2dBackwardInput by Winograd', () => {
  const shape = shapeOf({ n: 5, size: [12, 11], side: 3, padding: [1, 1], channels: [16, 12] });
  const shapes = arrayShapes(shape);
  const both = (values: Values) => (k: Kernels, make: Maker) => {
    const fill = (dims: readonly number[], seed: number) => values(numel(dims), seed);
    const x = make(fill(shapes.x, 1), shapes.x, 'channelsLast');
    const y = make(fill(shapes.y, 9), shapes.y, 'channelsLast');
    const [dx, dy] = [
      make(fill(shapes.x, 9), shapes.x, 'channelsLast'),
      make(fill(shapes.y, 4), shapes.y, 'channelsLast'),
    ];
    const w = make(fill(shapes.w, 2), shapes.w);
    k.conv2d(y, x, w, make(fill([12], 3), [12]), unit(shape.padding));
    k.conv2dBackwardInput(dx, dy, w, unit(shape.padding));
    return [y, dx];
  };

  it('are those of the reference, and write nowhere else', () => {
    expect([false, true].map(isGradient => paysWinograd(shape, isGradient))).toEqual([true, true]);
    for (const machine of machines) {
      setMachine(machine);
      expectSame(both(noise));
    }
    setMachine({ wide: false });
  });

  it('have NaN, infinity and large numbers where the reference has them', () => {
    const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e37, 0, -0];
    for (const rarity of [11, 701, 4001]) {
      const values: Values = (length, seed) =>
        noise(length, seed).map((v, i) =>
          seed !== 2 && (i + seed) % rarity === 0 ? specials[((i / rarity) % 6) | 0]! : v,
        );
      expectSame(both(values), 3e-6, `one in ${rarity}`);
    }
    for (const large of [1e30, 3e37]) {
      const values: Values = (length, seed) =>
        noise(length, seed).map(v => (seed === 2 ? v / 16 : v * large));
      expectSame(both(values), 3e-6, `all of them ${large}`);
    }
  });

  it('have the bits of the direct algorithm if a result is not finite', () => {
    const values: Values = (length, seed) =>
      noise(length, seed).map((v, i) => (seed % 3 === 1 && i === 0 ? Number.NaN : v));
    const [narrow, wide] = machines.map(machine => {
      setMachine(machine);
      return onBoth(both(values)).map(({ fast }) => fast);
    });
    setMachine({ wide: false });
    expect(wide).toEqual(narrow);
  });

  it('fall back each to their own, though their shapes are the same', () => {
    const dims = [2, 16, 12, 12];
    const values = (seed: number) => noise(numel(dims), seed).map((v, i) => (i === 7 ? Number.NaN : v));
    expectSame((k, make) => {
      const [x, dy] = [1, 4].map(seed => make(values(seed), dims, 'channelsLast')) as [NdArray, NdArray];
      const [y, dx] = [8, 9].map(seed => make(values(seed), dims, 'channelsLast')) as [NdArray, NdArray];
      const w = make(noise(16 * 16 * 9, 2), [16, 16, 3, 3]);
      k.conv2d(y, x, w, null, unit([1, 1]));
      k.conv2dBackwardInput(dx, dy, w, unit([1, 1]));
      return [y, dx];
    });
  });

  it('take operands in JavaScript memory', () => {
    const run = (k: Kernels, dtype: 'float32' | 'float64') => {
      const array = (dims: readonly number[], seed: number, format: 'contiguous' | 'channelsLast') => {
        const x = hostArray(dims, dtype, format);
        x.buffer.array.set(noise(numel(dims), seed));
        return x;
      };
      const [x, y] = [array(shapes.x, 1, 'channelsLast'), array(shapes.y, 9, 'channelsLast')];
      k.conv2d(y, x, array(shapes.w, 2, 'contiguous'), array([12], 3, 'contiguous'), unit(shape.padding));
      return Float64Array.from(y.buffer.array);
    };
    expect(errorOf(run(wasm, 'float32'), run(reference, 'float64'))).toBeLessThan(3e-6);
  });
});
