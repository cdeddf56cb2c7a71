/** The gradients that wait, on the way back, for their records to be reached. */
import { type ArrayType, type Buffer, type NdArray, typeOf } from '../backend/array.ts';
import { kernelsFor, memory } from '../backend/select.ts';
import { Leaf, type Source, type TapeRecord } from './record.ts';

export class Gradients {
  readonly #waiting = new Map<TapeRecord, NdArray>();
  /** How many wait on the same buffer, where it is more than one: then nobody may add to it. */
  readonly #holders = new Map<Buffer, number>();

  /** Hands a gradient to where it goes, if it is wanted there; with one that is there already, it is added up. */
  give(to: Source, dx: NdArray): void {
    if (to instanceof Leaf) {
      if (to.wanted && to.gradient) to.set(added(to.gradient.array, dx));
      else if (to.wanted) to.set(dx.buffer.shared ? copyAs(typeOf(dx), dx) : dx);
      if (to.gradient?.array !== dx) this.release(dx);
    } else if (to) {
      const before = this.#waiting.get(to);
      this.#waiting.set(to, before ? this.#sum(before, dx) : dx);
    }
  }

  /** Returns the gradient of a record's result, or null; the caller releases it or gives it on. */
  take(record: TapeRecord): NdArray | null {
    const dy = this.#waiting.get(record) ?? null;
    this.#waiting.delete(record);
    return dy;
  }

  /** Says that `dy`, held once, is now held by so many. */
  share(dy: NdArray, holders: number): void {
    const { buffer } = dy;
    const count = (this.#holders.get(buffer) ?? 1) - 1 + holders;
    this.#holders.set(buffer, count);
    buffer.shared = count > 1;
  }

  /** Frees a gradient that has been used, unless others hold it. */
  release({ buffer }: NdArray): void {
    const left = (this.#holders.get(buffer) ?? 1) - 1;
    if (left > 0) {
      this.#holders.set(buffer, left);
      buffer.shared = left > 1;
    } else {
      this.#holders.delete(buffer);
      memory.free(buffer);
    }
  }

  /** Returns a + b, in the place of one that nobody else holds; the other is released. */
  #sum(a: NdArray, b: NdArray): NdArray {
    const sum = a.buffer.shared ? added(b, a) : added(a, b);
    if (sum !== a) this.release(a);
    if (sum !== b) this.release(b);
    return sum;
  }
}

/** Returns a + b: in the place of a, unless another tensor shows that too. */
function added(a: NdArray, b: NdArray): NdArray {
  const k = kernelsFor(a.buffer.dtype);
  const sum = a.buffer.shared ? k.empty(a.shape, a.buffer.dtype, typeOf(a).format) : a;
  k.binary('add', sum, a, b);
  sum.buffer.version++;
  return sum;
}

/** Returns a copy of x with this dtype and format. */
export function copyAs({ shape, dtype, format }: ArrayType, x: NdArray): NdArray {
  const k = kernelsFor(dtype);
  const y = k.empty(shape, dtype, format);
  k.copy(y, x);
  return y;
}
