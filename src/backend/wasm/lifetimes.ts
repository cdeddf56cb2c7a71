/**
 * Who holds which block of the memory, and for how long.
 *
 * A block is `scoped` while the function that made it runs, `saved` while only records of the tape need it, and `held`
 * if it is a parameter, a gradient or an optimizer's state. A saved or held block that several passes did not use moves
 * to JavaScript memory, where the garbage collector sees whether anybody can still reach it: so graphs that nobody goes
 * back through and models that nobody trains any more cost nothing, without a finalizer and without a word from the user.
 */
import type { TypedArray } from '../../dtype.ts';
import { LifetimeError } from '../../errors.ts';
import { formatShape } from '../../shape.ts';
import { type Buffer, moveToHost, type Storage } from '../array.ts';
import type { Memory } from '../memory.ts';
import type { Region } from './allocator.ts';
import type { Compiled } from './compiled.ts';
import { emptyInbox, idleBytes } from './inbox.ts';
import { allocate, bytesInUse, bytesReserved, elementsAt, onPressure, release } from './memory.ts';
import { settle, startAll, waitForAll } from './schedule.ts';

/** A saved or held block that was not used for so many passes moves to JavaScript memory. A training step is two. */
const patience = 8;

type Role = 'scoped' | 'saved' | 'held';

/** Values computed from a buffer and cached beside it, such as its weights in a kernel's order. */
export interface Derived {
  readonly region: Region;
  readonly version: number;
}

export class Block implements Storage {
  readonly region: Region;
  readonly address: number;
  role: Role = 'scoped';
  /** It survives the scopes that are open although nothing returns it. */
  kept = false;
  lastUsed = 0;
  /** By the kernel that computes them. */
  derived: Map<Compiled, Derived> | null = null;

  constructor(region: Region) {
    this.region = region;
    this.address = region.address;
  }

  elements(buffer: Buffer): TypedArray {
    settle();
    return elementsAt(this.address, buffer.dtype, buffer.length);
  }

  release(): void {
    release(this.region);
    for (const { region } of this.derived?.values() ?? []) release(region);
    this.derived = null;
  }
}

/** What is left of a buffer whose block was freed. */
const gone: Storage = {
  elements({ madeBy, dtype }) {
    throw new LifetimeError(
      `the elements of a tensor ${dtype} ${madeBy ? `${formatShape(madeBy.shape)}, the result of ${madeBy.op},` : ''} are gone: ` +
        'it was computed inside the call of a module, which neither returned it nor kept it. Return it, or call .keep() on it there',
    );
  },
  release() {},
};

/** The buffers made in each open scope, the outermost first. */
const scopes: Buffer[][] = [];
/** The buffers whose blocks outlive scopes. */
const lasting = new Set<Buffer>();
let passes = 0;

/** The number of the pass that is running. */
export function currentPass(): number {
  return passes;
}

/** Whether a scope is open, whose end will free what is made now. */
export function inScope(): boolean {
  return scopes.length > 0;
}

/** Gives a new buffer its block, until the innermost scope ends. */
export function allocateIn(buffer: Buffer): void {
  buffer.storage = new Block(allocate(buffer.length * 4));
  scopes.at(-1)!.push(buffer);
}

/** Moves a buffer from JavaScript memory to a block that outlives scopes. */
export function moveToBlock(buffer: Buffer): Block {
  const { array } = buffer;
  // Kernels that have not run yet may still use the memory that is free.
  settle();
  const block = new Block(allocate(buffer.length * 4));
  elementsAt(block.address, buffer.dtype, buffer.length).set(array);
  buffer.storage = block;
  hold(buffer, block, 'held');
  return block;
}

/** Returns the buffer whose block begins at an address, if there is one. */
export function bufferAt(address: number): Buffer | null {
  for (const buffers of [...scopes, lasting]) {
    for (const buffer of buffers) {
      if (buffer.storage instanceof Block && buffer.storage.address === address) return buffer;
    }
  }
  return null;
}

