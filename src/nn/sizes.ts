import { ArgumentError, describe } from '../errors.ts';

/** Returns `value`, a number of features or channels, which may be 0; `usage` is the call that an error shows. */
export function checkSize(layer: string, name: string, value: unknown, usage: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new ArgumentError(
    `${layer}: expected ${name} to be an integer >= 0, got ${describe(value)}; the call is ${usage}`,
  );
}
