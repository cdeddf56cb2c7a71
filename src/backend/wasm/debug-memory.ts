/**
 * The debug arena: guard words round every region, memory that holds NaN until somebody writes to it and again when
 * nobody has it any more, and a look at both after every kernel. No result depends on it.
 */
import { TensorError } from '../../errors.ts';
import { formatShape } from '../../shape.ts';
import type { Arena, Region } from './allocator.ts';
import type { Compiled } from './compiled.ts';
import { setKeeping } from './inbox.ts';
import { bufferAt } from './lifetimes.ts';
import { replaceArena, wasmMemory } from './memory.ts';
import { settle } from './schedule.ts';
import { watchKernels } from './threads/share.ts';

/** Both are NaN as float32 and as float64, and no NaN that is computed. */
const [guard, poison] = [0x7ff95afe, 0x7ff8dead];
/** Before a region and after it; so regions still begin with a line of the cache. */
const guardBytes = 64;
/** So many words of free memory are looked at, from either end: all, unless it is a large piece. */
const mostWords = 2 ** 14;

/** A region inside of its guards. */
interface Guarded {
  readonly outer: Region;
  readonly bytes: number;
}

/** An arena that gives out what is inside of guards, as long as it is on; what it gave out it takes back at any time. */
class GuardedArena implements Arena {
  readonly #arena: Arena;
  readonly #guarded = new Map<Region, Guarded>();
  #on = false;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  get isOn(): boolean {
    return this.#on;
  }

  set isOn(on: boolean) {
    this.#on = on;
    if (on) for (const region of this.regions()) if (region.free) fill(region.address, region.size, poison);
  }

  get inUse(): number {
    return this.#arena.inUse;
  }

  get end(): number {
    return this.#arena.end;
  }

  regions(): Iterable<Region> {
    return this.#arena.regions();
  }

  extend(bytes: number): void {
    const start = this.end;
    this.#arena.extend(bytes);
    if (this.#on) fill(start, bytes, poison);
  }

  shortfall(bytes: number): number {
    return this.#arena.shortfall(this.#on ? bytes + 2 * guardBytes : bytes);
  }

  allocate(bytes: number): Region | null {
    if (!this.#on) return this.#arena.allocate(bytes);
    const outer = this.#arena.allocate(bytes + 2 * guardBytes);
    if (!outer) return null;
    const at = damageOf(outer.address, outer.size, poison);
    const [address, size] = [outer.address + guardBytes, outer.size - 2 * guardBytes];
    const region = { ...outer, address, size, before: null, after: null, previous: null, next: null };
    this.#guarded.set(region, { outer, bytes });
    fill(address, bytes, poison);
    fill(outer.address, guardBytes, guard);
    fillBehind(region, { outer, bytes });
    if (at === null) return region;
    this.release(region);
    throw damaged('a kernel wrote', at, 'to memory that was free, as it is found when that is given out');
  }

  release(region: Region): void {
    const guarded = this.#guarded.get(region);
    const { address, size } = guarded?.outer ?? region;
    const at = guarded && this.#on ? damageOfGuards(region, guarded) : null;
    if (this.#on) fill(address, size, poison);
    this.#guarded.delete(region);
    this.#arena.release(guarded?.outer ?? region);
    if (at !== null)
      throw damaged('a kernel wrote', at, 'outside of a block, as it is found when that is freed');
  }

  /** Throws if guards or free memory were written to by a kernel, the last that ran. */
  check({ name }: Compiled): void {
    for (const [region, guarded] of this.#guarded) {
      const at = damageOfGuards(region, guarded);
      if (at === null) continue;
      const { address, bytes } = { ...guarded, ...region };
      const where = at < address ? `${address - at} bytes before` : `${at - address - bytes} bytes behind`;
      fill(guarded.outer.address, guardBytes, guard);
      fillBehind(region, guarded);
      throw damaged(`the kernel ${name} wrote`, at, `${where} ${describeBlock(address, bytes)}`);
    }
    for (const { free, address, size } of this.regions()) {
      const at = free ? damageOf(address, size, poison) : null;
      if (at === null) continue;
      fill(address, size, poison);
      throw damaged(`the kernel ${name} wrote`, at, 'to memory that is free');
    }
  }
}

function words(): Int32Array {
  return new Int32Array(wasmMemory().buffer);
}

function fill(address: number, bytes: number, word: number): void {
  words().fill(word, address / 4, Math.ceil((address + bytes) / 4));
}

/** Also what is left of the last cache line of a region is a guard. */
function fillBehind({ address, size }: Region, { bytes }: Guarded): void {
  const end = 4 * Math.ceil((address + bytes) / 4);
  fill(end, address + size + guardBytes - end, guard);
}

/** Returns the address of a word that is not `word`, if one is seen. */
function damageOf(address: number, bytes: number, word: number): number | null {
  const memory = words();
  const [first, end] = [Math.ceil(address / 4), (address + bytes) / 4];
  for (let i = first; i < end; i++) {
    if (i === first + mostWords) i = Math.max(i, end - mostWords);
    if (memory[i] !== word) return 4 * i;
  }
  return null;
}

function damageOfGuards({ address, size }: Region, { outer, bytes }: Guarded): number | null {
  const end = address + bytes;
  return (
    damageOf(outer.address, guardBytes, guard) ?? damageOf(end, address + size + guardBytes - end, guard)
  );
}

function damaged(who: string, address: number, where: string): TensorError {
  return new TensorError(
    `debugMemory: ${who} at address ${address}, ${where}. This is a fault of the library`,
  );
}

/** Returns what lies at an address, for messages. */
function describeBlock(address: number, bytes: number): string {
  const buffer = bufferAt(address);
  if (!buffer) return `a block of ${bytes} bytes that belongs to no tensor`;
  const { dtype, length, madeBy } = buffer;
  return madeBy
    ? `the ${dtype} tensor ${formatShape(madeBy.shape)} that ${madeBy.op} returned`
    : `a tensor of ${length} ${dtype} elements`;
}

let arena: GuardedArena | null = null;

/** Turns the debug arena on or off. What was given out before stays without guards. */
export function setDebugMemory(on: boolean): void {
  if (on === isDebugMemory()) return;
  settle();
  // What was asked for decides where the guards are.
  setKeeping(!on);
  if (!arena) {
    replaceArena(before => {
      arena = new GuardedArena(before);
      return arena;
    });
  }
  arena!.isOn = on;
  watchKernels(on ? code => arena!.check(code as Compiled) : null);
}

export function isDebugMemory(): boolean {
  return arena?.isOn ?? false;
}
