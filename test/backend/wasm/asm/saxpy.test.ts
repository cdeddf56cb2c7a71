/** A worked example: a kernel with a SIMD main loop and a scalar tail, from its TypeScript to its result. */
import { describe, expect, it } from 'vitest';
import {
  f32,
  f32x4,
  forRange,
  i32,
  type Local,
  type Module,
  v128,
} from '../../../../src/backend/wasm/asm/index.ts';
import { runWithMemory } from './engine.ts';

/**
 * y[k] += a * x[k] for begin <= k < end, float32. `x` and `y` are addresses; `begin` and `end` count elements, so that
 * threads share the work by calling it with slices of their own.
 */
function saxpy(m: Module) {
  const params = { x: i32, y: i32, a: f32, begin: i32, end: i32 };
  return m.func({ name: 'saxpy', params }, (f, { x, y, a, begin, end }) => {
    const k = f.local(i32, 'k');
    const pointer = (base: Local<'i32'>, name: string) => f.let(i32.add(base, i32.shl(k, 2)), name);

    const vectorEnd = f.let(i32.add(begin, i32.and(i32.sub(end, begin), -4)), 'vectorEnd');
    const aaaa = f.let(f32x4.splat(a), 'aaaa');
    forRange(f, k, begin, vectorEnd, 4, () => {
      const [px, py] = [pointer(x, 'px'), pointer(y, 'py')];
      v128.store(f, py, f32x4.add(v128.load(py), f32x4.mul(aaaa, v128.load(px))));
    });

    // The tail begins where the main loop stopped: k is the first element that it did not reach.
    forRange(f, k, k, end, 1, () => {
      const [px, py] = [pointer(x, 'px'), pointer(y, 'py')];
      f32.store(f, py, f32.add(f32.load(py), f32.mul(a, f32.load(px))));
    });
  });
}

describe('saxpy', () => {
  const { exports, memory } = runWithMemory(m => m.export(saxpy(m)));
  const all = new Float32Array(memory.buffer);
  const [length, a] = [40, Math.fround(0.7)];
  const [x, y] = [all.subarray(100, 100 + length), all.subarray(200, 200 + length)];

  function reset() {
    x.forEach((_, k) => {
      x[k] = k / 3 - 1;
      y[k] = k * 7 + 0.1;
    });
  }

  /** `y` after the kernel ran over these slices. */
  function computed(...slices: (readonly [begin: number, end: number])[]): Float32Array {
    reset();
    for (const [begin, end] of slices) exports.saxpy(x.byteOffset, y.byteOffset, a, begin, end);
    return y.slice();
  }

  /** The same in plain TypeScript; writing to a Float32Array rounds the sum, so only the product needs it said. */
  function reference(begin: number, end: number): Float32Array {
    reset();
    const result = y.slice();
    for (let k = begin; k < end; k++) result[k] += Math.fround(a * x[k]);
    return result;
  }

  it.each(Array.from({ length: 18 }, (_, n) => n))('of %i elements has the bits of JavaScript', n => {
    for (const begin of [0, 1, 2, 3, 4, 7])
      expect(computed([begin, begin + n])).toEqual(reference(begin, begin + n));
  });

  it('leaves y alone if the slice is empty, or ends before it begins', () => {
    for (const end of [9, 8, 7, 6, 5, 4, 0]) expect(computed([9, end])).toEqual(reference(9, 9));
  });

  it('gives the same bits however the work is sliced', () => {
    const whole = reference(0, length);
    for (let cut = 0; cut <= length; cut++) expect(computed([cut, length], [0, cut])).toEqual(whole);
  });
});
