/** Batches that are written and read by one chain alone, so that they need memory for a block of images only. */
import type { Step } from './chain.ts';

interface Use {
  readonly chain: number;
  readonly bytes: number;
  /** The first step that knows the batch writes it without reading it, and no other chain does. */
  isInner: boolean;
}

export class InnerBatches {
  readonly #uses = new Map<number, Use>();
  /** All other addresses, in order: of what is read as a whole, and of steps that do not go image by image. */
  readonly #others: number[] = [];
  readonly #dead: ReadonlySet<number>;

  /** Nobody reads what lies at the `dead` addresses after the chains. */
  constructor(chains: readonly (readonly Step[])[], dead: ReadonlySet<number>) {
    this.#dead = dead;
    if (dead.size === 0) return;
    chains.forEach((chain, index) => {
      for (const step of chain) this.#add(step, index);
    });
    this.#others.sort((a, b) => a - b);
  }

  /** Whether the batch at this address needs memory for a block only. */
  has(address: number, bytes: number): boolean {
    if (!this.#dead.has(address)) return false;
    const use = this.#uses.get(address);
    return use?.bytes === bytes && use.isInner && !this.#isKnown(address, address + bytes);
  }

  #add({ args, by }: Step, chain: number): void {
    if (!by) {
      // A number that is no address may be NaN, which has no place in an order.
      this.#others.push(...args.filter(Number.isFinite));
      return;
    }
    this.#others.push(...by.whole);
    for (const { argument, bytes: ofImage } of by.batches) {
      const address = args[argument]!;
      const bytes = ofImage * by.images;
      const use = this.#uses.get(address);
      if (use) use.isInner &&= use.chain === chain && use.bytes === bytes;
      else {
        const isRead = by.batches.some(batch => args[batch.argument] === address && !batch.written);
        this.#uses.set(address, { chain, bytes, isInner: !isRead });
      }
    }
  }

  /** Whether one of the other addresses is from `from` up to `end`. */
  #isKnown(from: number, end: number): boolean {
    let [low, high] = [0, this.#others.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#others[middle]! < from) low = middle + 1;
      else high = middle;
    }
    return low < this.#others.length && this.#others[low]! < end;
  }
}
