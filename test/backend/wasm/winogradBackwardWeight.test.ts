import { describe, expect, it } from 'vitest';
import { hostArray } from '../../../src/backend/array.ts';
import type { Kernels } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { emitWinogradWeightSums } from '../../../src/backend/wasm/kernels/winogradBackwardWeight.ts';
import { leastCounts } from '../../../src/backend/wasm/kernels/winogradBackwardWeightEvenness.ts';
import {
  frequencies,
  planWinogradWeight,
  type WinogradWeightPlan,
  type WinogradWeightShape,
  winogradWeightShape,
} from '../../../src/backend/wasm/kernels/winogradBackwardWeightPlan.ts';
import { roomOf, sumBytes } from '../../../src/backend/wasm/kernels/winogradBackwardWeightRoom.ts';
import {
  emitWinogradWeightGradient,
  halfBytes,
} from '../../../src/backend/wasm/kernels/winogradBackwardWeightSum.ts';
import { setMachine } from '../../../src/backend/wasm/runtime.ts';
import { numel, type Pair } from '../../../src/shape.ts';
import { expectSame, type Maker, noise, onBoth } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

interface Case {
  readonly images?: number;
  readonly size: Pair;
  /** Channels of x and dy. */
  readonly channels: Pair;
  readonly taps: 3 | 5;
  readonly padding?: Pair;
}

function shapesOf({ images = 2, size, channels, taps, padding = [0, 0] }: Case) {
  const out = ([0, 1] as const).map(i => size[i] + 2 * padding[i] - taps + 1);
  return {
    geometry: { stride: [1, 1], padding, dilation: [1, 1], groups: 1 } as const,
    x: [images, channels[0], ...size],
    dy: [images, channels[1], ...out],
    dw: [channels[1], channels[0], taps, taps],
  };
}

function planOf(c: Case) {
  const { geometry, x, dy, dw } = shapesOf(c);
  const shape = winogradWeightShape(x, dy, dw, geometry);
  return shape && planWinogradWeight(shape, x[0]!);
}

