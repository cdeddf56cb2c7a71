/**
 * The tape: what was computed from what, and the way back.
 *
 * Every op on a tensor that requires a gradient leaves a record. Records point to what they came from, so a graph that
 * nobody can reach any more is ordinary garbage; their numbers grow, so walking them from the highest down visits each
 * after everything that used it.
 */
import { type ArrayType, type NdArray, typeOf } from './backend/array.ts';
import type { Kernels } from './backend/kernels.ts';
import { kernelsFor } from './backend/select.ts';
import { isFloat } from './dtype.ts';
import { ArgumentError, AutogradError, DTypeError, ShapeError } from './errors.ts';
import type { Op, Operands, Saved } from './ops/op.ts';
import { formatShape, sameShape } from './shape.ts';

/** A tensor that the user made: where gradients end. */
export class Leaf {
  /** A box of its own, which a tensor may stand in for, so that a change in place of `x.grad` is seen here. */
  gradient: { array: NdArray } | null = null;

  add(k: Kernels, dx: NdArray): void {
    if (this.gradient) this.gradient.array = accumulated(k, this.gradient.array, dx);
    else this.gradient = { array: dx };
  }
}

/** Where the gradient of an operand goes; null where none is needed. */
export type Source = TapeRecord | Leaf | null;

/** What the tape sees of a tensor. */
export interface Variable {
  readonly array: NdArray;
  readonly source: Source;
}

// biome-ignore lint/suspicious/noExplicitAny: the tape stores ops of all operand and argument types in one list.
type AnyOp = Op<any, any, any>;

let recorded = 0;
let gradEnabled = true;

/** One op that was applied: what it came from and what its backward needs. */
export class TapeRecord {
  readonly number = recorded++;
  readonly op: AnyOp;
  readonly args: unknown;
  readonly type: ArrayType;
  readonly inputTypes: readonly (ArrayType | null)[];
  sources: readonly Source[];
  #saved: Saved | null;
  #versions: Readonly<Record<string, number>>;

