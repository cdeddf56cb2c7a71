/**
 * The addresses of a kernel's operands. What lies in JavaScript memory is copied in for the call, and what the kernel
 * wrote there is copied out after it.
 */
import { numel } from '../../shape.ts';
import { type Buffer, HostStorage, type NdArray } from '../array.ts';
import type { Region } from './allocator.ts';
import type { Compiled } from './compiled.ts';
import { giveBack, takeRegion } from './inbox.ts';
import { Block, currentPass, type Derived, moveToBlock } from './lifetimes.ts';
import { allocate, elementsAt, release } from './memory.ts';
import { run, runAside, settle } from './schedule.ts';

/** A copy of elements `from` … of a buffer that is in JavaScript memory. */
interface Copy {
  readonly buffer: Buffer;
  readonly address: number;
  readonly from: number;
  readonly length: number;
}

/** One weight is kept in so many orders: kernels of different sizes may want different ones. */
const mostDerived = 8;

const regions: Region[] = [];
const inboxes: Region[] = [];
const copies: Copy[] = [];

/** Returns the address of the first element of x, which the kernel reads. */
export function read(x: NdArray): number {
  return locate(x, true, false);
}

/** Returns the address of the first element of y, all of which the kernel writes. */
export function write(y: NdArray): number {
  return locate(y, numel(y.shape) < y.buffer.length, true);
}

/** Returns the address of the first element of y, which the kernel reads and writes. */
export function update(y: NdArray): number {
  return locate(y, true, true);
}

/** Returns the address of `bytes` undefined bytes, 64-byte aligned, that are the kernel's until its call ends. */
export function scratch(bytes: number): number {
  const region = allocate(bytes);
  regions.push(region);
  return region.address;
}

/** Returns the address of `bytes` that the script writes, 64-byte aligned, until the call of the kernel ends. */
export function inbox(bytes: number): number {
  const region = takeRegion(bytes);
  inboxes.push(region);
  return region.address;
}

/**
 * Returns the address of `bytes` that a kernel of so many units computes from x alone; it gets the address to write to
 * and that of x. They are kept as long as x does not change, if x is a long-lived block such as a weight.
 */
export function derived(x: NdArray, code: Compiled, units: number, bytes: number): number {
  const { buffer } = x;
  const from = read(x); // moves x in, if it is wanted again and again
  const block = buffer.storage;
  if (!(block instanceof Block) || block.role !== 'held') {
    const address = scratch(bytes);
    runAside(from, () => run(code, units, address, from));
    return address;
  }
  block.derived ??= new Map();
  const known = block.derived.get(code);
  if (known?.version === buffer.version) return known.region.address;
  const region = known?.region ?? allocate(bytes);
  if (!known && block.derived.size >= mostDerived) forgetFirst(block.derived);
  // Entered first: if it fails, the region belongs to the block all the same, under no version.
  block.derived.set(code, { region, version: Number.NaN });
  runAside(from, () => run(code, units, region.address, from));
  block.derived.set(code, { region, version: buffer.version });
  return region.address;
}

/** Frees what was entered before all others. */
function forgetFirst(derived: Map<Compiled, Derived>): void {
  const [first] = derived;
  derived.delete(first![0]);
  release(first![1].region);
}

/** Ends the call of a kernel: copies out what it wrote, and frees its scratch. */
export function endCall(): void {
  if (copies.length > 0) settle();
  for (const { buffer, address, from, length } of copies) {
    buffer.array.set(elementsAt(address, buffer.dtype, length), from);
  }
  dropCall();
}

/** Ends the call of a kernel that failed. */
export function dropCall(): void {
  copies.length = 0;
  for (const region of regions) release(region);
  regions.length = 0;
  for (const region of inboxes) giveBack(region);
  inboxes.length = 0;
}

function locate(x: NdArray, copyIn: boolean, copyOut: boolean): number {
  const { buffer, offset } = x;
  const { storage } = buffer;
  if (storage instanceof Block) {
    storage.lastUsed = currentPass();
    return storage.address + 4 * offset;
  }
  if (storage instanceof HostStorage && moves(x)) {
    return moveToBlock(buffer).address + 4 * offset;
  }
  // Throws if the elements are gone.
  const { array } = buffer;
  const length = spanOf(x);
  const address = copyIn ? inbox(4 * length) : scratch(4 * length);
  if (copyIn) elementsAt(address, buffer.dtype, length).set(array.subarray(offset, offset + length));
  if (copyOut) copies.push({ buffer, address, from: offset, length });
  return address;
}

/** Whether a buffer is wanted again and again. A batch is wanted on the way forward and once more on the way back. */
function moves({ buffer, shape }: NdArray): boolean {
  if (buffer.exposed || buffer.length !== numel(shape)) return false;
  const pass = currentPass();
  buffer.firstCopied ||= pass;
  return pass - buffer.firstCopied > 1;
}

/** Returns how many elements lie from the first to the last. */
function spanOf({ shape, strides }: NdArray): number {
  let last = 0;
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 0) return 0;
    last += (shape[i]! - 1) * strides[i]!;
  }
  return last + 1;
}
