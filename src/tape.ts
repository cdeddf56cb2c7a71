/**
 * The tape: what was computed from what, and the way back.
 *
 * Every op on a tensor that requires a gradient leaves a record. Records point to what they came from, so a graph that
 * nobody can reach any more is ordinary garbage; their numbers grow, so walking them from the highest down visits each
 * after everything that used it.
 */
import { type ArrayType, type NdArray, typeOf } from './backend/array.ts';
import type { Kernels } from './backend/kernels.ts';
import { kernelsFor, memory } from './backend/select.ts';
import { isFloat, promote } from './dtype.ts';
import { AutogradError, DTypeError, ofOp, ShapeError } from './errors.ts';
import { isGradEnabled } from './grad-mode.ts';
import type { Op, Operands, Saved } from './ops/op.ts';
import { formatShape, sameShape } from './shape.ts';
import { copyAs, Gradients } from './tape/gradients.ts';
import { backwardTwice, Leaf, type RecordedOp, TapeRecord, type Variable } from './tape/record.ts';

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
  try {
    if (memory.inScope) return compute(op, inputs, args, into);
    return memory.scope(
      () => compute(op, inputs, args, into),
      ({ array, source }) => [array.buffer, ...(source instanceof TapeRecord ? source.savedBuffers : [])],
    );
  } catch (error) {
    throw ofOp(into ? `${op.name}_` : op.name, error);
  }
}

function compute<In extends Operands, Args, S extends Saved>(
  op: Op<In, Args, S>,
  inputs: readonly (Variable | null)[],
  args: Args,
  into: NdArray | null,
): Variable {
  const arrays = inputs.map(x => x?.array ?? null);
  const inputTypes = inputs.map(x => x && typeOf(x.array));
  const type = op.infer(inputTypes as never, args);
  if (into) checkInPlace(op.name, into, type);
  const alias = into === null ? (op.alias?.(arrays[0]!, args) ?? null) : null;
  if (alias) alias.buffer.shared = true;
  const k = kernelsFor(type.dtype);
  const y = alias ?? into ?? result(k, op.name, type);
  const recorded =
    isGradEnabled() && op.backward !== null && isFloat(type.dtype) && inputs.some(x => x?.source);
  if (into && recorded && op.savesFirst) arrays[0] = copyAs(typeOf(into), into);
  const saved = alias ? {} : op.forward(k, y, arrays as unknown as In, args);
  const source = recorded
    ? new TapeRecord(op as unknown as RecordedOp, args, type, inputs, inputTypes, saved, into && y)
    : null;
  if (into) y.buffer.version++;
  return { array: y, source };
}

/** Returns memory for the result of an op. */
function result(k: Kernels, op: string, { shape, dtype, format }: ArrayType): NdArray {
  const y = k.empty(shape, dtype, format);
  y.buffer.madeBy = { op, shape };
  return y;
}

function checkInPlace(op: string, into: NdArray, type: ArrayType): void {
  if (!sameShape(into.shape, type.shape)) {
    throw new ShapeError(
      `${op}_: output with shape ${formatShape(into.shape)} doesn't match the broadcast shape ${formatShape(type.shape)}`,
    );
  }
  if (promote(type.dtype, into.buffer.dtype) !== into.buffer.dtype) {
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
  const order = source instanceof Leaf ? [] : recordsBehind(source);
  if (order.some(record => record.freed)) throw new AutogradError(backwardTwice);
  memory.pass(
    () => goBack(source, order, copyAs(typeOf(root.array), gradient), retainGraph),
    () => [],
    false,
  );
}

/** Hands `gradient`, that of the root, down the records; each gradient is freed once it has been used. */
function goBack(
  root: TapeRecord | Leaf,
  order: readonly TapeRecord[],
  gradient: NdArray,
  retainGraph: boolean,
): void {
  const gradients = new Gradients();
  gradients.give(root, gradient);
  for (const record of order) {
    const dy = gradients.take(record);
    if (dy) {
      const results = tryStep(record, dy);
      const passedOn = results.filter(dx => dx === dy).length;
      if (passedOn > 0) gradients.share(dy, passedOn);
      results.forEach((dx, i) => void (dx && gradients.give(record.sources[i]!, dx)));
      if (passedOn === 0) gradients.release(dy);
    }
    if (!retainGraph) record.free();
  }
}

function tryStep(record: TapeRecord, dy: NdArray): (NdArray | null)[] {
  try {
    return step(record, dy);
  } catch (error) {
    throw ofOp(record.name, error);
  }
}

/** Returns the gradients of the record's operands, null where none is needed; it may be dy itself. */
function step(record: TapeRecord, dy: NdArray): (NdArray | null)[] {
  const { op, sources, inputTypes } = record;
  const { shape, dtype, format } = typeOf(dy);
  // Ops rely on it that a gradient lies as their result does, so one that lies otherwise is not passed on.
  const results = sources.map((source, i) => {
    const type = source && op.passesOn && inputTypes[i];
    return type && type.dtype === dtype && type.format === format && sameShape(type.shape, shape) ? dy : null;
  });
  return memory.scope(
    () => {
      const gradients = sources.map((source, i) => {
        const type = inputTypes[i];
        return source && type && !results[i]
          ? kernelsFor(type.dtype).empty(type.shape, type.dtype, type.format)
          : null;
      });
      if (gradients.some(dx => dx)) {
        op.backward!(kernelsFor(dy.buffer.dtype), gradients, dy, record.saved(), record.args);
      }
      return gradients.map((dx, i) => dx ?? results[i]!);
    },
    gradients => gradients.map(dx => dx?.buffer ?? null),
  );
}

/** Returns the records that `root` was computed by, latest first. */
function recordsBehind(root: TapeRecord): TapeRecord[] {
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
