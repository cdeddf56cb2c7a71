/** Ops that sum up products: each sum has a bound of its own, from the absolute values of what it sums. */
import { expectNear, partsOf, type Tolerance } from './compare.ts';
import { execute, type Outcome, on } from './execute.ts';
import type { Program } from './program.ts';
import type { Truth } from './truth.ts';

/** |error| is at most so much of Σ|x·w|, for every output. */
export const bound = 1e-5;

/** Throws a Finding unless every sum is within `bound` of its own terms. */
export function checkSums(program: Program, outcome: Outcome): Truth {
  on('reference');
  const truth = execute(program, { float: 'float64' });
  const terms = execute({ ...program, absolute: true }, { float: 'float64' });
  on('wasm');
  const tolerance = boundsFrom(terms, truth);
  expectNear(outcome, truth, tolerance, 'against float64');
  return { outcome: truth, tolerance };
}

function boundsFrom(terms: Outcome, truth: Outcome): Tolerance {
  const [sums, truths] = [partsOf(terms), partsOf(truth)];
  return (part, element) => {
    const sum = Math.abs(sums[part]?.[1]?.values[element] ?? 0);
    const want = truths[part]![1]!.values[element]!;
    // A sum of NaN or infinity has no bound; what it is is another matter than how near it is.
    if (Number.isNaN(want)) return Number.NaN;
    if (Number.isFinite(sum)) return bound * sum + 1e-36;
    return Number.isFinite(want) ? null : 0;
  };
}
