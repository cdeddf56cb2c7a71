/** Arrays in the kernels' memory, which is the debug arena, and the comparison of a kernel with the reference one. */
import { expect } from 'vitest';
import { arrayOn, Buffer, hostArray, type NdArray } from '../../../src/backend/array.ts';
import type { Kernels } from '../../../src/backend/kernels.ts';
import { reference } from '../../../src/backend/reference/index.ts';
import { setDebugMemory } from '../../../src/backend/wasm/debug-memory.ts';
import { wasm } from '../../../src/backend/wasm/index.ts';
import { Block } from '../../../src/backend/wasm/lifetimes.ts';
import { allocate } from '../../../src/backend/wasm/memory.ts';
import { type Format, numel, type Shape } from '../../../src/shape.ts';

setDebugMemory(true);

/** Makes operands and results for one kernel call. */
export interface Maker {
  /** An operand or a result with these values, row by row in memory order. */
  (values: ArrayLike<number>, shape: Shape, format?: Format, dtype?: 'float32' | 'int32'): NdArray;
}

/** An array in the kernels' memory. */
function placed(
  values: ArrayLike<number>,
  shape: Shape,
  format: Format,
  dtype: 'float32' | 'int32',
): { readonly block: Block; readonly array: NdArray } {
  const length = numel(shape);
  const block = new Block(allocate(4 * length));
  block.role = 'held';
  const buffer = new Buffer(dtype, length, block);
  buffer.array.set(values);
  return { block, array: arrayOn(buffer, { shape, format }) };
}

/**
 * Runs `call` on the fast backend, in the debug arena, and on the reference backend in float64; returns the arrays
 * that it returns as [fast, reference] pairs of plain numbers in memory order.
 */
export function onBoth(
  call: (k: Kernels, make: Maker) => readonly NdArray[],
): readonly { fast: Float64Array; truth: Float64Array }[] {
  const made: Block[] = [];
  try {
    const fast = call(wasm, (values, shape, format = 'contiguous', dtype = 'float32') => {
      const { block, array } = placed(values, shape, format, dtype);
      made.push(block);
      return array;
    }).map(x => Float64Array.from(x.buffer.array));
    const truth = call(reference, (values, shape, format = 'contiguous', dtype = 'float32') => {
      const x = hostArray(shape, dtype === 'float32' ? 'float64' : dtype, format);
      x.buffer.array.set(dtype === 'float32' ? Float32Array.from(values) : values);
      return x;
    }).map(x => Float64Array.from(x.buffer.array));
    return fast.map((values, i) => ({ fast: values, truth: truth[i]! }));
  } finally {
    for (const block of made) block.release();
  }
}

/**
 * Asserts that every result is within `tolerance` of the reference, relative to the largest finite value, and that NaN
 * and infinities are where the reference puts them.
 */
export function expectSame(
  call: (k: Kernels, make: Maker) => readonly NdArray[],
  tolerance = 3e-6,
  context = '',
): void {
  for (const [index, { fast, truth }] of onBoth(call).entries()) {
    const scale = truth.reduce((most, v) => (Number.isFinite(v) ? Math.max(most, Math.abs(v)) : most), 1e-30);
    truth.forEach((want, i) => {
      const got = fast[i]!;
      const rounded = Math.fround(want);
      const fits = Number.isFinite(rounded)
        ? Math.abs(got - want) <= tolerance * scale
        : Object.is(got, rounded) || (Number.isNaN(got) && Number.isNaN(rounded));
      if (!fits)
        expect.fail(`${context} result ${index}, element ${i}: got ${got}, the reference says ${want}`);
    });
  }
}

/** Numbers from -1 to 1 that depend on the seed alone. */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed * 2654435761 + 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
