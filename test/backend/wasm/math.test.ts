import { describe, expect, it } from 'vitest';
import { forRange, i32, type Module, type Scope, v128 } from '../../../src/backend/wasm/asm/index.ts';
import { exp } from '../../../src/backend/wasm/kernels/math/exp.ts';
import type { LaneFunction, Lanes } from '../../../src/backend/wasm/kernels/math/lanes.ts';
import { log } from '../../../src/backend/wasm/kernels/math/log.ts';
import { pow } from '../../../src/backend/wasm/kernels/math/pow.ts';
import { sigmoid } from '../../../src/backend/wasm/kernels/math/sigmoid.ts';
import { tanh } from '../../../src/backend/wasm/kernels/math/tanh.ts';
import { runWithMemory } from './asm/engine.ts';

const batch = 4096;

/** z[i] = op(x[i], y[i]) for a batch of numbers in the first page of memory, in place of x. */
function loop(m: Module, prepare: (f: Scope) => (x: Lanes, y: Lanes) => Lanes) {
  return m.func({ name: 'loop', params: { bytes: i32 } }, (f, { bytes }) => {
    const apply = prepare(f);
    const at = f.local(i32, 'at');
    forRange(f, at, 0, bytes, 16, () => v128.store(f, at, apply(v128.load(at), v128.load(at, batch * 4))));
  });
}

/** Returns a function that computes up to `batch` values at once; the result is good until the next call. */
function compile(prepare: (f: Scope) => LaneFunction | ((x: Lanes, y: Lanes) => Lanes)) {
  const { exports, memory } = runWithMemory(m => m.export(loop(m, prepare)));
  const x = new Float32Array(memory.buffer, 0, batch);
  const y = new Float32Array(memory.buffer, batch * 4, batch);
  return (xs: ArrayLike<number>, ys: ArrayLike<number> = []): Float32Array => {
    x.set(xs);
    y.set(ys);
    exports.loop!(Math.ceil(xs.length / 4) * 16);
    return x.subarray(0, xs.length);
  };
}

/** The distance between neighbours in float32 at the size of `value`. */
function ulp(value: number): number {
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), -126);
  // log2 may round up to the next power of two.
  return 2 ** ((2 ** exponent > Math.abs(value) ? Math.max(exponent - 1, -126) : exponent) - 23);
}

/** Returns how far `got` is from `want`, in ulps; 0 if both are NaN or the same infinity. */
function distance(got: number, want: number): number {
  const rounded = Math.fround(want);
  if (Object.is(got, rounded)) return 0;
  if (!Number.isFinite(got) || !Number.isFinite(rounded)) {
    // The next number beyond the largest would be 2¹²⁸.
    const edge = Math.abs(want) > 2 ** 127 && Math.sign(got) === Math.sign(want);
    return edge && Math.abs(Math.min(Math.abs(got), 2 ** 128) - Math.abs(want)) < 2 ** 105 ? 1 : Infinity;
  }
  return Math.abs(got - want) / ulp(want);
}

const floatsFrom = new Uint32Array(batch);
const asFloats = new Float32Array(floatsFrom.buffer);

/** Every so many-th float32 bit pattern, in batches; a step that is odd meets all mantissas and exponents. */
function* everyFloat(step: number): Generator<Float32Array> {
  for (let bits = 0; bits < 2 ** 32; ) {
    let count = 0;
    for (; count < batch && bits < 2 ** 32; bits += step) floatsFrom[count++] = bits;
    yield asFloats.subarray(0, count);
  }
}

/** Numbers from `low` to `high`, in batches. */
function* between(low: number, high: number, count: number): Generator<Float32Array> {
  for (let done = 0; done < count; done += batch) {
    yield Float32Array.from({ length: batch }, (_, i) => low + ((high - low) * (done + i)) / count);
  }
}

function worst(
  f: ReturnType<typeof compile>,
  truth: (x: number) => number,
  batches: Iterable<Float32Array>,
): { ulps: number; at: number } {
  let found = { ulps: 0, at: 0 };
  for (const xs of batches) {
    const results = f(xs);
    for (let i = 0; i < xs.length; i++) {
      const ulps = distance(results[i]!, truth(xs[i]!));
      if (!(ulps <= found.ulps)) found = { ulps, at: xs[i]! };
    }
  }
  return found;
}

