import { describe, expect, it } from 'vitest';
import { hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { Kernels } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import {
  emitMatmul,
  matmulArguments,
  matmulForm,
  waitingBytes,
} from '../../../src/backend/wasm/kernels/matmul.ts';
import {
  dotArguments,
  dotForm,
  dotUnits,
  emitDot,
  isDot,
} from '../../../src/backend/wasm/kernels/matmulDot.ts';
import {
  emitPack,
  packArguments,
  packForm,
  packingOf,
  packUnits,
} from '../../../src/backend/wasm/kernels/matmulPack.ts';
import { planMatmul } from '../../../src/backend/wasm/kernels/matmulPlan.ts';
import { productOf } from '../../../src/backend/wasm/kernels/matmulProduct.ts';
import { setMachine } from '../../../src/backend/wasm/runtime.ts';
import { numel, type Shape } from '../../../src/shape.ts';
import { expectSame, type Maker, noise, onBoth } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

/** How a matrix lies: row by row, column by column, with gaps everywhere, or the same element for all of a dim. */
type Layout = 'rows' | 'columns' | 'gaps' | 'sameRow' | 'sameColumn';
const layouts: readonly Layout[] = ['rows', 'columns'];

/** An array [...batch, rows, columns] of this layout; a batch dim of size 0 in `repeat` is one matrix for all. */
function matrix(make: Maker, shape: Shape, layout: Layout, seed: number, change = (_: Float32Array) => {}) {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const lead = shape.slice(0, -2);
  const gap = layout === 'gaps' ? 3 : 1;
  const size = rows * columns * gap * gap;
  const [row, column] = layout === 'columns' ? [1, rows] : [columns * gap * gap, gap];
  const values = noise(numel(lead) * size, seed);
  change(values);
  const dense = make(values, [...lead, size]);
  const strides = [layout === 'sameRow' ? 0 : row, layout === 'sameColumn' ? 0 : column];
  let step = size;
  for (const dim of [...lead].reverse()) {
    strides.unshift(step);
    step *= dim;
  }
  const view: NdArray = { buffer: dense.buffer, shape, strides, offset: 0 };
  return { dense, view };
}

interface Case {
  readonly sizes: readonly [rows: number, inner: number, columns: number];
  readonly batch?: Shape;
  readonly a?: Layout;
  readonly b?: Layout;
  readonly y?: Layout;
  /** Gives the operands as the batch sees them. */
  readonly view?: (a: NdArray, b: NdArray) => readonly [NdArray, NdArray];
  readonly change?: (values: Float32Array) => void;
}

function product({ sizes, batch = [], a = 'rows', b = 'rows', y = 'rows', view, change }: Case) {
  const [rows, inner, columns] = sizes;
  return (k: Kernels, make: Maker) => {
    const left = matrix(make, [...batch, rows, inner], a, 1, change).view;
    const right = matrix(make, [...batch, inner, columns], b, 2, change).view;
    const result = matrix(make, [...batch, rows, columns], y, 3);
    k.matmul(result.view, ...(view ?? ((p, q) => [p, q] as const))(left, right));
    return [result.dense];
  };
}

const check = (c: Case) => expectSame(product(c), 3e-6, JSON.stringify(c));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

function onMachine<T>(machine: { wide: boolean }, run: () => T): T {
  setMachine(machine);
  try {
    return run();
  } finally {
    setMachine({ wide: false });
  }
}

describe.each([false, true].map(wide => ({ wide })))('matmul, wide: $wide', machine => {
  const they = (title: string, run: () => void) => it(title, () => onMachine(machine, run));

  they('is right for all small sizes and both layouts of both operands', () => {
    for (const a of layouts) {
      for (const b of layouts) {
        for (const n of upTo(17)) {
          check({ sizes: [n, 3, 5], a, b });
          check({ sizes: [5, n, 6], a, b });
          check({ sizes: [7, 5, n], a, b });
          check({ sizes: [n, 19, n], a, b });
        }
        for (const size of [1, 2, 3]) check({ sizes: [size, size, size], a, b });
      }
    }
  });

  they('is right for sums of several blocks and tiles that overlap', () => {
    for (const a of layouts) {
      for (const b of layouts) {
        check({ sizes: [37, 263, 41], a, b });
        check({ sizes: [131, 521, 71], a, b });
        check({ sizes: [6, 1031, 5], a, b });
        check({ sizes: [1, 2051, 11], a, b });
      }
    }
  });

  they('takes results and operands of any strides', () => {
    for (const y of ['columns', 'gaps'] as const) {
      for (const a of ['rows', 'gaps'] as const) {
        for (const b of ['rows', 'columns', 'gaps'] as const) {
          for (const sizes of [
            [5, 17, 19],
            [2, 300, 3],
            [19, 9, 2],
            [33, 270, 21],
          ] as const)
            check({ sizes, y, a, b });
        }
      }
    }
    for (const same of ['sameRow', 'sameColumn'] as const) {
      check({ sizes: [5, 7, 9], a: same });
      check({ sizes: [5, 7, 9], b: same });
      check({ sizes: [40, 300, 40], a: same, b: same });
    }
  });

  they('is right for batches, also with an operand that is the same for a dim', () => {
    const repeat = (x: NdArray, dim: number): NdArray => ({
      ...x,
      strides: x.strides.map((s, i) => (i === dim ? 0 : s)),
    });
    for (const a of layouts) {
      for (const b of layouts) {
        for (const sizes of [
          [5, 6, 9],
          [64, 65, 130],
        ] as const) {
          const batch = [2, 3];
          check({ sizes, batch, a, b });
          for (const dim of [0, 1]) {
            check({ sizes, batch, a, b, view: (p, q) => [repeat(p, dim), q] });
            check({ sizes, batch, a, b, view: (p, q) => [p, repeat(q, dim)] });
            check({ sizes, batch, a, b, view: (p, q) => [repeat(p, dim), repeat(q, 1 - dim)] });
          }
        }
      }
    }
  });

  they('has NaN and infinities where they belong', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (const sizes of [
        [5, 18, 11],
        [3, 5, 3],
        [37, 18, 41],
      ] as const) {
        for (const at of [0, 7, 14]) {
          const change = (values: Float32Array) => {
            values[at] = value;
          };
          for (const b of layouts)
            expectSame(product({ sizes, b, change }), 3e-6, `${value} at ${at} of ${sizes}`);
        }
      }
    }
  });

  they('has the same bits however the units are sliced', () => {
    for (const [a, b] of [
      ['rows', 'columns'],
      ['columns', 'rows'],
    ] as const) {
      for (const [rows, inner, columns] of [
        [150, 300, 90],
        [22, 37, 45],
        [300, 40, 7],
      ] as const) {
        const make: Maker = (values, shape) => {
          const x = hostArray(shape, 'float32');
          x.buffer.array.set(values);
          return x;
        };
        const [left, right] = [
          matrix(make, [rows, inner], a, 1).view,
          matrix(make, [inner, columns], b, 2).view,
        ];
        const whole = productOf(matrix(make, [rows, columns], 'rows', 3).view, left, right);
        const name = `${rows} ${inner} ${columns} ${a} ${b}`;
        const data = [left, right].map(x => x.buffer.array as Float32Array);
        if (isDot(whole)) {
          expectAnySlicing(
            `dot ${name}`,
            m => emitDot(m, dotForm(whole)),
            dotUnits(whole),
            [rows * columns, ...data],
            dotArguments(whole),
          );
          continue;
        }
        const plan = { ...planMatmul(whole, machine), packA: false, packB: false };
        const operands = [rows * columns, ...data, Math.max(1, waitingBytes(whole, plan) / 4)];
        if (b === 'rows')
          expectAnySlicing(
            `matmul ${name}`,
            m => emitMatmul(m, matmulForm(whole, plan)),
            plan.units,
            operands,
            matmulArguments(whole, plan),
          );
        const packing = packingOf('b', whole, plan);
        const length = packUnits(packing) * packing.inner * packing.width;
        expectAnySlicing(
          `pack ${name}`,
          m => emitPack(m, packForm(packing)),
          packUnits(packing),
          [length, data[1]!],
          packArguments(packing),
        );
      }
    }
  });
});