function hold(buffer: Buffer, block: Block, role: Role): void {
  block.role = role;
  block.lastUsed = passes;
  lasting.add(buffer);
}

function free(buffer: Buffer): void {
  buffer.storage.release();
  buffer.storage = gone;
  lasting.delete(buffer);
}

function scope<T>(fn: () => T, survivors: (result: T) => readonly (Buffer | null)[]): T {
  const made: Buffer[] = [];
  scopes.push(made);
  let surviving: ReadonlySet<Buffer | null> | null = null;
  try {
    const result = fn();
    surviving = new Set(survivors(result));
    if (scopes.length === 1) {
      startAll(deadOf(made, surviving));
      // What moves to JavaScript memory must be there, and an error is told before anything is freed.
      if (made.some(buffer => isHandedOut(buffer, surviving))) settle();
    }
    return result;
  } catch (error) {
    if (scopes.length === 1) settleAnyway();
    throw error;
  } finally {
    scopes.pop();
    end(made, surviving);
  }
}

/** Runs what waits after something failed: that is the error to be told, not a second one. */
function settleAnyway(): void {
  try {
    settle();
  } catch {
    // What waited is gone, as it must be.
  }
}

/** Returns the addresses of what nobody will read after the outermost scope. */
function deadOf(made: readonly Buffer[], surviving: ReadonlySet<Buffer | null>): Set<number> {
  const dead = new Set<number>();
  for (const buffer of made) {
    const block = buffer.storage;
    if (!(block instanceof Block) || block.role !== 'scoped') continue;
    if (!surviving.has(buffer) && !block.kept && buffer.savedBy === 0) dead.add(block.address);
  }
  return dead;
}

/** Whether a buffer outlives the outermost scope in JavaScript memory. */
function isHandedOut(buffer: Buffer, surviving: ReadonlySet<Buffer | null> | null): boolean {
  const block = buffer.storage;
  if (!(block instanceof Block) || block.role !== 'scoped') return false;
  return block.kept || (surviving?.has(buffer) ?? false);
}

/** Ends a scope; `surviving` is null if it failed, and then nothing does. */
function end(made: readonly Buffer[], surviving: ReadonlySet<Buffer | null> | null): void {
  const outer = scopes.at(-1);
  for (const buffer of made) {
    const block = buffer.storage;
    if (!(block instanceof Block) || block.role !== 'scoped') continue;
    if (isHandedOut(buffer, surviving)) {
      if (outer) outer.push(buffer);
      else moveToHost(buffer);
    } else if (surviving && buffer.savedBy > 0) {
      hold(buffer, block, 'saved');
    } else free(buffer);
  }
}

/** Moves to JavaScript memory what no pass has used since `pass`. */
function spare(pass: number): void {
  for (const buffer of lasting) {
    const block = buffer.storage;
    if (block instanceof Block && block.lastUsed >= pass) continue;
    lasting.delete(buffer);
    moveToHost(buffer);
  }
}

onPressure(() => {
  settle();
  emptyInbox();
  // What this very pass has used may be an operand of the kernel that asks.
  spare(passes);
});

export const memory: Memory = {
  get inScope() {
    return inScope();
  },
  scope,
  pass(fn, survivors, forGood) {
    if (scopes.length > 0) return scope(fn, survivors);
    spare(++passes - patience);
    waitForAll(forGood);
    try {
      return scope(fn, survivors);
    } finally {
      waitForAll(false);
    }
  },
  adopt(buffer) {
    if (buffer.storage instanceof Block) hold(buffer, buffer.storage, 'held');
  },
  keep(buffer) {
    if (buffer.storage instanceof Block) buffer.storage.kept = true;
  },
  free(buffer) {
    if (buffer.storage instanceof Block) free(buffer);
  },
  letGo(buffer) {
    if (buffer.storage instanceof Block && buffer.storage.role === 'saved') free(buffer);
  },
  settle,
  get bytesInUse() {
    settle();
    return bytesInUse() - idleBytes();
  },
  get bytesReserved() {
    return bytesReserved();
  },
};
