/** The gradients of softmax and of its logarithm, along lines of any layout. */
import { f32x4, type Module } from '../asm/index.ts';
import { exp } from './math/exp.ts';
import { emitQuads, type QuadForm, Sums } from './softmaxLines.ts';

const [DX, DY, Y] = [0, 1, 2];
const arrays = ['dx', 'dy', 'y'];

/** dy, y -> dx = y · (dy - Σ dy · y) along each line. */
export function emitSoftmaxBackward(m: Module, form: QuadForm) {
  return emitQuads(m, 'softmaxBackward', form, arrays, f => quad => {
    const sums = new Sums(f);
    quad.each(({ load }) => sums.add(f32x4.mul(load(DY), load(Y))));
    const sum = sums.rounded();
    quad.each(({ load, store }) => store(DX, f32x4.mul(load(Y), f32x4.sub(load(DY), sum))));
  });
}

/** dy, y -> dx = dy - eʸ · Σ dy along each line. */
export function emitLogSoftmaxBackward(m: Module, form: QuadForm) {
  return emitQuads(m, 'logSoftmaxBackward', form, arrays, f => {
    const power = exp(f);
    return quad => {
      const sums = new Sums(f);
      quad.each(({ load }) => sums.add(load(DY)));
      const sum = sums.rounded();
      quad.each(({ load, store }) => store(DX, f32x4.sub(load(DY), f32x4.mul(power(load(Y)), sum))));
    };
  });
}
