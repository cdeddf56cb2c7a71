/** Softmax, its logarithm, and their gradients, along lines of any layout. */
import { f32x4, type Local, type Module, type Scope } from '../asm/index.ts';
import { exp } from './math/exp.ts';
import { log } from './math/log.ts';
import { emitQuads, type Quad, type QuadForm, Sums } from './softmaxLines.ts';

const [Y, X] = [0, 1];

/** x -> y = eˣ / Σ eˣ along each line; the largest x is subtracted first, so that no power overflows. */
export function emitSoftmax(m: Module, form: QuadForm) {
  return emitQuads(m, 'softmax', form, ['y', 'x'], f => {
    const power = exp(f);
    return quad => {
      const largest = largestOf(f, quad);
      const sums = new Sums(f);
      quad.each(({ load, store }) => {
        const value = f.let(power(f32x4.sub(load(X), largest)), 'power');
        sums.add(value);
        store(Y, value);
      });
      const sum = sums.rounded();
      quad.each(({ load, store }) => store(Y, f32x4.div(load(Y), sum)));
    };
  });
}

/** x -> y = x - log Σ eˣ along each line; the largest x is subtracted first, so that no power overflows. */
export function emitLogSoftmax(m: Module, form: QuadForm) {
  return emitQuads(m, 'logSoftmax', form, ['y', 'x'], f => {
    const [power, logarithm] = [exp(f), log(f)];
    return quad => {
      const largest = largestOf(f, quad);
      const sums = new Sums(f);
      quad.each(({ load }) => sums.add(power(f32x4.sub(load(X), largest))));
      const logSum = f.let(logarithm(sums.rounded()), 'logSum');
      quad.each(({ load, store }) => store(Y, f32x4.sub(f32x4.sub(load(X), largest), logSum)));
    };
  });
}

/** Returns the largest x of each line, NaN before all. */
function largestOf(f: Scope, quad: Quad): Local<'v128'> {
  const largest = f.let(f32x4.splat(-Infinity), 'largest');
  quad.each(({ load }) => largest.set(f32x4.max(largest, load(X))));
  return largest;
}
