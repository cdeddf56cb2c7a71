/**
 * What a program computes, in float64, and how far rounding may take float32 away from it.
 *
 * The program runs again in float64 with every inexact value changed by a few units of float32's last place, and its
 * reverse, as are all gradients on their way back. What this changes is what rounding may change. Where a discrete value
 * changes, such as a comparison or the place of a maximum, anything may follow. Sums and products of numbers of a few
 * bits are exact, so that ties and kinks among these stay what they are.
 */
import { partsOf, type Tolerance } from './compare.ts';
import { elements, execute, type Outcome, on, type Setting, type Watch } from './execute.ts';
import { exactOps, magnitude, nudges } from './nudge.ts';
import { elementsOf, isLeaf, type Program, usedBy } from './program.ts';
import { isExact } from './values.ts';

/** So much more than such changes cause may be off: an error that all elements share adds up where random ones do not. */
const slack = 16;

export interface Truth {
  readonly outcome: Outcome;
  /** Null where the program is on an edge: a discrete value depends on rounding. */
  readonly tolerance: Tolerance | null;
}

interface Trace {
  readonly outcome: Outcome;
  /** The values of the steps as text where they are discrete. */
  readonly discrete: string;
}

/** Returns what is true of a program. */
export function truthOf(program: Program): Truth {
  on('reference');
  const exact = new Map<number, boolean>();
  const magnitudes = new Map<number, number>();
  program.lines.forEach((line, i) => {
    if (!isLeaf(line)) return;
    exact.set(i, !('kind' in line.values) || isExact[line.values.kind]);
    magnitudes.set(i, magnitude(elementsOf(line)));
  });
  let large = false;
  // The gradient of batch norm's weight is a sum that may cancel to nothing.
  let terms = 1;
  const truth = trace(program, (value, line, step) => {
    const { values } = elements(value);
    magnitudes.set(line, magnitude(values));
    if (step.name === 'batchNorm') terms = Math.max(terms, values.length / value.shape[1]!);
    large ||= values.some(v => Math.abs(v) > 1e30 && Math.abs(v) < Infinity);
    exact.set(line, exactOps.has(step.name) && usedBy(step).every(i => exact.get(i)) && hasFewBits(values));
    return value;
  });
  const { outcome } = truth;
  if (outcome.error) return { outcome, tolerance: () => 0 };
  const others = [1, -1, 2, -2].map(seed => {
    const { watch, operand } = nudges(seed, exact, magnitudes);
    return trace(program, watch, operand);
  });
  if (large || others.some(({ discrete }) => discrete !== truth.discrete))
    return { outcome, tolerance: null };
  const changed = others.map(other => partsOf(other.outcome).map(([, x]) => x?.values));
  return { outcome, tolerance: spreadOf(outcome, changed, terms) };
}

function spreadOf(
  outcome: Outcome,
  changed: readonly (ArrayLike<number> | undefined)[][],
  terms: number,
): Tolerance {
  const parts = partsOf(outcome).map(([, x]) => x?.values ?? []);
  const largest = parts.map(magnitude);
  return (part, element) => {
    const want = parts[part]![element]!;
    let spread = 0;
    for (const other of changed) {
      const value = other[part]?.[element] ?? Number.NaN;
      if (!Object.is(value, want)) spread = Math.max(spread, Math.abs(value - want));
      if (Number.isNaN(value) !== Number.isNaN(want)) return null;
    }
    return slack * spread + 1e-6 * Math.max(terms, largest[part]!);
  };
}

function trace(program: Program, watch: Watch, operand?: Setting['operand']): Trace {
  const discrete: string[] = [];
  const outcome = execute(program, {
    float: 'float64',
    ...(operand && { operand }),
    watch(value, line, step) {
      if (value.dtype === 'int32' || value.dtype === 'bool') discrete.push(elements(value).values.join());
      return watch(value, line, step);
    },
  });
  return { outcome, discrete: discrete.join(';') };
}

/** Whether all are multiples of 2⁻⁶ below 2⁶: products of two are exact in float32, and so are most sums of these. */
function hasFewBits(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (Number.isFinite(v) && !(Math.abs(v) < 2 ** 6 && Number.isInteger(v * 2 ** 6))) return false;
  }
  return true;
}