const stride = 2053;
const special = [0, -0, 1, -1, Infinity, -Infinity, Number.NaN, 2 ** -149, -(2 ** -149), 3.4e38, -3.4e38];

const functions = [
  { name: 'exp', prepare: exp, truth: Math.exp, limit: 1, near: [-104, 89] },
  { name: 'log', prepare: log, truth: Math.log, limit: 1, near: [0.5, 2] },
  { name: 'tanh', prepare: tanh, truth: Math.tanh, limit: 2, near: [-9, 9] },
  {
    name: 'sigmoid',
    prepare: sigmoid,
    truth: (x: number) => 1 / (1 + Math.exp(-x)),
    limit: 2,
    near: [-104, 20],
  },
] as const;

describe.each(functions)('$name of float32 lanes', ({ prepare, truth, limit, near }) => {
  const f = compile(prepare);

  it(`is within ${limit} ulp of the float64 value on two million numbers of all sizes`, () => {
    const { ulps, at } = worst(f, truth, everyFloat(stride));
    expect(ulps, `at ${at}`).toBeLessThanOrEqual(limit);
  });

  it(`is within ${limit} ulp on a million numbers where it bends`, () => {
    const { ulps, at } = worst(f, truth, between(near[0], near[1], 2 ** 20));
    expect(ulps, `at ${at}`).toBeLessThanOrEqual(limit);
  });

  it('has the special values of JavaScript, with the sign of zero', () => {
    expect([...f(special)]).toEqual(special.map(x => Math.fround(truth(Math.fround(x)))));
  });
});

/** IEEE 754 and C say pow(1, y) = 1 and pow(-1, ±∞) = 1, where JavaScript says NaN. */
const truePower = (x: number, y: number) => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

describe('pow of float32 lanes', () => {
  const f = compile(pow);

  function worstPower(xs: Float32Array, ys: Float32Array) {
    let found = { ulps: 0, x: 0, y: 0 };
    f(xs, ys).forEach((got, i) => {
      const [x, y] = [xs[i]!, ys[i]!];
      const ulps = distance(got, truePower(x, y));
      if (!(ulps <= found.ulps)) found = { ulps, x, y };
    });
    return found;
  }

  it('is within 1 ulp for bases of all sizes and exponents that keep the result in range', () => {
    for (const bases of everyFloat(20_011)) {
      const xs = bases.slice();
      const ys = Float32Array.from(xs, (x, i) => (((i % 199) - 99) * 1.52) / Math.log2(Math.abs(x)));
      const { ulps, x, y } = worstPower(xs, ys);
      expect(ulps, `${x} to the power ${y}`).toBeLessThanOrEqual(1);
    }
  });

  it.each([2, 3, -1, -2, 0.5, -0.5, 1 / 3, 7, 1e-3, 1e9])('is within 1 ulp for the exponent %d', exponent => {
    for (const bases of everyFloat(200_003)) {
      const xs = bases.slice();
      const { ulps, x, y } = worstPower(xs, new Float32Array(xs.length).fill(exponent));
      expect(ulps, `${x} to the power ${y}`).toBeLessThanOrEqual(1);
    }
  });

  it('gives a number itself for the exponent 1, and exact small powers', () => {
    const xs = Float32Array.from({ length: 999 }, (_, i) => (i - 500) / 7);
    expect([...f(xs, new Float32Array(999).fill(1))]).toEqual([...xs]);
    expect([...f([2, 3, -3, 10, 0.5, 4], [10, 4, 3, 2, 2, -0.5])]).toEqual([1024, 81, -27, 100, 0.25, 0.5]);
  });

  it('has the special values of IEEE 754 in every combination, with the sign of zero', () => {
    const values = [...special, 0.5, -0.5, 2, -2, 3, -3, 2 ** 24, -(2 ** 24), 1e10];
    for (const x of values.map(Math.fround)) {
      const got = f(new Float32Array(values.length).fill(x), values);
      values.map(Math.fround).forEach((y, i) => {
        expect(got[i], `${x} to the power ${y}`).toBe(Math.fround(truePower(x, y)));
      });
    }
  });
});
