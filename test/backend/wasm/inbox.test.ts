import { afterEach, describe, expect, it } from 'vitest';
import { hostArray } from '../../../src/backend/array.ts';
import { i32 } from '../../../src/backend/wasm/asm/index.ts';
import { emptyInbox, giveBack, idleBytes, takeRegion } from '../../../src/backend/wasm/inbox.ts';
import { moveToBlock } from '../../../src/backend/wasm/lifetimes.ts';
import { allocate, bytesInUse, release } from '../../../src/backend/wasm/memory.ts';
import { compile } from '../../../src/backend/wasm/runtime.ts';
import { runByImage, settle } from '../../../src/backend/wasm/schedule.ts';

afterEach(emptyInbox);

describe('memory that the script writes', () => {
  it('does not come back before all kernels have run that may read it', () => {
    const first = takeRegion(100);
    giveBack(first);
    const second = takeRegion(100);
    expect(second.address).not.toBe(first.address);
    giveBack(second);
    settle();
    // In the order in which it was given back.
    expect([takeRegion(100).address, takeRegion(128).address]).toEqual([first.address, second.address]);
    release(first);
    release(second);
  });

  it('is not what kernels that have not run yet may still use: they run first', () => {
    const last = allocate(64 * 777);
    release(last);
    // The allocator gives out what was freed last.
    const region = takeRegion(64 * 777);
    expect(region.address).toBe(last.address);
    giveBack(region);
    // So everything had run by then, but not since it was given back.
    const other = takeRegion(64 * 777);
    expect(other.address).not.toBe(region.address);
    release(other);
  });

  it('is not lost if a kernel fails that runs first', () => {
    const trap = compile('trap', m =>
      m.func({ name: 'trap', params: { begin: i32, end: i32 } }, f => f.unreachable()),
    );
    const before = bytesInUse();
    for (const take of [() => takeRegion(64 * 555), () => moveToBlock(hostArray([33], 'float32').buffer)]) {
      runByImage(trap, 1, [], { images: 1, units: 1, per: 1, batches: [], whole: [] });
      expect(take).toThrow('unreachable');
      expect(bytesInUse()).toBe(before);
    }
  });

  it('is kept up to a limit, counted, and freed all at once', () => {
    const before = bytesInUse();
    const regions = Array.from({ length: 40 }, () => takeRegion(2 ** 20));
    for (const region of regions) giveBack(region);
    expect(idleBytes()).toBe(2 ** 25);
    expect(bytesInUse() - before).toBe(2 ** 25);
    emptyInbox();
    expect([idleBytes(), bytesInUse()]).toEqual([0, before]);
  });
});
