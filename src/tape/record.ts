/** What the tape is made of: leaves, and a record for every op that led on from them. */
import type { ArrayType, Buffer, NdArray } from '../backend/array.ts';
import type { Kernels } from '../backend/kernels.ts';
import { memory } from '../backend/select.ts';
import { AutogradError } from '../errors.ts';
import type { Operands, Saved } from '../ops/op.ts';
import { formatShape } from '../shape.ts';

/** A tensor that the user made: where gradients end. */
export class Leaf {
  /** Whether gradients are wanted now: what was recorded while they were may come too late. */
  wanted = true;
  /** A box of its own, which a tensor may stand in for, so that a change in place of `x.grad` is seen here. */
  gradient: { array: NdArray } | null = null;

  /** Sets the gradient, which then outlives the pass that computed it. */
  set(gradient: NdArray): void {
    if (this.gradient) this.gradient.array = gradient;
    else this.gradient = { array: gradient };
    memory.adopt(gradient.buffer);
  }
}

/** Where the gradient of an operand goes; null where none is needed. */
export type Source = TapeRecord | Leaf | null;

/** What the tape sees of a tensor. */
export interface Variable {
  readonly array: NdArray;
  readonly source: Source;
}

/** What a record needs of its op, whatever that op's operands and arguments are. */
export interface RecordedOp {
  readonly name: string;
  readonly passesOn?: true;
  readonly backward:
    | null
    | ((k: Kernels, gradients: Operands, dy: NdArray, saved: Saved, args: unknown) => void);
}

let recorded = 0;

/** One op that was applied: what it came from and what its backward needs. */
export class TapeRecord {
  readonly number = recorded++;
  readonly op: RecordedOp;
  readonly args: unknown;
  readonly type: ArrayType;
  readonly inputTypes: readonly (ArrayType | null)[];
  sources: readonly Source[];
  readonly #keys: readonly string[];
  #values: readonly (NdArray | null)[] | null;
  #versions: readonly number[];

  constructor(
    op: RecordedOp,
    args: unknown,
    type: ArrayType,
    inputs: readonly (Variable | null)[],
    inputTypes: readonly (ArrayType | null)[],
    saved: Saved,
    written: NdArray | null,
  ) {
    this.op = op;
    this.args = args;
    this.type = type;
    this.inputTypes = inputTypes;
    this.sources = inputs.map(x => x?.source ?? null);
    this.#keys = Object.keys(saved);
    this.#values = this.#keys.map(key => saved[key] ?? null);
    for (const x of this.#values) if (x) x.buffer.savedBy++;
    // A result written in place is one version further on than the operand that it replaces.
    this.#versions = this.#values.map(x => (x ? x.buffer.version + Number(x === written) : 0));
  }

  /** As PyTorch's grad_fn: `MulBackward`. */
  get name(): string {
    return `${this.op.name[0]!.toUpperCase()}${this.op.name.slice(1)}Backward`;
  }

  /** The buffers of the saved values. */
  get savedBuffers(): (Buffer | null)[] {
    return (this.#values ?? []).map(x => x?.buffer ?? null);
  }

  /** Returns the saved values; each is checked when it is looked at, so that only what is needed must be unchanged. */
  saved(): Saved {
    if (!this.#values) throw new AutogradError(backwardTwice);
    const View = viewFor(this.op, this.#keys);
    return new View(this) as unknown as Saved;
  }

  /** Returns the saved value number i, unchanged. */
  value(i: number): NdArray | null {
    const x = this.#values?.[i] ?? null;
    if (x && x.buffer.version !== this.#versions[i]) throw this.#changed(i, x);
    return x;
  }

  get freed(): boolean {
    return this.#values === null;
  }

  /** Lets go of everything saved, and of the records before this one. */
  free(): void {
    for (const x of this.#values ?? []) if (x && --x.buffer.savedBy === 0) memory.letGo(x.buffer);
    this.#values = null;
    this.sources = [];
  }

  #changed(i: number, x: NdArray): AutogradError {
    return new AutogradError(
      'one of the variables needed for gradient computation has been modified by an inplace operation: ' +
        `'${this.#keys[i]}' ${formatShape(x.shape)} ${x.buffer.dtype} of ${this.name} is at version ${x.buffer.version}; ` +
        `expected version ${this.#versions[i]} instead. Use the op that returns a new tensor, or change a clone()`,
    );
  }
}

/** A record's saved values by their names; each is checked when it is looked at. */
class SavedView {
  readonly record: TapeRecord;

  constructor(record: TapeRecord) {
    this.record = record;
  }
}

const views = new WeakMap<RecordedOp, typeof SavedView>();

/** Returns the class of the saved values of an op, made once: defining properties for every record would be slow. */
function viewFor(op: RecordedOp, keys: readonly string[]): typeof SavedView {
  const known = views.get(op);
  if (known) return known;
  class View extends SavedView {}
  keys.forEach((key, i) => {
    Object.defineProperty(View.prototype, key, {
      get(this: SavedView) {
        return this.record.value(i);
      },
    });
  });
  views.set(op, View);
  return View;
}

export const backwardTwice =
  'Trying to backward through the graph a second time (or directly access saved tensors after they have already been ' +
  'freed). Saved intermediate values of the graph are freed when you call .backward(). Specify retainGraph: true if ' +
  'you need to backward through the graph a second time';
