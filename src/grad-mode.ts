/** Whether what is computed now is recorded. */
import { ArgumentError } from './errors.ts';

let gradEnabled = true;

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
