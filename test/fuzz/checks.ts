/** What must hold of a program. */
import { type Configuration, configure } from 'tinygrad-ts';
import { expectNear, expectSameBits, Finding } from './compare.ts';
import { execute, type Outcome, on } from './execute.ts';
import type { Program } from './program.ts';
import { type Truth, truthOf } from './truth.ts';
import { onTwoThreads, ways } from './ways.ts';

/** Selects the fast backend, on one thread. */
export function start(options: Configuration = {}): void {
  configure({ backend: 'wasm', threads: 1, ...options });
  on('wasm');
}

/** Runs a program in every way and throws a Finding unless all give the same bits; returns those. */
export function checkWays(program: Program, threads: boolean): Outcome {
  on('wasm');
  const first = new Map<boolean, Outcome>();
  const all = (threadCount: string) => {
    for (const [name, { way, recorded, times }] of Object.entries(ways)) {
      for (let i = 0; i < times; i++) {
        const outcome = execute(recorded ? program : { ...program, root: null }, { way });
        const want = first.get(recorded);
        if (want) expectSameBits(outcome, want, `${name}${threadCount}`);
        else first.set(recorded, outcome);
      }
    }
  };
  all('');
  if (threads) {
    onTwoThreads(() => {
      // So often a kernel runs on one thread before it is shared out.
      for (let i = 0; i < 4; i++) all(', on two threads');
    });
  }
  const [recorded, not] = [first.get(true)!, first.get(false)!];
  if (!recorded.error) {
    expectSameBits({ ...not, gradients: [] }, { ...recorded, gradients: [] }, 'op by op under noGrad');
  }
  return recorded;
}

/** Throws a Finding unless the outcome, and that of the reference kernels in float32, are near the truth; returns it. */
export function checkValues(program: Program, outcome: Outcome): Truth {
  const truth = truthOf(program);
  const { tolerance } = truth;
  on('reference');
  const reference = execute(program);
  on('wasm');
  if (!tolerance) return truth;
  const where32 = unlessOutOfRange(reference, truth.outcome, tolerance);
  expectNear(reference, truth.outcome, where32, 'the reference in float32');
  expectNear(outcome, truth.outcome, where32, 'against float64');
  return truth;
}

/** What float32 cannot hold, or what cancels to 0 / 0 or meets infinity as 0 in one of both, is another matter. */
function unlessOutOfRange(
  reference: Outcome,
  truth: Outcome,
  tolerance: NonNullable<Truth['tolerance']>,
): NonNullable<Truth['tolerance']> {
  const parts = (o: Outcome) => [...o.results, ...o.gradients];
  const [own, wanted] = [parts(reference), parts(truth)];
  return (part, element) => {
    const [x, y] = [own[part]?.values[element], wanted[part]?.values[element]];
    const finite = Number.isFinite(x) && Number.isFinite(y);
    return finite || Object.is(x, y) ? tolerance(part, element) : null;
  };
}

/** Returns what is wrong as a Finding says it. */
export const messageOf = (error: unknown) => (error instanceof Finding ? error.message : String(error));
