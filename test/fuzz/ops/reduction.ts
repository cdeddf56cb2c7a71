import type { Known } from '../builder.ts';
import type { Chooser } from '../chooser.ts';
import type { Arg, Step } from '../program.ts';
import { type Choose, method } from './elementwise.ts';

/** No dim, one, or several; kept or not. */
function options(c: Chooser, x: Known): Record<string, Arg> {
  const dim = c.one<Record<string, Arg>>({}, { dim: c.dim(x) }, { dim: c.dims(x) });
  return c.rarely(3) ? { ...dim, keepdim: true } : dim;
}

const reduce =
  (name: string): Choose =>
  c => {
    const x = c.value();
    return x && method(name, { line: x.line }, options(c, x));
  };

const spread =
  (name: string): Choose =>
  c => {
    const x = c.float();
    return x && method(name, { line: x.line }, { ...options(c, x), ...c.one({}, { correction: 0 }) });
  };

const extremum =
  (name: string): Choose =>
  (c): Step | null => {
    const x = c.value(v => !v.shape.includes(0) || c.rarely(5));
    if (!x) return null;
    if (c.rarely(3)) return method(name, { line: x.line });
    const step = method(name, { line: x.line }, { ...options(c, x), dim: c.one<Arg>(c.dim(x), c.dims(x)) });
    return { ...step, take: c.one('values', 'indices') };
  };

const place =
  (name: string): Choose =>
  c => {
    const x = c.value(v => !v.shape.includes(0) || c.rarely(5));
    return x && method(name, { line: x.line }, options(c, x));
  };

export const reduction: Readonly<Record<string, Choose>> = {
  sum: reduce('sum'),
  mean: reduce('mean'),
  var: spread('var'),
  std: spread('std'),
  max: extremum('max'),
  min: extremum('min'),
  argmax: place('argmax'),
  argmin: place('argmin'),
};
