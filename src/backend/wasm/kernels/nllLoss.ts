/** The negative log-likelihood of targets, and its gradient. */
import { f32, f64, forRange, i32, ifElse, type Module, type Scope, select, type Val } from '../asm/index.ts';
import { type IntLocals, i32Params, loopParams, seek } from './strided.ts';

/** What the code depends on; sizes and strides are its parameters. */
export interface NllForm {
  /** Loops over targets, one inside the other. */
  readonly depth: number;
  readonly weight: boolean;
}

/** The targets are summed up in chunks of so many. */
export const targetsPerChunk = 4096;

/** The bytes of the sums of a chunk: two float64. */
export const partialBytes = 16;

/**
 * x [N, C, …], target [N, …], weight [C] -> partials [chunks, 2] (float64): -Σ weight[t] · x[n, t, …] and Σ weight[t] of
 * each chunk; with `each` also loss [N, …], the terms of the first. The units are chunks. Params: the addresses; the
 * number of targets, the index that is ignored, the bytes from class to class in x; the loops over x, target and loss.
 */
export function emitNllSums(m: Module, form: NllForm, each: boolean) {
  const arrays = ['x', 'target', 'loss'];
  const sizes = ['count', 'ignored', 'classStep', ...loopParams(form.depth, arrays)];
  const params = i32Params('loss', 'partials', 'x', 'target', 'weight', ...sizes, 'begin', 'end');
  return m.func({ name: 'nllSums', params }, (f, p) => {
    const [chunk, i] = [f.local(i32, 'chunk'), f.local(i32, 'i')];
    const at = pointersTo(f, arrays);
    forRange(f, chunk, p.begin!, p.end!, 1, () => {
      const [sum, total] = [f.let(f64.const(0), 'sum'), f.let(f64.const(0), 'total')];
      const first = i32.mul(chunk, targetsPerChunk);
      const next = f.let(i32.add(first, targetsPerChunk), 'next');
      forRange(f, i, first, select(next, p.count!, i32.ltS(next, p.count!)), 1, () => {
        seek(f, p, form.depth, i, at);
        const t = f.let(i32.load(at.target!), 't');
        const term = f.let(f64.const(0), 'term');
        ifElse(f, i32.ne(t, p.ignored!), () => {
          const w = f.let(weightOf(form, t, p.weight!), 'w');
          const inClass = i32.add(at.x!, i32.mul(t, p.classStep!));
          term.set(f64.neg(f64.mul(w, f64.promoteF32(f32.load(inClass)))));
          sum.set(f64.add(sum, term));
          total.set(f64.add(total, w));
        });
        if (each) f32.store(f, at.loss!, f32.demoteF64(term));
      });
      const to = f.let(i32.add(p.partials!, i32.mul(chunk, partialBytes)), 'to');
      f64.store(f, to, sum);
      f64.store(f, to, total, 8);
    });
  });
}

function pointersTo(f: Scope, arrays: readonly string[]): IntLocals {
  return Object.fromEntries(arrays.map(array => [array, f.local(i32, `at ${array}`)]));
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
 * totalWeight, and 0 elsewhere. The units are targets. Params: the addresses; the number of classes, the index that is
 * ignored, the bytes from class to class in dx; the loops over dx, target and dLoss.
 */
export function emitNllBackward(m: Module, form: NllForm, mean: boolean) {
  const arrays = ['dx', 'target', 'dLoss'];
  const sizes = ['classes', 'ignored', 'classStep', ...loopParams(form.depth, arrays)];
  const params = i32Params('dx', 'dLoss', 'totalWeight', 'target', 'weight', ...sizes, 'begin', 'end');
  return m.func({ name: 'nllBackward', params }, (f, p) => {
    const [i, c] = [f.local(i32, 'i'), f.local(i32, 'c')];
    const at = pointersTo(f, arrays);
    const share = mean ? f64.div(1, f64.promoteF32(f32.load(p.totalWeight!))) : f64.const(1);
    const factor = f.let(f64.neg(share), 'factor');
    forRange(f, i, p.begin!, p.end!, 1, () => {
      seek(f, p, form.depth, i, at);
      const t = f.let(i32.load(at.target!), 't');
      const inClass = (index: Val<'i32'>) => i32.add(at.dx!, i32.mul(index, p.classStep!));
      forRange(f, c, 0, p.classes!, 1, () => f32.store(f, inClass(c), 0));
      ifElse(f, i32.ne(t, p.ignored!), () => {
        const scale = f64.mul(weightOf(form, t, p.weight!), factor);
        const value = f64.mul(scale, f64.promoteF32(f32.load(at.dLoss!)));
        f32.store(f, inClass(t), f32.demoteF64(value));
      });
    });
  });
}

function weightOf(form: NllForm, t: Val<'i32'>, weight: Val<'i32'>): Val<'f64'> {
  return form.weight ? f64.promoteF32(f32.load(i32.add(weight, i32.shl(t, 2)))) : f64.const(1);
}
