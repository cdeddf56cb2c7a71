/** The library's own errors: every one names the op, what was expected, what came, and the fix if there is one. */
export class TensorError extends Error {
  override name = 'TensorError';
}

/** Shapes, dims or sizes that do not fit the op. */
export class ShapeError extends TensorError {
  override name = 'ShapeError';
}

/** An element type that the op does not take. */
export class DTypeError extends TensorError {
  override name = 'DTypeError';
}

/** An argument out of its range, or an option that does not exist. */
export class ArgumentError extends TensorError {
  override name = 'ArgumentError';
}

/** A misuse of the tape: a graph used twice, a saved value changed in place … */
export class AutogradError extends TensorError {
  override name = 'AutogradError';
}

/** A tensor whose elements are gone: it was computed inside a module's call, and neither returned nor kept. */
export class LifetimeError extends TensorError {
  override name = 'LifetimeError';
}

/** No memory for an array: what was asked for, and what of the kernels' memory is in use. */
export class OutOfMemoryError extends TensorError {
  override name = 'OutOfMemoryError';
  readonly bytesAsked: number;
  readonly bytesInUse: number;

  constructor(message: string, bytesAsked: number, bytesInUse: number) {
    super(message);
    this.bytesAsked = bytesAsked;
    this.bytesInUse = bytesInUse;
  }
}

/** Returns `error`; of one that says that memory ran out, the message names the op that the user called. */
export function ofOp(op: string, error: unknown): unknown {
  if (!(error instanceof OutOfMemoryError)) return error;
  return new OutOfMemoryError(`${op}: ${error.message}`, error.bytesAsked, error.bytesInUse);
}

/** A worker thread that died or failed in the middle of a kernel; the next call starts new ones. */
export class WorkerError extends TensorError {
  override name = 'WorkerError';
}

/** A data file that is missing, truncated, or not what it says it is. */
export class DataError extends TensorError {
  override name = 'DataError';
}

/** Returns a short text for any value in an error message. */
export function describe(value: unknown): string {
  return describeWithin(value, 0);
}

const shownItems = 8;
const shownLetters = 60;

function describeWithin(value: unknown, depth: number): string {
  if (typeof value === 'string') return `'${shortened(value)}'`;
  if (typeof value === 'bigint') return `the bigint ${shortened(String(value))}n`;
  if (typeof value === 'function') return value.name ? `the function ${value.name}` : 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) {
    if (depth > 3) return '[…]';
    const shown = value.slice(0, shownItems).map(item => describeWithin(item, depth + 1));
    return `[${[...shown, ...(value.length > shownItems ? ['…'] : [])].join(', ')}]`;
  }
  const name = value.constructor?.name ?? 'Object';
  if (name !== 'Object') return name;
  const keys = Object.keys(value).slice(0, shownItems).join(', ');
  return keys ? `an object { ${shortened(keys)} }` : 'an empty object';
}

function shortened(text: string): string {
  return text.length > shownLetters ? `${text.slice(0, shownLetters)}…` : text;
}
