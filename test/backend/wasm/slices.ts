/** The invariant that a kernel's bits do not depend on how its units are shared out. */
import { expect } from 'vitest';
import type { Compiled, Emit } from '../../../src/backend/wasm/compiled.ts';
import { allocate, elementsAt, release } from '../../../src/backend/wasm/memory.ts';
import { compile } from '../../../src/backend/wasm/runtime.ts';

/** The elements of an operand, or the number of those of a result. */
type Operand = Float32Array | Int32Array | number;

/**
 * Asserts that a kernel writes the same bits whether it runs over all units at once or over slices of them in another
 * order. `operands` come first among its arguments, then `sizes`.
 */
export function expectAnySlicing(
  key: string,
  emit: Emit,
  units: number,
  operands: readonly Operand[],
  sizes: readonly number[] = [],
): void {
  const f = compile(`${key} in slices`, emit);
  const whole = resultsOf(f, operands, sizes, [[0, units]]);
  for (const cut of [1, Math.floor(units / 2), units - 1]) {
    const slices: [number, number][] = [
      [cut, units],
      [0, cut],
    ];
    expect(resultsOf(f, operands, sizes, slices), `${key}, cut at ${cut} of ${units}`).toEqual(whole);
  }
}

/** Returns the bits of the results after a kernel ran over these slices of its units. */
export function resultsOf(
  { run }: Compiled,
  operands: readonly Operand[],
  sizes: readonly number[],
  slices: readonly (readonly [number, number])[],
): Int32Array[] {
  const regions = operands.map(x => allocate(4 * (typeof x === 'number' ? x : x.length)));
  try {
    for (const [i, x] of operands.entries()) {
      const { address } = regions[i]!;
      if (typeof x === 'number') elementsAt(address, 'int32', x).fill(-1);
      else elementsAt(address, x instanceof Int32Array ? 'int32' : 'float32', x.length).set(x);
    }
    for (const slice of slices) run(...regions.map(r => r.address), ...sizes, ...slice);
    return operands.flatMap((x, i) =>
      typeof x === 'number' ? [elementsAt(regions[i]!.address, 'int32', x).slice() as Int32Array] : [],
    );
  } finally {
    for (const region of regions) release(region);
  }
}
