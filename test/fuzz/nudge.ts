/** Small changes of the values of a program and of its gradients: as rounding makes them, and larger. */
import { Tensor } from 'tinygrad-ts';
import { elements, type Setting, type Watch } from './execute.ts';
import { isRef, type Ref, type Step } from './program.ts';
import { integers } from './values.ts';

/** The relative change of a value: 16 units of float32's last place. */
const change = 2 ** -20;
/** Ops whose results are exact if their operands are, and are numbers of a few bits. */
export const exactOps = new Set(
  'add sub mul neg abs relu clamp sum max min matmul linear reshape view flatten transpose t permute squeeze unsqueeze expand slice select cat stack where detach clone to maxPool2d dropout eq ne lt le gt ge argmax argmin copy_ fill_ zero_ add_ sub_ mul_ relu_ clamp_'.split(
    ' ',
  ),
);

/** Ops that take the logarithm of a sum near 1, which float32 holds to half a unit of 1, however small the result is. */
const ofLogarithms = new Set(['logSoftmax', 'crossEntropy']);
/** Ops whose gradients have a factor such as 1 - y, which float32 holds to half a unit of 1 likewise. */
const saturating = new Set('sigmoid tanh softmax logSoftmax crossEntropy batchNorm std'.split(' '));

type StdOptions = Parameters<Tensor['std']>[0];

/** Returns what changes every inexact value and every gradient a little; the opposite seed changes it the other way. */
export function nudges(
  seed: number,
  exact: ReadonlyMap<number, boolean>,
  magnitudes: ReadonlyMap<number, number>,
): Required<Pick<Setting, 'watch' | 'operand'>> {
  let first: Tensor | null = null;
  return {
    operand(x, from, step) {
      const isSame = exactOps.has(step.name) || step.name.endsWith('_') || writes(step, from);
      const changed = isSame ? x : nudged(x, seed * 1000 - from);
      first ??= changed;
      return changed;
    },
    watch(y, line, step) {
      const changed = nudge(exact, seed)(y, line, step);
      const x = first!;
      first = null;
      if (!saturating.has(step.name)) return changed;
      return changed.add(gradientOnly(x, Math.sign(seed) * 2 ** -23 * gainOf(step, x, magnitudes)));
    },
  };
}

/** Whether a step writes to the value of a line: the running statistics. */
function writes({ name, args }: Step, line: number): boolean {
  const isRunning = args.slice(1, 3).some(arg => arg !== null && isRef(arg) && arg.line === line);
  return name === 'batchNorm' && isRunning && (args[3] as { training?: boolean }).training === true;
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

/** Returns how much larger what an op's gradients lose may be than its cotangents. */
function gainOf(step: Step, x: Tensor, magnitudes: ReadonlyMap<number, number>): number {
  const smallest = (deviations: Tensor) =>
    Array.from(elements(deviations).values).reduce((least, v) => (v > 0 && v < least ? v : least), Infinity);
  if (step.name === 'std') {
    // What lies around the mean is known no better than the elements are.
    return magnitude(elements(x).values) / smallest(x.std(step.args[1] as StdOptions));
  }
  if (step.name !== 'batchNorm' || x.numel() === 0) return 1;
  const { eps = 1e-5, weight } = step.args[3] as { eps?: number; weight?: Ref };
  const dims = x.shape.map((_, i) => i).filter(i => i !== 1);
  const scale = weight ? magnitudes.get(weight.line)! : 1;
  return scale / smallest(x.var({ dim: dims, correction: 0 }).add(eps).sqrt());
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
export function magnitude(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const v = Math.abs(values[i]!);
    if (v > most && v < Infinity) most = v;
  }
  return most;
}
