/** The negative log-likelihood of targets, and its gradient. */
import { f32, f64, forRange, i32, ifElse, type Module, select, type Val } from '../asm/index.ts';
import { type Lines, startsOf } from './lines.ts';

export interface NllPlan {
  /** One for each target: where its classes start in x or dx, where it is itself, and where its loss or dLoss is. */
  readonly lines: Lines;
  /** Bytes from one class to the next in x or dx. */
  readonly classStep: number;
  readonly weight: boolean;
  readonly ignoreIndex: number;
}

/** The targets are summed up in chunks of so many. */
export const targetsPerChunk = 4096;

/** The bytes of the sums of a chunk: two float64. */
export const partialBytes = 16;

/**
 * x [N, C, …], target [N, …], weight [C] -> partials [chunks, 2] (float64): -Σ weight[t] · x[n, t, …] and Σ weight[t] of
 * each chunk; with `each` also loss [N, …], the terms of the first. The units are chunks.
 */
export function emitNllSums(m: Module, plan: NllPlan, each: boolean) {
  const inputs = { x: i32, target: i32, weight: i32, count: i32 };
  const params = { loss: i32, partials: i32, ...inputs, begin: i32, end: i32 };
  return m.func(
    { name: 'nllSums', params },
    (f, { loss, partials, x, target, weight, count, begin, end }) => {
      const [chunk, i] = [f.local(i32, 'chunk'), f.local(i32, 'i')];
      forRange(f, chunk, begin, end, 1, () => {
        const [sum, total] = [f.let(f64.const(0), 'sum'), f.let(f64.const(0), 'total')];
        const first = i32.mul(chunk, targetsPerChunk);
        const next = f.let(i32.add(first, targetsPerChunk), 'next');
        forRange(f, i, first, select(next, count, i32.ltS(next, count)), 1, () => {
          const [inX, inTarget, inLoss] = startsOf(f, plan.lines, i);
          const t = f.let(i32.load(i32.add(target, inTarget!)), 't');
          const term = f.let(f64.const(0), 'term');
          ifElse(f, i32.ne(t, plan.ignoreIndex), () => {
            const w = f.let(weightOf(plan, t, weight), 'w');
            const inClass = i32.add(i32.add(x, inX!), i32.mul(t, plan.classStep));
            term.set(f64.neg(f64.mul(w, f64.promoteF32(f32.load(inClass)))));
            sum.set(f64.add(sum, term));
            total.set(f64.add(total, w));
          });
          if (each) f32.store(f, i32.add(loss, inLoss!), f32.demoteF64(term));
        });
        const to = f.let(i32.add(partials, i32.mul(chunk, partialBytes)), 'to');
        f64.store(f, to, sum);
        f64.store(f, to, total, 8);
      });
    },
  );
}

/** partials [chunks, 2] -> totalWeight and, by the reduction, loss. There is one unit. */
export function emitNllTotal(m: Module, reduction: 'none' | 'mean' | 'sum') {
  const params = { loss: i32, totalWeight: i32, partials: i32, chunks: i32, begin: i32, end: i32 };
  return m.func({ name: 'nllTotal', params }, (f, { loss, totalWeight, partials, chunks, begin, end }) => {
    const [unit, chunk] = [f.local(i32, 'unit'), f.local(i32, 'chunk')];
    forRange(f, unit, begin, end, 1, () => {
      const [sum, total] = [f.let(f64.const(0), 'sum'), f.let(f64.const(0), 'total')];
      forRange(f, chunk, 0, chunks, 1, () => {
        const from = f.let(i32.add(partials, i32.mul(chunk, partialBytes)), 'from');
        sum.set(f64.add(sum, f64.load(from)));
        total.set(f64.add(total, f64.load(from, 8)));
      });
      f32.store(f, totalWeight, f32.demoteF64(total));
      if (reduction !== 'none')
        f32.store(f, loss, f32.demoteF64(reduction === 'mean' ? f64.div(sum, total) : sum));
    });
  });
}

/**
 * dLoss, totalWeight, target [N, …], weight [C] -> dx [N, C, …] = -weight[t] · dLoss at the targets, with `mean` divided by
 * totalWeight, and 0 elsewhere. The units are targets.
 */
export function emitNllBackward(m: Module, plan: NllPlan, classes: number, mean: boolean) {
  const inputs = { dLoss: i32, totalWeight: i32, target: i32, weight: i32 };
  const params = { dx: i32, ...inputs, begin: i32, end: i32 };
  return m.func(
    { name: 'nllBackward', params },
    (f, { dx, dLoss, totalWeight, target, weight, begin, end }) => {
      const [i, c] = [f.local(i32, 'i'), f.local(i32, 'c')];
      const share = mean ? f64.div(1, f64.promoteF32(f32.load(totalWeight))) : f64.const(1);
      const factor = f.let(f64.neg(share), 'factor');
      forRange(f, i, begin, end, 1, () => {
        const [inX, inTarget, inLoss] = startsOf(f, plan.lines, i);
        const t = f.let(i32.load(i32.add(target, inTarget!)), 't');
        const to = f.let(i32.add(dx, inX!), 'to');
        forRange(f, c, 0, classes, 1, () => f32.store(f, i32.add(to, i32.mul(c, plan.classStep)), 0));
        ifElse(f, i32.ne(t, plan.ignoreIndex), () => {
          const scale = f64.mul(weightOf(plan, t, weight), factor);
          const value = f64.mul(scale, f64.promoteF32(f32.load(i32.add(dLoss, inLoss!))));
          f32.store(f, i32.add(to, i32.mul(t, plan.classStep)), f32.demoteF64(value));
        });
      });
    },
  );
}

function weightOf(plan: NllPlan, t: Val<'i32'>, weight: Val<'i32'>): Val<'f64'> {
  return plan.weight ? f64.promoteF32(f32.load(i32.add(weight, i32.shl(t, 2)))) : f64.const(1);
}
