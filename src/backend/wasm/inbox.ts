/**
 * Memory that the script itself writes for kernels, such as copies of what lies in JavaScript memory. No kernel that has
 * not run yet may know it, so it is kept apart from the memory that kernels hand on to each other: it comes back when all
 * kernels have run.
 */
import { type Region, roundUp } from './allocator.ts';
import { allocate, release } from './memory.ts';
import { settle, timesSettled } from './schedule.ts';

interface Slot {
  readonly region: Region;
  /** How often all kernels had run when it was given back. */
  readonly since: number;
}

/** So many bytes are kept for the next time, unless nothing is. */
const enough = 2 ** 25;
let keeps = true;

/** What was given back, by size. */
const slots = new Map<number, Slot[]>();
let bytesKept = 0;

/** Returns a region of at least `bytes` that the script may write to at once. */
export function takeRegion(bytes: number): Region {
  const list = slots.get(roundUp(bytes));
  // The first is the one that was given back first.
  if (list?.[0] && list[0].since < timesSettled()) {
    const { region } = list.shift()!;
    bytesKept -= region.size;
    return region;
  }
  settle();
  return allocate(bytes);
}

export function giveBack(region: Region): void {
  if (!keeps || bytesKept + region.size > enough) {
    release(region);
    return;
  }
  const list = slots.get(region.size);
  const slot = { region, since: timesSettled() };
  if (list) list.push(slot);
  else slots.set(region.size, [slot]);
  bytesKept += region.size;
}

/** Sets whether anything is kept from now on. */
export function setKeeping(keep: boolean): void {
  keeps = keep;
  if (!keep) emptyInbox();
}

/** Frees what is kept. */
export function emptyInbox(): void {
  for (const list of slots.values()) for (const { region } of list) release(region);
  slots.clear();
  bytesKept = 0;
}

/** The bytes that are allocated and yet not in use. */
export function idleBytes(): number {
  return bytesKept;
}
