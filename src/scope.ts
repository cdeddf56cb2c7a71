/** The memory of one pass through a module: what it returns stays, what it needed on the way is freed. */
import type { Buffer } from './backend/array.ts';
import { memory } from './backend/select.ts';
import { ArgumentError } from './errors.ts';
import { isGradEnabled } from './grad-mode.ts';
import { Tensor } from './tensor.ts';

/**
 * Returns what `fn` returns. Tensors computed meanwhile are freed when the outermost call ends, except those that are
 * returned, alone or in arrays and objects, those that `keep` was called on, and what the tape needs for the way back.
 */
export function pass<T>(name: string, fn: () => T): T {
  if (memory.inScope) return fn();
  return memory.pass(
    fn,
    result => {
      if (result instanceof Promise) {
        throw new ArgumentError(
          `${name}: expected a synchronous forward, got one that returns a Promise; what it computes after its first await would be freed too early. Await the data before the call`,
        );
      }
      const buffers: Buffer[] = [];
      collect(result, buffers, new Set());
      return buffers;
    },
    !isGradEnabled(),
  );
}

/** Adds the buffers of all tensors in a result to `found`. */
function collect(value: unknown, found: Buffer[], seen: Set<unknown>): void {
  if (value instanceof Tensor) {
    found.push(value.array.buffer);
    return;
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || seen.has(value)) return;
  seen.add(value);
  const items =
    value instanceof Map
      ? [...value.keys(), ...value.values()]
      : value instanceof Set
        ? [...value]
        : Object.values(value);
  for (const item of items) collect(item, found, seen);
}
