/** Checks of what a user passes: each returns the value, typed, or throws an error that says what was expected and what came. */
import { ArgumentError, describe } from './errors.ts';

/** Returns nothing; throws unless `options` is a plain object all of whose keys are `allowed`. */
export function checkOptions(op: string, options: object, allowed: readonly string[]): void {
  if (!isPlainObject(options)) {
    throw new ArgumentError(
      `${op}: expected an options object such as { ${allowed[0]}: … }, got ${describe(options)}`,
    );
  }
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key)) {
      throw new ArgumentError(`${op}: unknown option '${key}'; the options are ${allowed.join(', ')}`);
    }
  }
}

/** Whether `value` was written as { … }, in this realm or another, and is no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Returns `value`, a number and not NaN; infinities pass. */
export function checkNumber(op: string, name: string, value: unknown): number {
  if (typeof value === 'number' && !Number.isNaN(value)) return value;
  throw wrong(op, name, 'a number', value);
}

/** Returns `value`, a number that an element can be: NaN and infinities, too. */
export function checkElement(op: string, name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw wrong(op, name, 'a number', value);
}

/** Returns `value`, a number that is not below `least`; Infinity passes. */
export function checkAtLeast(op: string, name: string, value: unknown, least: number): number {
  if (typeof value === 'number' && value >= least) return value;
  throw wrong(op, name, `a number >= ${least}`, value);
}

/** Returns `value`, a number that is neither NaN nor infinite. */
export function checkFinite(op: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw wrong(op, name, 'a finite number', value);
}

/** Returns `value`, an integer from `least` to `most`. */
export function checkInteger(
  op: string,
  name: string,
  value: unknown,
  least = -Infinity,
  most = Infinity,
): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw wrong(op, name, `an integer${range(least, most)}`, value);
}

/** Returns `value`, true or false. */
export function checkBoolean(op: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw wrong(op, name, 'true or false', value);
}

/** Returns `value`, one of `choices`. */
export function checkOneOf<T extends string>(
  op: string,
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  const found = choices.find(choice => choice === value);
  if (found !== undefined) return found;
  const texts = choices.map(describe);
  throw wrong(op, name, [texts.slice(0, -1).join(', '), texts.at(-1)].filter(Boolean).join(' or '), value);
}

/** Returns `value`, something that can be called. */
export function checkFunction<T extends (...args: never) => unknown>(op: string, name: string, value: T): T {
  if (typeof value === 'function') return value;
  throw wrong(op, name, 'a function', value);
}

/** Returns what a function has returned; throws if that is a promise, of which only the beginning has run. */
export function checkSynchronous<T>(op: string, result: T): T {
  if (!(result instanceof Promise)) return result;
  throw new ArgumentError(
    `${op}: expected a synchronous function, got one that returns a Promise; what runs after its first await is not covered`,
  );
}

function range(least: number, most: number): string {
  if (most === Infinity) return least === -Infinity ? '' : ` >= ${least}`;
  return least === -Infinity ? ` <= ${most}` : ` from ${least} to ${most}`;
}

function wrong(op: string, name: string, expected: string, value: unknown): ArgumentError {
  return new ArgumentError(`${op}: expected ${name} to be ${expected}, got ${describe(value)}`);
}
