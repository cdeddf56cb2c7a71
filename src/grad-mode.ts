/** Whether what is computed now is recorded. */
import { checkFunction, checkSynchronous } from './arguments.ts';

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
  checkFunction(name, 'its argument', fn);
  const before = gradEnabled;
  gradEnabled = enabled;
  try {
    return checkSynchronous(name, fn());
  } finally {
    gradEnabled = before;
  }
}