/** Returns the shape and the plan of a case that Winograd's algorithm is for. */
function planned(c: Case): { shape: WinogradWeightShape; plan: WinogradWeightPlan } {
  const { geometry, x, dy, dw } = shapesOf(c);
  const [shape, plan] = [winogradWeightShape(x, dy, dw, geometry), planOf(c)];
  if (!shape || !plan) throw new Error(`the direct kernel computes ${JSON.stringify(c)}`);
  return { shape, plan };
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

function check(c: Case): void {
  planned(c);
  expectSame(gradient(c), 3e-6, JSON.stringify(c));
}

/** Checks those of the cases that the algorithm is for, of which there must be so many. */
function checkAll(least: number, cases: readonly Case[]): void {
  const chosen = cases.filter(planOf);
  expect(chosen.length).toBeGreaterThanOrEqual(least);
  for (const c of chosen) check(c);
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);
const machines = [false, true].map(wide => ({ wide }));

describe.each(machines)("Winograd's weight gradient, wide: $wide", machine => {
  const onMachine = (run: () => void) => () => {
    setMachine(machine);
    try {
      run();
    } finally {
      setMachine({ wide: false });
    }
  };
  const they = (title: string, run: () => void) => it(title, onMachine(run));

  they('is right for images of every size', () => {
    checkAll(50, [
      ...upTo(17).flatMap((n): Case[] => [
        { images: 4, size: [n, 12], channels: [8, 12], taps: 3, padding: [1, 1] },
        { images: 4, size: [11, n], channels: [12, 8], taps: 3, padding: [1, 1] },
        { images: 4, size: [n + 2, 10], channels: [16, 8], taps: 3 },
        { images: 4, size: [10, n], channels: [16, 16], taps: 5, padding: [2, 2] },
        { images: 4, size: [n + 4, 14], channels: [16, 12], taps: 5 },
      ]),
    ]);
  });

  they('is right for every number of vectors of channels', () => {
    checkAll(
      3 * 17,
      upTo(17).flatMap((vectors): Case[] => [
        { images: 4, size: [12, 11], channels: [4 * vectors, 4], taps: 3, padding: [1, 1] },
        { images: 4, size: [10, 14], channels: [8, 4 * vectors], taps: 3 },
        { images: 3, size: [14, 14], channels: [12, 4 * vectors], taps: 5 },
      ]),
    );
  });

  they('is right for every padding', () => {
    const upToFour = [0, 1, 2, 3, 4];
    checkAll(
      9 + 20,
      upToFour.flatMap(top =>
        upToFour.flatMap((left): Case[] => [
          { images: 3, size: [14, 13], channels: [8, 16], taps: 3, padding: [top, left] },
          { images: 4, size: [16, 15], channels: [16, 12], taps: 5, padding: [top, left] },
        ]),
      ),
    );
  });

  they('is right for many images, one large one, and many channels', () => {
    check({ images: 67, size: [4, 4], channels: [32, 32], taps: 3, padding: [1, 1] });
    check({ images: 64, size: [12, 12], channels: [4, 8], taps: 3, padding: [1, 1] });
    check({ images: 61, size: [12, 12], channels: [4, 8], taps: 5 });
    check({ images: 1, size: [67, 71], channels: [4, 4], taps: 3, padding: [1, 1] });
    check({ images: 3, size: [6, 150], channels: [4, 4], taps: 5 });
    check({ images: 16, size: [4, 4], channels: [512, 8], taps: 3, padding: [1, 1] });
    check({ images: 4, size: [8, 8], channels: [8, 260], taps: 5 });
  });

  they('has NaN and infinities where they belong, and numbers close to them', () => {
    const c: Case = { images: 3, size: [9, 10], channels: [8, 4], taps: 3, padding: [1, 1] };
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30, -3e38]) {
      for (const at of [0, 333, 3 * 90 * 4 - 1]) {
        const change: Change = values => {
          values[at] = value;
        };
        const small: Change = values => {
          for (const i of values.keys()) values[i]! *= 1e-20;
        };
        expectSame(gradient(c, change), 3e-6, `x ${at} = ${value}`);
        expectSame(gradient(c, nothing, change), 3e-6, `dy ${at} = ${value}`);
        expectSame(gradient(c, change, small), 3e-6, `x ${at} = ${value}, dy small`);
      }
    }
  });

  they('has the same bits however the units are sliced', () => {
    for (const c of [
      { images: 19, size: [9, 10], channels: [8, 16], taps: 3, padding: [1, 1] },
      { images: 11, size: [9, 9], channels: [12, 8], taps: 5 },
    ] as Case[]) {
      const { shape, plan } = planned(c);
      const { x, dy, dw } = shapesOf(c);
      const sums = (plan.units * sumBytes(shape)) / 4;
      const work = (plan.units * roomOf(shape, plan.tiling).bytes) / 4;
      const inputs = [noise(numel(x), 1), noise(numel(dy), 2)];
      expect(plan.units).toBeGreaterThan(2);
      // What lies between the sums and what remains of the work does not matter.
      expectAnySlicing(
        `sums ${c.taps}`,
        m => emitWinogradWeightSums(m, shape, plan.tiling, machine),
        plan.units,
        [sums, ...inputs, new Float32Array(work), new Int32Array(1)],
        [plan.lines, plan.unitLines, plan.blockLines],
      );
      expectAnySlicing(
        `gradient ${c.taps}`,
        m => emitWinogradWeightGradient(m, shape, machine),
        shape.inner,
        [numel(dw), noise(sums, 3), new Float32Array((shape.inner * halfBytes) / 4), new Int32Array(1)],
        [plan.units, leastCounts(shape, x[0]!)],
      );
    }
  });
});

