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

/** No memory for a result: what was asked for, and what is in use. */
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

/** A worker thread that died or failed in the middle of a kernel; the next call starts new ones. */
export class WorkerError extends TensorError {
  override name = 'WorkerError';
}

/** A data file that is missing, truncated, or not what it says it is. */
export class DataError extends TensorError {
  override name = 'DataError';
}

/** Returns nothing; throws an ArgumentError that names the first key of `options` that is not `allowed`. */
export function checkOptions(op: string, options: object, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ArgumentError(`${op}: expected an options object, got ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      throw new ArgumentError(`${op}: unknown option '${key}'; the options are ${allowed.join(', ')}`);
    }
  }
}

/** Returns a short text for any value in an error message. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(describe).join(', ')}]`;
  return value.constructor?.name ?? 'an object';
}
