/**
 * What a program computes, in float64, and how far rounding may take float32 away from it.
 *
 * The program runs again in float64 with every inexact value changed by a few units of float32's last place, and its
 * reverse, as are all gradients on their way back. What this changes is what rounding may change. Where a discrete value
 * changes, such as a comparison or the place of a maximum, anything may follow. Sums and products of numbers of a few
 * bits are exact, so that ties and kinks among these stay what they are.
 */
import { Tensor } from 'tinygrad-ts';
import { partsOf, type Tolerance } from './compare.ts';
import { elements, execute, type Outcome, on, type Watch } from './execute.ts';
import { elementsOf, isLeaf, type Program, type Ref, type Step, usedBy } from './program.ts';
import { integers, isExact } from './values.ts';

/** The relative change of a value: 16 units of float32's last place. */
const change = 2 ** -20;
/** So much more than such changes cause may be off: an error that all elements share adds up where random ones do not. */
const slack = 16;

/** Ops whose results are exact if their operands are, and are numbers of a few bits. */
const exactOps = new Set(
  'add sub mul neg abs relu clamp sum max min matmul linear reshape view flatten transpose t permute squeeze unsqueeze expand slice select cat stack where detach clone to maxPool2d dropout eq ne lt le gt ge argmax argmin copy_ fill_ zero_ add_ sub_ mul_ relu_ clamp_'.split(
    ' ',
  ),
);

/** Ops that take the logarithm of a sum near 1, which float32 holds to half a unit of 1, however small the result is. */
const ofLogarithms = new Set(['logSoftmax', 'crossEntropy']);
/** Ops whose gradients have a factor such as 1 - y, which float32 holds to half a unit of 1 likewise. */
const saturating = new Set(['sigmoid', 'tanh', 'softmax', 'logSoftmax', 'crossEntropy', 'batchNorm']);

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
    let first: Tensor;
    const operand: Watch = (x, line, step) => {
      first = exactOps.has(step.name) || step.name.endsWith('_') ? x : nudged(x, seed * 1000 - line);
      return first;
    };
    const watch = nudge(exact, seed);
    const saturated: Watch = (y, line, step) => {
      const changed = watch(y, line, step);
      if (!saturating.has(step.name)) return changed;
      return changed.add(gradientOnly(first, Math.sign(seed) * 2 ** -23 * gainOf(step, first, magnitudes)));
    };
    return trace(program, saturated, operand);
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

function trace(program: Program, watch: Watch, operand?: Watch): Trace {
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

/** Changes each value a little, and the gradient that comes back to it. */
function nudge(exact: ReadonlyMap<number, boolean>, seed: number): Watch {
  return (value, line, step) => {
    // A value that is written in place is saved by others as it is.
    if (step.name.endsWith('_')) return value;
    const changed = nudged(value, seed * 1000 + line, exact.get(line));
    return ofLogarithms.has(step.name) ? changed.add(Math.sign(seed) * 2 ** -24) : changed;
  };
}

/** Returns a float value with each element changed a little; if it is exact, only its gradient is. */
function nudged(value: Tensor, seed: number, exact = false): Tensor {
  if (value.dtype !== 'float64') return value;
  const next = integers(Math.abs(seed));
  const { values, shape } = elements(value);
  const changes = Float64Array.from(values, v => {
    // Of few bits, so that the change of an exact value can be taken back exactly.
    const units = Math.sign(seed) * ((next() % 17) - 8);
    return Number.isFinite(v) ? (units / 8) * change : 0;
  });
  const factor = Tensor.from(
    changes.map(c => 1 + c),
    { shape: [...shape] },
  );
  const changed = value.mul(factor);
  if (!exact) return changed;
  const back = Float64Array.from(values, (v, i) => (Number.isFinite(v) ? v * changes[i]! : 0));
  return changed.sub(Tensor.from(back, { shape: [...shape] }));
}

/** Returns how much larger an op's gradients may be than its cotangents. */
function gainOf(step: Step, x: Tensor, magnitudes: ReadonlyMap<number, number>): number {
  if (step.name !== 'batchNorm' || x.numel() === 0) return 1;
  const { eps = 1e-5, weight } = step.args[3] as { eps?: number; weight?: Ref };
  const dims = x.shape.map((_, i) => i).filter(i => i !== 1);
  const { values } = elements(x.var({ dim: dims, correction: 0 }).min());
  const scale = weight ? magnitudes.get(weight.line)! : 1;
  return Number.isFinite(values[0]) ? scale / Math.sqrt(values[0]! + eps) : 1;
}

/** Returns zero, of which x gets `factor` times the gradient; one that an element of the same place and all have. */
function gradientOnly(x: Tensor, factor: number): Tensor {
  const finite = Tensor.from(Array.from(elements(x).values, Number.isFinite), {
    shape: [...x.shape],
    dtype: 'bool',
  });
  const value = Tensor.where(finite, x, 0).mul(factor);
  return value.sub(value.detach()).sum();
}

/** Returns the largest absolute value of those that are finite. */
function magnitude(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const v = Math.abs(values[i]!);
    if (v > most && v < Infinity) most = v;
  }
  return most;
}

/** Whether all are multiples of 2⁻⁶ below 2⁶: products of two are exact in float32, and so are most sums of these. */
function hasFewBits(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) {
    const v = values[i]!;
    if (Number.isFinite(v) && !(Math.abs(v) < 2 ** 6 && Number.isInteger(v * 2 ** 6))) return false;
  }
  return true;
}
