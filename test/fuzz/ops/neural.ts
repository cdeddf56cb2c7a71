import type { Known } from '../builder.ts';
import type { Chooser } from '../chooser.ts';
import type { Arg, Ref, Step } from '../program.ts';
import { sizeOf } from '../program.ts';
import { type Choose, method } from './elementwise.ts';

const functional = (name: string, ...args: Arg[]): Step => ({ on: 'functional', name, args });

const isImage = ({ shape }: Known) => shape.length === 4 || shape.length === 3;
const ref = ({ line }: Ref): Ref => ({ line });

/** Returns a value that fits, or a new one of this shape. */
function likeThis(c: Chooser, shape: readonly number[]): Ref {
  const there = c.rarely(3) ? c.float(x => String(x.shape) === String(shape)) : null;
  return there ? ref(there) : c.fresh(shape);
}

function spatial([h, w]: readonly number[], c: Chooser): { kernel: number[]; padding: number[] } {
  const kernel = c.one([1, 1], [3, 3], [2, 2], [5, 5], [3, 1], [2, 3]);
  const padding = kernel.map((k, i) => {
    const needed = Math.max(0, Math.ceil((k - [h!, w!][i]!) / 2));
    return Math.max(needed, c.below(k));
  });
  return { kernel, padding };
}

const softmax =
  (name: string): Choose =>
  c => {
    const x = c.float();
    return x && functional(name, ref(x), c.dim(x));
  };

const pool =
  (name: 'maxPool2d' | 'avgPool2d'): Choose =>
  c => {
    const x = c.float(v => isImage(v) && !v.shape.slice(-2).includes(0));
    if (!x) return null;
    const kernel = [0, 1].map(i => 1 + c.below(Math.min(3, x.shape.at(i - 2)!)));
    const options: Record<string, Arg> = {};
    if (c.rarely(2)) options.stride = 1 + c.below(3);
    if (c.rarely(3)) options.padding = kernel.map(k => c.below(Math.floor(k / 2) + 1));
    if (c.rarely(3)) options.ceilMode = true;
    if (name === 'avgPool2d' && c.rarely(3)) options.countIncludePad = false;
    return functional(name, ref(x), kernel, options);
  };

export const neural: Readonly<Record<string, Choose>> = {
  matmul(c) {
    const x = c.float(v => v.shape.length > 0);
    if (!x) return null;
    const inner = x.shape.at(-1)!;
    const fits = (y: Known) =>
      y.shape.length <= 2 && (y.shape.length === 1 ? y.shape[0] : y.shape.at(-2)) === inner;
    const there = c.rarely(2) ? c.float(fits) : null;
    const columns = c.one(1, 3, 4, 8, 0, 17);
    const shape = c.one(
      [inner, columns],
      [inner],
      x.shape.length > 2 ? [x.shape[0]!, inner, columns] : [inner, 2],
    );
    return method('matmul', ref(x), there ? ref(there) : c.fresh(shape));
  },
  linear(c) {
    const x = c.float(v => v.shape.length > 0);
    if (!x) return null;
    const out = c.one(1, 4, 3, 16, 0);
    const weight = c.fresh([out, x.shape.at(-1)!]);
    return functional('linear', ref(x), weight, c.rarely(2) ? c.fresh([out]) : null);
  },
  conv2d(c) {
    const x = c.float(v => isImage(v) && !v.shape.slice(-3).includes(0) && sizeOf(v.shape) < 20_000);
    if (!x) return null;
    const channels = x.shape.at(-3)!;
    const groups = c.one(1, channels, channels % 2 === 0 ? 2 : 1);
    const out = groups * (groups === 1 ? c.one(1, 4, 8, 3, 16) : c.one(1, 2));
    const { kernel, padding } = spatial(x.shape.slice(-2), c);
    const weight = c.fresh([out, channels / groups, ...kernel]);
    const bias = c.rarely(2) ? c.fresh([out]) : null;
    const stride = c.one(1, 1, 2);
    const same = stride === 1 && c.rarely(3);
    return functional('conv2d', ref(x), weight, bias, { stride, padding: same ? 'same' : padding, groups });
  },
  maxPool2d: pool('maxPool2d'),
  avgPool2d: pool('avgPool2d'),
  batchNorm(c) {
    const x = c.float(v => v.shape.length >= 2 && v.shape.length <= 4 && sizeOf(v.shape) > v.shape[1]!);
    if (!x) return null;
    const channels = [x.shape[1]!];
    const training = !c.rarely(3);
    const kept = !training || c.rarely(2);
    const running = () => (kept ? c.fresh(channels, ['positive'], false) : null);
    const scaled = c.rarely(2) ? { weight: likeThis(c, channels), bias: likeThis(c, channels) } : {};
    return functional('batchNorm', ref(x), running(), running(), { training, ...scaled });
  },
  dropout(c) {
    const x = c.float();
    return x && functional('dropout', ref(x), { training: false });
  },
  softmax: softmax('softmax'),
  logSoftmax: softmax('logSoftmax'),
  crossEntropy: loss('crossEntropy'),
  nllLoss: loss('nllLoss'),
};

function loss(name: string): Choose {
  return c => {
    const x = c.float(
      v => v.shape.length > 0 && v.shape.length < 5 && v.shape[v.shape.length > 1 ? 1 : 0] !== 0,
    );
    if (!x) return null;
    const { shape } = x;
    const classes = shape[shape.length > 1 ? 1 : 0]!;
    const ignored = c.rarely(4);
    const target = c.labels(
      shape.length > 1 ? [shape[0]!, ...shape.slice(2)] : [],
      classes,
      ignored ? -1 : null,
    );
    const options: Record<string, Arg> = { reduction: c.one('mean', 'sum', 'none') };
    if (ignored) options.ignoreIndex = -1;
    if (c.rarely(3)) options.weight = c.fresh([classes], ['positive'], c.rarely(9));
    return functional(name, ref(x), target, options);
  };
}
