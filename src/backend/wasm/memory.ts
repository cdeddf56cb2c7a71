/** The one memory of all kernels, and who has which part of it. */
import type { DType, TypedArray } from '../../dtype.ts';
import { OutOfMemoryError } from '../../errors.ts';
import { notice } from '../notices.ts';
import { Allocator, type Arena, type Region } from './allocator.ts';
import { engineObstacle, reserveMemory, type WasmMemory } from './engine.ts';

const page = 65536;
const initialPages = 16;
/**
 * The most that the memory can be, and so an array in it: 2 GiB, where sizes and offsets end as signed numbers, but for the
 * last page, so that what a kernel counts in blocks can end behind its array.
 */
export const maxBytes = 2 ** 31 - page;

let memory: WasmMemory | null = null;
let shared = false;
/** What the engine could reserve addresses for. */
let most = maxBytes;
let limit = maxBytes;
/** The regions that were freed while a chain of kernels may get longer; null while none does. */
let held: Region[] | null = null;
/** Called when memory runs out: frees what can be spared. */
let reclaim: () => void = () => {};

// Address 0 stays unused.
let allocator: Arena = new Allocator(64);

/** Returns the memory that kernels import. */
export function wasmMemory(): WasmMemory {
  if (!memory) {
    const reserved = reserveMemory(initialPages, maxBytes / page);
    ({ memory, isShared: shared } = reserved);
    allocator.extend(initialPages * page - allocator.end);
    most = reserved.pages * page;
    setMemoryLimit(limit);
    if (most < maxBytes) {
      notice(
        'memoryLimit',
        `the kernels' memory can grow to ${most / 2 ** 20} MiB only: there are no more addresses`,
      );
    }
  }
  return memory;
}

/** Puts an arena before the one that there is, which it goes on with. */
export function replaceArena(replacement: (arena: Arena) => Arena): void {
  allocator = replacement(allocator);
}

/** Whether other threads can see the memory: wherever the engine lets them. */
export function isShared(): boolean {
  wasmMemory();
  return shared;
}

/** Returns why kernels cannot run here, or null if they can; then their memory is reserved. */
export function obstacle(): string | null {
  if (memory) return null;
  const why = engineObstacle();
  if (why) return why;
  try {
    wasmMemory();
    return null;
  } catch (error) {
    return (
      `there is no address space for their memory (${error instanceof Error ? error.message : error}); ` +
      'below some 12 GB, as by ulimit -v, it takes Node 24, or `node --disable-wasm-trap-handler`'
    );
  }
}

export function onPressure(spare: () => void): void {
  reclaim = spare;
}

/** Sets how many bytes the memory may grow to, at most what is reserved. */
export function setMemoryLimit(bytes: number): void {
  limit = Math.min(bytes, most);
}

export function memoryLimit(): number {
  return limit;
}

/**
 * Returns a region of at least `bytes`, 64-byte aligned; its contents are undefined. Kernels that have not run yet may
 * still use it: it is for kernels that run after them, and who reads or writes it from the script settles first.
 */
export function allocate(bytes: number): Region {
  wasmMemory();
  const region = allocator.allocate(bytes) ?? growFor(bytes);
  if (region) return region;
  // What could not be had if all were free pushes nothing out.
  if (bytes > Math.max(limit, bytesReserved())) throw outOfMemory(bytes);
  reclaim();
  const second = allocator.allocate(bytes) ?? growFor(bytes);
  if (second) return second;
  throw outOfMemory(bytes);
}

/** Returns nothing; throws unless an array of so many elements of 32 bits could be in the memory. */
export function checkLength(length: number): void {
  if (4 * length > maxBytes) throw outOfMemory(4 * length);
}

function outOfMemory(asked: number): OutOfMemoryError {
  // Sizes beyond all numbers make an infinite product.
  const bytes = Math.min(asked, Number.MAX_VALUE);
  const rest =
    bytes > maxBytes
      ? '2 GiB'
      : `${limit}. Use smaller batches, noGrad() for inference, or configure({ memoryLimit })`;
  return new OutOfMemoryError(
    `out of memory: asked for ${bytes} bytes with ${bytesInUse()} in use, and the memory cannot grow beyond ${rest}`,
    bytes,
    bytesInUse(),
  );
}

/** Frees a region for the kernels that come next: at once, or when the chain is complete. */
export function release(region: Region): void {
  if (held) held.push(region);
  else allocator.release(region);
}

/** From now on regions that are freed stay as they are: the kernels of a chain do not run one after the other. */
export function holdReleases(): void {
  held ??= [];
}

/** Frees what was held. */
export function letReleases(): void {
  const regions = held ?? [];
  held = null;
  for (const region of regions) allocator.release(region);
}

export function bytesInUse(): number {
  return allocator.inUse;
}

export function bytesReserved(): number {
  return memory?.buffer.byteLength ?? 0;
}

/** Returns the elements at an address; memory that grows moves, so the array is good until the next allocation. */
export function elementsAt(address: number, dtype: DType, length: number): TypedArray {
  const { buffer } = wasmMemory();
  return dtype === 'int32'
    ? new Int32Array(buffer, address, length)
    : new Float32Array(buffer, address, length);
}

/** Grows by what is missing, or by a quarter at once if the limit allows. */
function growFor(bytes: number): Region | null {
  const { buffer } = wasmMemory();
  const missing = Math.ceil(allocator.shortfall(bytes) / page);
  const room = Math.floor((limit - buffer.byteLength) / page);
  if (missing > room) return null;
  const generous = Math.min(Math.max(missing, Math.ceil(buffer.byteLength / page / 4)), room);
  for (const pages of [generous, missing]) {
    try {
      memory!.grow(pages);
      allocator.extend(pages * page);
      return allocator.allocate(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  return null;
}