describe("Winograd's weight gradient", () => {
  it('is for square kernels of 3 or 5, vectors of channels, and enough tiles that are full', () => {
    const c: Case = { images: 4, size: [8, 8], channels: [4, 4], taps: 3, padding: [1, 1] };
    expect(planOf(c)).not.toBeNull();
    expect(planOf({ ...c, images: 1 })).toBeNull();
    expect(planOf({ ...c, images: 16, size: [5, 5] })).toBeNull();
    expect(planOf({ ...c, channels: [3, 4] })).toBeNull();
    expect(planOf({ ...c, channels: [4, 10] })).toBeNull();
    expect(planOf({ ...c, channels: [1024, 1024] })).toBeNull();
    expect(planOf({ ...c, taps: 4 as 3 })).toBeNull();
  });

  it('is for no image that the kernel reaches over by more than itself', () => {
    const shapes = (padding: Pair, extra = 0) => {
      const out = [14 + 2 * padding[0] - 2, 14 + 2 * padding[1] - 2 + extra];
      const geometry = { stride: [1, 1], padding, dilation: [1, 1], groups: 1 } as const;
      return winogradWeightShape([64, 64, 14, 14], [64, 64, ...out], [64, 64, 3, 3], geometry);
    };
    expect(shapes([2, 1])).not.toBeNull();
    expect(shapes([3, 1])).toBeNull();
    expect(shapes([1, 4])).toBeNull();
    expect(shapes([0, 0], -1)).toBeNull();
    expect(shapes([0, 0], 3)).toBeNull();
  });

  it('shares the lines of tiles out to units evenly, and has sums of moderate size', () => {
    for (const images of [1, 7, 16, 64, 100, 1000]) {
      for (const side of [4, 8, 12, 28, 56]) {
        for (const channel of [4, 16, 64, 256]) {
          const size: Pair = [side, side];
          const { geometry, x, dy, dw } = shapesOf({
            images,
            size,
            channels: [channel, channel],
            taps: 3,
            padding: [1, 1],
          });
          const shape = winogradWeightShape(x, dy, dw, geometry)!;
          const plan = planWinogradWeight(shape, images);
          if (!plan) continue;
          expect(plan.blockLines).toBeLessThanOrEqual(plan.tiling.mostLines);
          expect(plan.units * plan.unitLines).toBeGreaterThanOrEqual(plan.lines);
          expect((plan.units - 1) * plan.unitLines).toBeLessThan(plan.lines);
          expect(plan.units * 4 * frequencies * channel ** 2).toBeLessThanOrEqual(2 ** 25);
        }
      }
    }
  });

  it('has the same bits on a wide machine', () => {
    for (const c of [
      { images: 9, size: [13, 11], channels: [8, 36], taps: 3, padding: [1, 1] },
      { images: 9, size: [12, 12], channels: [16, 32], taps: 5 },
      { images: 33, size: [4, 4], channels: [32, 32], taps: 3, padding: [1, 1] },
    ] as Case[]) {
      planned(c);
      const narrow = onBoth(gradient(c))[0]!.fast;
      setMachine({ wide: true });
      const wide = onBoth(gradient(c))[0]!.fast;
      setMachine({ wide: false });
      expect(wide).toEqual(narrow);
    }
  });

  it('takes operands in JavaScript memory', () => {
    const c: Case = { images: 4, size: [9, 8], channels: [4, 8], taps: 3, padding: [1, 1] };
    planned(c);
    const { geometry, ...shapes } = shapesOf(c);
    const [fast, truth] = (['float32', 'float64'] as const).map(dtype => {
      const x = hostArray(shapes.x, dtype, 'channelsLast');
      const dy = hostArray(shapes.dy, dtype, 'channelsLast');
      const dw = hostArray(shapes.dw, dtype);
      x.buffer.array.set(noise(x.buffer.length, 1));
      dy.buffer.array.set(noise(dy.buffer.length, 2));
      dw.buffer.array.fill(7);
      (dtype === 'float32' ? wasm : reference).conv2dBackwardWeight(dw, dy, x, geometry);
      return Array.from(dw.buffer.array);
    });
    for (const [i, value] of fast!.entries()) expect(value).toBeCloseTo(truth![i]!, 4);
  });
});
