import { afterEach, describe, expect, it } from 'vitest';
import { hostArray, moveToHost, type NdArray } from '../../../src/backend/array.ts';
import { Compiled, Source } from '../../../src/backend/wasm/compiled.ts';
import type { Kernel } from '../../../src/backend/wasm/engine.ts';
import { Block, memory } from '../../../src/backend/wasm/lifetimes.ts';
import { elementsAt } from '../../../src/backend/wasm/memory.ts';
import { derived, dropCall, endCall, read, scratch, update, write } from '../../../src/backend/wasm/stage.ts';

const onHost = (values: readonly number[]): NdArray => {
  const x = hostArray([values.length], 'float32');
  x.buffer.array.set(values);
  return x;
};
const at = (address: number, length: number) => Array.from(elementsAt(address, 'float32', length));
const nextPass = () =>
  memory.pass(
    () => {},
    () => [],
    false,
  );

afterEach(() => {
  dropCall();
  for (let i = 0; i < 10; i++) nextPass();
});

describe('an operand in JavaScript memory', () => {
  it('is copied in for the call, and its copy is freed after it', () => {
    const before = memory.bytesInUse;
    expect(at(read(onHost([1, 2, 3])), 3)).toEqual([1, 2, 3]);
    expect(memory.bytesInUse).toBeGreaterThan(before);
    endCall();
    expect(memory.bytesInUse).toBe(before);
  });

  it('is copied out after the call if it was written, and left alone if the call failed', () => {
    const [written, updated, failed] = [onHost([1, 2]), onHost([3, 4]), onHost([5, 6])];
    elementsAt(write(written), 'float32', 2).set([7, 8]);
    const address = update(updated);
    expect(at(address, 2)).toEqual([3, 4]);
    elementsAt(address, 'float32', 2).set([9, 10]);
    endCall();
    elementsAt(write(failed), 'float32', 2).set([11, 12]);
    dropCall();
    expect([written, updated, failed].map(x => Array.from(x.buffer.array))).toEqual([
      [7, 8],
      [9, 10],
      [5, 6],
    ]);
  });

  it('is copied as far as its window reaches, and the rest of the buffer stays', () => {
    const whole = onHost([0, 1, 2, 3, 4, 5, 6, 7]);
    const window: NdArray = { buffer: whole.buffer, shape: [2, 2], strides: [4, 1], offset: 1 };
    const before = memory.bytesInUse;
    const address = write(window);
    expect(at(address, 6)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(memory.bytesInUse - before).toBe(64);
    elementsAt(address, 'float32', 6).set([-1, -2, 3, 4, -5, -6]);
    endCall();
    expect(Array.from(whole.buffer.array)).toEqual([0, -1, -2, 3, 4, -5, -6, 7]);
  });

  it('moves in when it is wanted again in a later pass than the way back, unless the user holds its elements', () => {
    const [x, exposed] = [onHost([1, 2]), onHost([3, 4])];
    exposed.buffer.expose();
    const inBlock = (pass: number) => {
      nextPass();
      read(x);
      read(exposed);
      endCall();
      return [pass, x.buffer.storage instanceof Block, exposed.buffer.storage instanceof Block];
    };
    expect([1, 2, 3].map(inBlock)).toEqual([
      [1, false, false],
      [2, false, false],
      [3, true, false],
    ]);
    expect(Array.from(x.buffer.array)).toEqual([1, 2]);
  });
});

/** Returns a kernel that is a function of JavaScript. */
function compiledFrom(run: Kernel): Compiled {
  const source = new Source(() => {
    throw new Error('it is part of no chain');
  });
  return new Compiled('stub', source, run, new Uint8Array());
}

describe('what is derived from an operand', () => {
  let filled = 0;
  const doubling = compiledFrom((to, from) => {
    filled++;
    elementsAt(to, 'float32', 2).set(at(from, 2).map(v => 2 * v));
  });
  const doubled = (x: NdArray) => derived(x, doubling, 1, 8);

  it('is computed anew for every call while the operand is in JavaScript memory', () => {
    filled = 0;
    const x = onHost([1, 2]);
    for (let i = 0; i < 3; i++) {
      expect(at(doubled(x), 2)).toEqual([2, 4]);
      endCall();
    }
    expect(filled).toBe(3);
  });

  it('is kept beside a long-lived block until that changes, and freed with it', () => {
    filled = 0;
    const before = memory.bytesInUse;
    const x = onHost([1, 2]);
    for (let i = 0; i < 6; i++) {
      nextPass();
      expect(at(doubled(x), 2)).toEqual([2, 4]);
      endCall();
    }
    expect(filled).toBe(3);
    x.buffer.array.fill(5);
    x.buffer.version++;
    expect(at(doubled(x), 2)).toEqual([10, 10]);
    expect(filled).toBe(4);
    moveToHost(x.buffer);
    endCall();
    expect(memory.bytesInUse).toBe(before);
  });

  it('is not taken for right after its computation failed', () => {
    const x = onHost([1, 2]);
    for (let i = 0; i < 3; i++) {
      nextPass();
      read(x);
      endCall();
    }
    const trap = compiledFrom(() => {
      throw new Error('on purpose');
    });
    const failing = () => derived(x, trap, 1, 8);
    expect(failing).toThrow('on purpose');
    expect(failing).toThrow('on purpose');
  });
});

it('scratch is the call’s own, aligned to a cache line', () => {
  const before = memory.bytesInUse;
  const addresses = [10, 100, 1000].map(scratch);
  expect(addresses.map(address => address % 64)).toEqual([0, 0, 0]);
  expect(new Set(addresses).size).toBe(3);
  endCall();
  expect(memory.bytesInUse).toBe(before);
});