  constructor(
    op: AnyOp,
    args: unknown,
    type: ArrayType,
    inputs: readonly (Variable | null)[],
    saved: Saved,
    written: NdArray | null,
  ) {
    this.op = op;
    this.args = args;
    this.type = type;
    this.inputTypes = inputs.map(x => x && typeOf(x.array));
    this.sources = inputs.map(x => x?.source ?? null);
    this.#saved = saved;
    // A result written in place is one version further on than the operand that it replaces.
    this.#versions = Object.fromEntries(
      Object.entries(saved).map(([key, x]) => [key, x ? x.buffer.version + Number(x === written) : 0]),
    );
  }

  /** As PyTorch's grad_fn: `MulBackward`. */
  get name(): string {
    return `${this.op.name[0]!.toUpperCase()}${this.op.name.slice(1)}Backward`;
  }

  /** Returns the saved values; each is checked when it is looked at, so that only what is needed must be unchanged. */
  saved(): Saved {
    if (!this.#saved) throw new AutogradError(backwardTwice);
    const checked = {};
    for (const [key, x] of Object.entries(this.#saved)) {
      Object.defineProperty(checked, key, {
        get: () => {
          if (x && x.buffer.version !== this.#versions[key]) throw this.#changed(key, x);
          return x;
        },
      });
    }
    return checked;
  }

  get freed(): boolean {
    return this.#saved === null;
  }

  /** Lets go of everything saved, and of the records before this one. */
  free(): void {
    this.#saved = null;
    this.sources = [];
  }

  #changed(key: string, x: NdArray): AutogradError {
    return new AutogradError(
      'one of the variables needed for gradient computation has been modified by an inplace operation: ' +
        `'${key}' ${formatShape(x.shape)} ${x.buffer.dtype} of ${this.name} is at version ${x.buffer.version}; ` +
        `expected version ${this.#versions[key]} instead. Use the op that returns a new tensor, or change a clone()`,
    );
  }
}

const backwardTwice =
  'Trying to backward through the graph a second time (or directly access saved tensors after they have already been ' +
  'freed). Saved intermediate values of the graph are freed when you call .backward(). Specify retainGraph: true if ' +
  'you need to backward through the graph a second time';

/** Whether ops leave records now. */
export function isGradEnabled(): boolean {
  return gradEnabled;
}

/** Returns what `fn` returns; ops inside leave no records, so their results need no memory for a way back. */
export function noGrad<T>(fn: () => T): T {
  return withGrad('noGrad', false, fn);
}

/** Returns what `fn` returns, with records again inside a `noGrad`. */
export function enableGrad<T>(fn: () => T): T {
  return withGrad('enableGrad', true, fn);
}

function withGrad<T>(name: string, enabled: boolean, fn: () => T): T {
  const before = gradEnabled;
  gradEnabled = enabled;
  try {
    const result = fn();
    if (result instanceof Promise) {
      throw new ArgumentError(
        `${name}: expected a synchronous function, got one that returns a Promise; what runs after its first await is not covered`,
      );
    }
    return result;
  } finally {
    gradEnabled = before;
  }
}

/**
 * Returns the result of an op on `inputs`, and the record that leads back from it where one is needed.
 * With `into` the result is written there: the operation in place.
 */
export function apply<In extends Operands, Args, S extends Saved>(
  op: Op<In, Args, S>,
  inputs: readonly (Variable | null)[],
  args: Args,
  into: NdArray | null = null,
): Variable {
  const arrays = inputs.map(x => x?.array ?? null) as unknown as In;
  const type = op.infer(inputs.map(x => x && typeOf(x.array)) as never, args);
  if (into) checkInPlace(op.name, into, type);
  const alias = into === null ? (op.alias?.(arrays[0]!, args) ?? null) : null;
  if (alias) alias.buffer.shared = true;
  const k = kernelsFor(type.dtype);
  const y = alias ?? into ?? k.empty(type.shape, type.dtype, type.format);
  const saved = alias ? {} : op.forward(k, y, arrays, args);
  const needsRecord =
    gradEnabled && op.backward !== null && isFloat(type.dtype) && inputs.some(x => x?.source);
  const source = needsRecord ? new TapeRecord(op, args, type, inputs, saved, into && y) : null;
  if (into) y.buffer.version++;
  return { array: y, source };
}

function checkInPlace(op: string, into: NdArray, type: ArrayType): void {
  if (!sameShape(into.shape, type.shape)) {
    throw new ShapeError(
      `${op}_: output with shape ${formatShape(into.shape)} doesn't match the broadcast shape ${formatShape(type.shape)}`,
    );
  }
  if (isFloat(type.dtype) && into.buffer.dtype !== type.dtype) {
    throw new DTypeError(`${op}_: result type ${type.dtype} can't be cast to ${into.buffer.dtype} in place`);
  }
}

/** Adds d root / d leaf · gradient to the gradient of every leaf that root was computed from. */
export function backward(root: Variable, gradient: NdArray, retainGraph: boolean): void {
  const { source } = root;
  if (!source) {
    throw new AutogradError(
      'backward: element 0 of tensors does not require grad and does not have a grad_fn; was it computed under noGrad, or from tensors without requiresGrad?',
    );
  }
  const pending = new Map<TapeRecord, NdArray>();
  const k = kernelsFor(root.array.buffer.dtype);
  const give = (to: Source, dx: NdArray) => {
    if (to instanceof Leaf) to.add(k, dx);
    else if (to) pending.set(to, accumulated(k, pending.get(to) ?? null, dx));
  };
  const order = source instanceof Leaf ? [] : recordsBehind(source);
  if (order.some(record => record.freed)) throw new AutogradError(backwardTwice);
  give(source, copyOf(k, gradient));
  for (const record of order) {
    const dy = pending.get(record);
    pending.delete(record);
    if (dy) step(record, dy, give);
    if (!retainGraph) record.free();
  }
}

function step(record: TapeRecord, dy: NdArray, give: (to: Source, dx: NdArray) => void): void {
  const { sources, inputTypes } = record;
  const gradients = sources.map((source, i) => {
    const type = inputTypes[i];
    return source && type ? kernelsFor(type.dtype).empty(type.shape, type.dtype, type.format) : null;
  });
  record.op.backward!(kernelsFor(dy.buffer.dtype), gradients, dy, record.saved(), record.args);
  gradients.forEach((dx, i) => void (dx && give(sources[i]!, dx)));
}

/** Returns sum + dx: in place, unless another tensor shows the sum too. */
function accumulated(k: Kernels, sum: NdArray | null, dx: NdArray): NdArray {
  if (!sum) return dx;
  const { shared, dtype } = sum.buffer;
  const to = shared ? k.empty(sum.shape, dtype, typeOf(sum).format) : sum;
  k.binary('add', to, sum, dx);
  to.buffer.version++;
  return to;
}

function copyOf(k: Kernels, x: NdArray): NdArray {
  const { shape, dtype, format } = typeOf(x);
  const y = k.empty(shape, dtype, format);
  k.copy(y, x);
  return y;
}

/** Returns the records that `root` was computed by, latest first. */
export function recordsBehind(root: TapeRecord): TapeRecord[] {
  const found = new Set<TapeRecord>([root]);
  for (const record of found) {
    for (const source of record.sources) if (source instanceof TapeRecord) found.add(source);
  }
  return [...found].sort((a, b) => b.number - a.number);
}

/** Returns the tape behind `x` as text, a line per record, first computed first. */
export function printTape({ source }: Variable): string {
  if (!(source instanceof TapeRecord)) return '';
  const records = recordsBehind(source).reverse();
  const label = new Map(records.map((record, i) => [record, `%${i + 1}`]));
  return records
    .map(record => {
      const from = record.sources
        .map(s => (s instanceof TapeRecord ? label.get(s) : s ? 'leaf' : '·'))
        .join(', ');
      return `${label.get(record)} = ${record.name}(${from}) ${formatShape(record.type.shape)} ${record.type.dtype}`;
    })
    .join('\n');
}
