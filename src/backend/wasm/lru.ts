/** A map that forgets what was not used for longest. */
interface Entry<V> {
  value: V;
  readonly size: number;
  /** The number of the last use of any entry that was one of this. */
  used: number;
}

/** So much of the room is empty after entries were forgotten: they go by the dozen, since to find them takes long. */
const spare = 1 / 4;

export class LruMap<K, V> {
  readonly #entries = new Map<K, Entry<V>>();
  readonly #room: number;
  readonly #sizeOf: (value: V) => number;
  #uses = 0;
  #taken = 0;

  /** There is room for so many entries, or for entries of so much `sizeOf` together. */
  constructor(room: number, sizeOf: (value: V) => number = () => 1) {
    this.#room = room;
    this.#sizeOf = sizeOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    entry.used = ++this.#uses;
    return entry.value;
  }

  /** Puts in a value, however large, and forgets others if there is no room for all. */
  set(key: K, value: V): void {
    this.#delete(key);
    const size = this.#sizeOf(value);
    if (this.#taken + size > this.#room) this.#forget(this.#room * (1 - spare) - size);
    this.#entries.set(key, { value, size, used: ++this.#uses });
    this.#taken += size;
  }

  clear(): void {
    this.#entries.clear();
    this.#taken = 0;
  }

  values(): V[] {
    return Array.from(this.#entries.values(), ({ value }) => value);
  }

  #delete(key: K): void {
    this.#taken -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  #forget(enough: number): void {
    const byUse = [...this.#entries].sort(([, a], [, b]) => a.used - b.used);
    for (const [key] of byUse) {
      if (this.#taken <= enough) return;
      this.#delete(key);
    }
  }
}
