import { describe, expect, it } from 'vitest';
import { arrayOn, hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { BinaryOp, CompareOp, Kernels, UnaryBackwardOp, UnaryOp } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { emitCopy } from '../../../src/backend/wasm/kernels/copy.ts';
import { emitTranspose } from '../../../src/backend/wasm/kernels/copyTransposed.ts';
import { emitFlat, emitStrided, flatUnit } from '../../../src/backend/wasm/kernels/elementwise.ts';
import { type Format, numel, type Shape } from '../../../src/shape.ts';
import { expectSame, type Maker, noise } from './guarded.ts';
import { expectAnySlicing } from './slices.ts';

const unaries: UnaryOp[] = ['neg', 'abs', 'exp', 'log', 'sqrt', 'relu', 'sigmoid', 'tanh'];
const backwards: UnaryBackwardOp[] = ['abs', 'relu', 'sqrt', 'sigmoid', 'tanh'];
const binaries: BinaryOp[] = ['add', 'sub', 'mul', 'div', 'pow'];
const sizes = [...Array.from({ length: 18 }, (_, n) => n), 31, 32, 33, 61, 64, 67, 127, 131, 257];
const special = [Number.NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 3, 2 ** -149, 2 ** 127];

/** Positive noise, where an op needs it. */
const operand = (length: number, seed: number, positive = false) =>
  noise(length, seed).map(v => (positive ? Math.abs(v) + 0.01 : 3 * v));

/** An array of zeros to write to. */
const blank = (make: Maker, shape: Shape, format?: Format) =>
  make(new Float32Array(numel(shape)), shape, format);

/** Returns x with its dims in another order. */
function permuted(x: NdArray, ...order: number[]): NdArray {
  return { ...x, shape: order.map(i => x.shape[i]!), strides: order.map(i => x.strides[i]!) };
}

/** Returns every `step`-th element along `dim`, from `first` on. */
function sliced(x: NdArray, dim: number, first: number, step: number): NdArray {
  return {
    ...x,
    shape: x.shape.map((size, i) => (i === dim ? Math.ceil((size - first) / step) : size)),
    strides: x.strides.map((stride, i) => (i === dim ? stride * step : stride)),
    offset: x.offset + first * x.strides[dim]!,
  };
}

/** Asserts the same bits, but for NaN, as the reference in float32: for what computes without rounding differently. */
function expectEqualBits(call: (k: Kernels, make: Maker) => readonly NdArray[]): void {
  const make: Maker = (values, shape, format = 'contiguous', dtype = 'float32') => {
    const x = hostArray(shape, dtype, format);
    x.buffer.array.set(values);
    return x;
  };
  const [got, want] = [wasm, reference].map(k => call(k, make).map(x => [...x.buffer.array]));
  expect(got).toEqual(want);
}

describe.each(unaries)('%s', op => {
  const positive = op === 'log' || op === 'sqrt';

  it('is that of the reference for sizes with and without a tail', () => {
    for (const n of sizes) {
      expectSame((k, make) => {
        const y = blank(make, [n]);
        k.unary(op, y, make(operand(n, n, positive), [n]));
        return [y];
      }, 3e-7);
    }
  });

  it('puts NaN, infinities and zeros where the reference does', () => {
    expectSame((k, make) => {
      const y = blank(make, [special.length]);
      k.unary(op, y, make(special, [special.length]));
      return [y];
    });
  });

  it('may write over its input', () => {
    for (const n of [3, 16, 37]) {
      expectSame((k, make) => {
        const x = make(operand(n, n, positive), [n]);
        k.unary(op, x, x);
        return [x];
      });
    }
  });

  it('reads and writes strided arrays', () => {
    expectSame((k, make) => {
      const [y, x] = [blank(make, [7, 11, 9]), make(operand(693, 2, positive), [9, 7, 11])];
      k.unary(op, y, permuted(x, 1, 2, 0));
      return [y];
    });
  });
});

describe.each(backwards)('the gradient of %s', op => {
  it('is that of the reference for all sizes, NaN and infinities', () => {
    for (const n of sizes) {
      expectSame((k, make) => {
        const dx = blank(make, [n]);
        k.unaryBackward(op, dx, make(operand(n, n), [n]), make(operand(n, n + 1, op === 'sqrt'), [n]));
        return [dx];
      });
    }
    // The square of 2¹²⁷ is finite in float64 alone.
    const values = special.filter(v => v !== 2 ** 127);
    expectSame((k, make) => {
      const n = values.length;
      const [dx, dy, saved] = [blank(make, [n, n]), make(values, [n, 1]), make(values, [n])];
      k.unaryBackward(op, dx, dy, saved);
      return [dx];
    });
  });
});

describe.each(binaries)('%s', op => {
  const call =
    (y: Shape, a: Shape, b: Shape, format: Format = 'contiguous') =>
    (k: Kernels, make: Maker) => {
      const result = blank(make, y, format);
      const first = make(operand(numel(a), 1, op === 'pow'), a, format);
      k.binary(op, result, first, make(operand(numel(b), 2), b, format));
      return [result];
    };

  it('is that of the reference for all sizes, and with a scalar on either side', () => {
    for (const n of sizes) {
      expectSame(call([n], [n], [n]));
      expectSame(call([n], [1], [n]));
      expectSame(call([n], [n], []));
    }
    expectSame(call([], [], []));
  });

  it.each<[string, Shape, Shape, Shape, Format?]>([
    ['a row to a matrix', [6, 13], [6, 13], [13]],
    ['a column to a matrix', [13, 6], [13, 1], [13, 6]],
    ['a column and a row', [9, 17], [9, 1], [17]],
    ['channels to NCHW', [3, 5, 4, 7], [3, 5, 4, 7], [1, 5, 1, 1]],
    ['channels to NHWC', [3, 5, 4, 7], [3, 5, 4, 7], [1, 5, 1, 1], 'channelsLast'],
    ['sixteen channels to NHWC', [2, 16, 3, 3], [2, 16, 3, 3], [16, 1, 1], 'channelsLast'],
    ['three channels to NHWC', [2, 3, 8, 8], [2, 3, 8, 8], [3, 1, 1], 'channelsLast'],
    ['every other dim', [2, 3, 2, 5, 3], [2, 1, 2, 1, 3], [3, 1, 5, 1]],
  ])('broadcasts %s', (_, y, a, b, format) => {
    expectSame(call(y, a, b, format));
  });

  it('reads NHWC and NCHW together', () => {
    expectSame((k, make) => {
      const shape = [2, 6, 5, 3];
      const y = blank(make, shape, 'channelsLast');
      const a = make(operand(180, 3, op === 'pow'), shape, 'channelsLast');
      k.binary(op, y, a, make(operand(180, 4), shape));
      return [y];
    });
  });

  it('may write over either input', () => {
    for (const which of [0, 1]) {
      expectSame((k, make) => {
        const operands = [operand(21, 5, true), operand(21, 6)].map(values => make(values, [21]));
        k.binary(op, operands[which]!, operands[0]!, operands[1]!);
        return [operands[which]!];
      });
    }
  });

  it('puts NaN and infinities where the reference does', () => {
    const values = special.filter(v => Math.abs(v) < 1e3 || !Number.isFinite(v));
    expectSame((k, make) => {
      const n = values.length;
      const y = blank(make, [n, n]);
      k.binary(op, y, make(values, [n, 1]), make(values, [n]));
      return [y];
    });
  });
});

describe('pow with one exponent for all', () => {
  it.each([0, 1, 2, 3, -1, 0.5])('gives x to the power %d, rounded once', exponent => {
    for (const n of [1, 5, 16, 37]) {
      expectSame((k, make) => {
        const [y, x] = [blank(make, [n]), make(operand(n, n, true), [n])];
        k.binary('pow', y, x, make([exponent], []));
        return [y];
      }, 6e-8);
    }
  });
});

describe('compare and where', () => {
  const comparisons: CompareOp[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];

  /** Whole numbers, so that some are equal, and what is special about floats. */
  const values = (n: number, seed: number) =>
    noise(n, seed).map((v, i) => (i % 7 === 3 ? special[i % special.length]! : Math.round(2 * v)));

  it.each(comparisons)('%s holds where the reference says', op => {
    for (const n of sizes) {
      for (const b of [[n], [1], []]) {
        expectEqualBits((k, make) => {
          const y = hostArray([n], 'bool');
          k.compare(op, y, make(values(n, 1), [n]), make(values(numel(b), 2), b));
          return [y];
        });
      }
    }
  });

  it('where chooses by a condition of any shape, also int32', () => {
    for (const dtype of ['float32', 'int32'] as const) {
      for (const shape of [[], [1], [5], [6, 1], [6, 5], [0, 6, 5]]) {
        expectEqualBits((k, make) => {
          const condition = hostArray(shape, 'bool');
          condition.buffer.array.set(Array.from(noise(numel(shape), 4), v => Number(v > 0)));
          const y = make(
            new Float32Array(shape.includes(0) ? 0 : 30),
            shape.includes(0) ? shape : [6, 5],
            'contiguous',
            dtype,
          );
          const [a, b] = [
            make(
              values(5, 5).map(v => v || 0),
              [5],
              'contiguous',
              dtype,
            ),
            make([3], [], 'contiguous', dtype),
          ];
          k.where(y, condition, a, b);
          return [y];
        });
      }
    }
  });

  it('where reads a part of a condition', () => {
    expectEqualBits((k, make) => {
      const condition = hostArray([4, 6], 'bool');
      condition.buffer.array.set(Array.from(noise(24), v => Number(v > 0)));
      const y = blank(make, [4, 2]);
      k.where(y, sliced(condition, 1, 1, 3), make(noise(8), [4, 2]), make(noise(2), [2]));
      return [y];
    });
  });
});

describe('fill', () => {
  it.each(['float32', 'int32'] as const)('writes the value to %s arrays of all sizes', dtype => {
    for (const n of sizes) {
      for (const value of [0, -3, 2 ** 31 - 1]) {
        expectEqualBits((k, make) => {
          const y = make(new Array(n).fill(7), [n], 'contiguous', dtype);
          k.fill(y, value);
          return [y];
        });
      }
    }
  });

  it('keeps -0, NaN, and what lies between the elements of a strided array', () => {
    for (const value of [-0, Number.NaN, 1e-40]) {
      expectEqualBits((k, make) => {
        const y = make(noise(60), [3, 20]);
        k.fill(sliced(sliced(y, 1, 1, 3), 0, 1, 2), value);
        return [y];
      });
    }
  });
});

describe('clamp', () => {
  it.each([
    [-1, 1],
    [0.5, Infinity],
    [-Infinity, 0],
    [2, -2],
    [Number.NaN, 1],
  ])('keeps numbers between %d and %d, in both directions', (low, high) => {
    for (const values of [...sizes.map(n => operand(n, n)), special]) {
      const shape = [values.length];
      expectSame((k, make) => {
        const [y, dx, x] = [blank(make, shape), blank(make, shape), make(values, shape)];
        k.clamp(y, x, low, high);
        k.clampBackward(dx, make(noise(shape[0]!, 9), shape), x, low, high);
        return [y, dx];
      });
    }
  });
});

describe('copy', () => {
  const formats: Format[] = ['contiguous', 'channelsLast'];
  const shapes: Shape[] = [1, 2, 3, 4, 5, 7, 8, 16, 17].flatMap(c =>
    [1, 2, 3, 5, 19].map(size => [2, c, size, size === 5 ? 7 : size]),
  );

  it('goes from each layout to each, bit by bit', () => {
    for (const shape of shapes) {
      for (const to of formats) {
        for (const from of formats) {
          expectEqualBits((k, make) => {
            const y = blank(make, shape, to);
            k.copy(y, make(noise(numel(shape), 3), shape, from));
            return [y];
          });
        }
      }
    }
  });

  it('transposes within its bounds', () => {
    for (const [rows, columns] of [
      [4, 4],
      [5, 4],
      [17, 33],
      [64, 20],
      [3, 50],
      [50, 3],
      [1, 9],
    ] as const) {
      expectSame((k, make) => {
        const y = blank(make, [rows, columns]);
        k.copy(y, permuted(make(noise(rows * columns), [columns, rows]), 1, 0));
        return [y];
      }, 0);
    }
  });

  it('permutes four dims in every order, of int32 too', () => {
    const orders = [0, 1, 2, 3].flatMap(a =>
      [0, 1, 2, 3].flatMap(b => [0, 1, 2, 3].map(c => [a, b, c, 6 - a - b - c])),
    );
    for (const order of orders.filter(o => new Set(o).size === 4)) {
      const shape = [5, 6, 3, 7];
      expectEqualBits((k, make) => {
        const x = permuted(
          make(
            noise(630).map(v => v * 2 ** 30),
            shape,
            'contiguous',
            'int32',
          ),
          ...order,
        );
        const y = make(new Array(630).fill(0), x.shape, 'contiguous', 'int32');
        k.copy(y, x);
        return [y];
      });
    }
  });

  it('reads and writes slices, and repeats what is expanded', () => {
    expectEqualBits((k, make) => {
      const x = make(noise(12 * 40), [12, 40]);
      const [halves, into] = [blank(make, [12, 20]), make(noise(12 * 40, 5), [12, 40])];
      k.copy(halves, sliced(x, 1, 1, 2));
      k.copy(sliced(into, 1, 0, 2), halves);
      k.copy(sliced(into, 0, 4, 1), sliced(x, 0, 4, 1));
      const expanded = blank(make, [5, 12, 20]);
      k.copy(expanded, { ...halves, shape: [5, 12, 20], strides: [0, 20, 1] });
      return [halves, into, expanded];
    });
  });

  it('keeps the bits of subnormal numbers and the payload of NaN', () => {
    const bits = Int32Array.of(0x7fc0_1234, 0x7f80_0001, 1, -1, 0x8000_0001 | 0, 5, 6);
    const [y, x] = [hostArray([7], 'float32'), hostArray([7], 'float32')];
    new Int32Array(x.buffer.array.buffer).set(bits);
    wasm.copy(y, x);
    expect([...new Int32Array(y.buffer.array.buffer)]).toEqual([...bits]);
  });

  it('converts between dtypes as the reference does', () => {
    for (const [to, from] of [
      ['int32', 'float32'],
      ['float32', 'int32'],
      ['bool', 'float32'],
      ['float64', 'float32'],
    ] as const) {
      const [y, x] = [hostArray([9], to), hostArray([9], from)];
      x.buffer.array.set([0, 1, 2, -3, 4, 5.5, -6.5, 7, 0]);
      wasm.copy(y, x);
      const want = hostArray([9], to);
      reference.copy(want, x);
      expect([...y.buffer.array]).toEqual([...want.buffer.array]);
    }
  });
});

describe('arrays in JavaScript memory', () => {
  it('are computed where they are, also parts of them, and also without elements', () => {
    expectEqualBits((k, make) => {
      const [x, y] = [make(noise(40), [4, 10]), make(noise(40, 2), [4, 10])];
      k.binary('add', sliced(y, 0, 1, 2), sliced(x, 0, 0, 2), sliced(y, 0, 1, 2));
      k.unary('neg', x, x);
      const none = hostArray([0, 3], 'float32');
      k.binary('mul', none, none, hostArray([1, 3], 'float32'));
      k.copy(none, none);
      k.fill(none, 1);
      return [x, y, none];
    });
  });

  it('of other dtypes are left to the reference', () => {
    for (const dtype of ['int32', 'float64'] as const) {
      const [y, a] = [hostArray([5], dtype), hostArray([5], dtype)];
      a.buffer.array.set([1, 2, 3, 4, 5]);
      wasm.binary('mul', y, a, a);
      wasm.unary('neg', y, y);
      expect([...y.buffer.array]).toEqual([-1, -4, -9, -16, -25]);
    }
  });
});

describe('a slice of the units', () => {
  const size = 5 * flatUnit + 7;
  const flat = ['tanh', ['next', 'next'], 0] as const;

  it('of a flat loop gives the same bits', () => {
    expectAnySlicing('flat', m => emitFlat(m, ...flat), 6, [size, operand(size, 1)], [size]);
    const pow = ['pow', ['next', 'next', 'same'], 0] as const;
    expectAnySlicing(
      'pow',
      m => emitFlat(m, ...pow),
      6,
      [size, operand(size, 2), Float32Array.of(3)],
      [size],
    );
  });

  it('of a strided loop, a copy and a transposition gives the same bits', () => {
    const loops = [11, ...[3, 44, 44], ...[4, 132, 132]];
    expectAnySlicing('strided', m => emitStrided(m, 2, ...flat), 12, [132, operand(132, 3)], loops);
    expectAnySlicing('copy', emitCopy, 3, [10_000, operand(10_000, 4)], [40_000]);
    const sizes = [40, 50, 4 * 40, 4 * 50, 4];
    expectAnySlicing('transpose', m => emitTranspose(m, 0), 4, [2000, operand(2000, 5)], sizes);
  });
});

it('arrays of one element broadcast over a view of rank 0', () => {
  const y = arrayOn(hostArray([1], 'float32').buffer, { shape: [], format: 'contiguous' });
  wasm.fill(y, 3);
  expect(y.buffer.array[0]).toBe(3);
});

describe('lerp', () => {
  it.each([1, 3, 16, 17, 67])('moves %i elements by a part of the way', n => {
    expectSame((k, make) => {
      const y = make(noise(n), [n]);
      k.lerp(y, make(noise(n, 2), [n]), 0.1);
      return [y];
    });
  });
});
