/**
 * What a backend that has memory of its own promises about the lifetimes of buffers. Nobody disposes of a tensor: a
 * scope frees what its function computed and neither returned nor left on the tape.
 */
import type { Buffer } from './array.ts';

export interface Memory {
  /** Whether a scope is open. */
  readonly inScope: boolean;
  /**
   * Returns what `fn` returns. Buffers made meanwhile are freed at its end, except those that `survivors` names, and
   * those that records of the tape have saved. When the outermost scope ends, survivors move to JavaScript memory,
   * where the garbage collector looks after them.
   */
  scope<T>(fn: () => T, survivors: (result: T) => readonly (Buffer | null)[]): T;
  /**
   * As `scope` for one whole pass of a network: what was not used for several passes leaves this memory. A pass `forGood`
   * records nothing for a way back; then kernels may wait until it is known what nobody needs.
   */
  pass<T>(fn: () => T, survivors: (result: T) => readonly (Buffer | null)[], forGood: boolean): T;
  /** Makes a buffer outlive the scopes that are open: the gradient of a parameter. */
  adopt(buffer: Buffer): void;
  /** Marks a buffer to survive the scopes that are open, as if it were returned. */
  keep(buffer: Buffer): void;
  /** Frees the elements of a buffer that nobody can reach any more. */
  free(buffer: Buffer): void;
  /** Frees the elements of a buffer that the tape alone was holding. */
  letGo(buffer: Buffer): void;
  /** Runs the kernels that wait to run together with others. */
  settle(): void;
  readonly bytesInUse: number;
  readonly bytesReserved: number;
}
