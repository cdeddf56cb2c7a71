/**
 * Which bytes of a growing range are taken: a two-level segregated fit (Masmano et al. 2004). Free regions wait in
 * lists by size, a freed one is joined with its free neighbours, and the last one freed is taken first, so that memory
 * comes back while it is still in a cache.
 */

/** A run of bytes; regions are linked in order of address, free ones also with those of their size. */
export interface Region {
  readonly address: number;
  size: number;
  free: boolean;
  before: Region | null;
  after: Region | null;
  /** Neighbours in the list of its size class, while it is free. */
  previous: Region | null;
  next: Region | null;
}

/** Every address and size is a multiple of this: a line of a cache. */
const alignment = 64;
/** Each power of two has this many size classes: the two bits below the highest. */
const steps = 4;

export function roundUp(bytes: number): number {
  return Math.ceil(Math.max(bytes, 1) / alignment) * alignment;
}

/** Returns the class whose regions have at least its own smallest size, and at most `size`. */
function classOf(size: number): number {
  const power = 31 - Math.clz32(size);
  return power * steps + ((size >>> (power - 2)) & (steps - 1));
}

/** What gives out the bytes of a range. */
export type Arena = Pick<Allocator, keyof Allocator>;

export class Allocator {
  readonly #lists: (Region | null)[] = [];
  #last: Region | null = null;
  #end: number;
  inUse = 0;

  /** `start` is the first address that may be given out, not 0. */
  constructor(start: number) {
    this.#end = start;
  }

  /** The first address behind the range. */
  get end(): number {
    return this.#end;
  }

  /** Returns a region of at least `bytes`, or null if the range must be extended first. */
  allocate(bytes: number): Region | null {
    const size = roundUp(bytes);
    // Classes are of 32 bits: what is larger than the whole range is not looked for.
    const region = size < this.#end ? this.#find(size) : null;
    if (!region) return null;
    this.#unlist(region);
    region.free = false;
    if (region.size > size) this.#split(region, size);
    this.inUse += region.size;
    return region;
  }

  release(region: Region): void {
    this.inUse -= region.size;
    region.free = true;
    const { before, after } = region;
    if (after?.free) {
      this.#unlist(after);
      this.#join(region, after);
    }
    if (before?.free) {
      this.#unlist(before);
      this.#join(before, region);
      this.#list(before);
    } else this.#list(region);
  }

  /** Adds `bytes`, a multiple of the alignment, at the end of the range. */
  extend(bytes: number): void {
    const region = this.#region(this.#end, bytes, this.#last, null);
    this.#end += bytes;
    this.inUse += bytes;
    this.release(region);
  }

  /** Returns how much must be added for `bytes` to fit: less if the range ends with a free region. */
  shortfall(bytes: number): number {
    return roundUp(bytes) - (this.#last?.free ? this.#last.size : 0);
  }

  /** The regions, the last first. */
  *regions(): Iterable<Region> {
    for (let region = this.#last; region; region = region.before) yield region;
  }

  /** Returns the smallest class' first region that surely fits, or one of the class below that happens to. */
  #find(size: number): Region | null {
    const lowest = classOf(size);
    for (let region = this.#lists[lowest] ?? null; region; region = region.next) {
      if (region.size >= size) return region;
    }
    for (let i = lowest + 1; i < this.#lists.length; i++) {
      const region = this.#lists[i];
      if (region) return region;
    }
    return null;
  }

  #split(region: Region, size: number): void {
    const rest = this.#region(region.address + size, region.size - size, region, region.after);
    region.size = size;
    rest.free = true;
    this.#list(rest);
  }

  #join(region: Region, after: Region): void {
    region.size += after.size;
    region.after = after.after;
    if (after.after) after.after.before = region;
    else this.#last = region;
  }

  #region(address: number, size: number, before: Region | null, after: Region | null): Region {
    const region = { address, size, free: false, before, after, previous: null, next: null };
    if (before) before.after = region;
    if (after) after.before = region;
    else this.#last = region;
    return region;
  }

  #list(region: Region): void {
    const i = classOf(region.size);
    while (this.#lists.length <= i) this.#lists.push(null);
    region.previous = null;
    region.next = this.#lists[i]!;
    if (region.next) region.next.previous = region;
    this.#lists[i] = region;
  }

  #unlist(region: Region): void {
    if (region.previous) region.previous.next = region.next;
    else this.#lists[classOf(region.size)] = region.next;
    if (region.next) region.next.previous = region.previous;
  }
}
