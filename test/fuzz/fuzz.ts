/** Looks for counterexamples until the time is up, and shrinks what it finds. */
import fc from 'fast-check';
import { configure } from 'tinygrad-ts';
import { Finding } from './compare.ts';

export interface Fuzzer<T = unknown> {
  readonly name: string;
  readonly cases: fc.Arbitrary<T>;
  /** Throws what is wrong with a case. */
  check(value: T): void | Promise<void>;
  /** Yields cases with one thing less, for when fast-check can shrink no further. */
  smaller?(value: T): Iterable<T>;
  /** Returns a program in TypeScript that shows it. */
  code(value: T, message: string): string;
}

export interface Counterexample {
  readonly fuzzer: string;
  readonly message: string;
  readonly code: string;
  /** Where fast-check finds it again. */
  readonly seed: number;
  readonly path: string;
}

export interface Report {
  readonly runs: number;
  readonly counterexample: Counterexample | null;
}

export interface Limits {
  readonly seed: number;
  readonly seconds?: number;
  readonly runs?: number;
  /** Begins with this case of the seed. */
  readonly path?: string;
}

/**
 * So many cases have one seed; then the next seed begins with small cases again. Every other seed has the debug arena,
 * in which each kernel ends before the next begins.
 */
const runsPerSeed = 100;
/** Shrinking ends after so many seconds. */
const patience = 30;

/** Runs a fuzzer until it finds something, or until it has had its time or its runs. */
export async function fuzz<T>(fuzzer: Fuzzer<T>, limits: Limits): Promise<Report> {
  const { seconds = Infinity, runs: most = Infinity, path = '' } = limits;
  const end = Date.now() + 1000 * seconds;
  let runs = 0;
  for (let seed = limits.seed; runs < most && Date.now() < end; seed++) {
    let stop = end;
    configure({ debugMemory: seed % 2 === 0 });
    const property = fc.asyncProperty(fuzzer.cases, async value => {
      if (Date.now() > stop) return;
      runs++;
      // Finalizers and messages of workers want their turn.
      await new Promise(resolve => setImmediate(resolve));
      try {
        await fuzzer.check(value);
      } catch (error) {
        if (stop === end) stop = Date.now() + 1000 * patience;
        throw error;
      }
    });
    const numRuns = Math.min(runsPerSeed, most - runs);
    const details = await fc.check(property, { seed, path, numRuns });
    if (details.failed) {
      const { value, error } = await smallest(fuzzer, details.counterexample![0], details.errorInstance);
      const message =
        error instanceof Finding ? error.message : error instanceof Error ? `${error.stack}` : String(error);
      const found = { fuzzer: fuzzer.name, message, code: fuzzer.code(value, message) };
      return { runs, counterexample: { ...found, seed, path: details.counterexamplePath! } };
    }
    if (path) break;
  }
  return { runs, counterexample: null };
}

/** Returns a case that fails, and of which none that is smaller does. */
async function smallest<T>(
  fuzzer: Fuzzer<T>,
  value: T,
  error: unknown,
): Promise<{ value: T; error: unknown }> {
  for (const candidate of fuzzer.smaller?.(value) ?? []) {
    try {
      await fuzzer.check(candidate);
    } catch (other) {
      return smallest(fuzzer, candidate, other);
    }
  }
  return { value, error };
}