describe('matmul', () => {
  it('has the same bits on a wide machine', () => {
    for (const a of layouts) {
      for (const b of layouts) {
        for (const sizes of [
          [37, 521, 41],
          [5, 30, 18],
          [3, 300, 2],
        ] as const) {
          const bits = (wide: boolean) =>
            onMachine({ wide }, () => onBoth(product({ sizes, a, b }))[0]!.fast);
          expect(bits(true)).toEqual(bits(false));
        }
      }
    }
  });

  function inJavaScript(k: Kernels, dtype: 'float32' | 'float64', [rows, inner, columns]: readonly number[]) {
    const [y, a, b] = [
      [rows!, columns!],
      [rows!, inner!],
      [inner!, columns!],
    ].map(shape => hostArray(shape, dtype));
    a!.buffer.array.set(noise(a!.buffer.length, 1));
    b!.buffer.array.set(noise(b!.buffer.length, 2));
    y!.buffer.array.fill(7);
    k.matmul(y!, a!, b!);
    return Array.from(y!.buffer.array);
  }

  it('takes operands in JavaScript memory', () => {
    const truth = inJavaScript(reference, 'float64', [9, 11, 13]);
    inJavaScript(wasm, 'float32', [9, 11, 13]).forEach((value, i) => {
      expect(value).toBeCloseTo(truth[i]!, 5);
    });
  });

  it('of float64 is that of the reference', () => {
    expect(inJavaScript(wasm, 'float64', [5, 6, 7])).toEqual(inJavaScript(reference, 'float64', [5, 6, 7]));
  });

  it('of an empty sum is zero, and an empty result is left alone', () => {
    expect(inJavaScript(wasm, 'float32', [2, 0, 2])).toEqual([0, 0, 0, 0]);
    expect(inJavaScript(wasm, 'float32', [0, 3, 2])).toEqual([]);
  });

  it('reads a window on a buffer', () => {
    expectSame((k, make) => {
      const [y, a, b] = [make(noise(20), [4, 5]), make(noise(100, 1), [10, 10]), make(noise(90, 2), [10, 9])];
      k.matmul(y, { ...a, shape: [4, 6], offset: 23 }, { ...b, shape: [6, 5], offset: 12 });
      return [y];
    });
  });
});
