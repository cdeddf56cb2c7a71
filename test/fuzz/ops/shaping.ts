import type { Known } from '../builder.ts';
import type { Chooser } from '../chooser.ts';
import { sizeOf } from '../program.ts';
import { type Choose, method } from './elementwise.ts';

/** Returns the sizes in another grouping. */
function regrouped({ shape }: Known, c: Chooser): number[] {
  const primes = shape.flatMap(factors);
  const out: number[] = [];
  for (const prime of primes) {
    if (out.length > 0 && (c.rarely(2) || out.length > 3)) out[out.length - 1]! *= prime;
    else out.push(prime);
  }
  if (out.length > 0 && sizeOf(shape) > 0 && c.rarely(3)) out[c.below(out.length)] = -1;
  return out;
}

function factors(n: number): number[] {
  for (let i = 2; i * i <= n; i++) if (n % i === 0) return [i, ...factors(n / i)];
  return [n];
}

const permuted = (c: Chooser, count: number) => {
  const dims = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = i - c.below(i + 1);
    [dims[i], dims[j]] = [dims[j]!, dims[i]!];
  }
  return dims;
};

const joined =
  (name: 'cat' | 'stack'): Choose =>
  c => {
    const x = c.value(v => name === 'stack' || v.shape.length > 0);
    if (!x) return null;
    const dim = c.below(x.shape.length + (name === 'stack' ? 1 : 0));
    const fits = (y: Known) =>
      y.shape.length === x.shape.length &&
      y.shape.every((n, i) => n === x.shape[i] || (name === 'cat' && i === dim));
    const parts = Array.from({ length: 1 + c.below(3) }, () => ({ line: c.value(fits)!.line }));
    return { on: 'Tensor', name, args: [[{ line: x.line }, ...parts], dim] };
  };

export const shaping: Readonly<Record<string, Choose>> = {
  reshape(c) {
    const x = c.value();
    return x && method('reshape', { line: x.line }, regrouped(x, c));
  },
  view(c) {
    const x = c.value();
    return x && method('view', { line: x.line }, [sizeOf(x.shape)]);
  },
  flatten(c) {
    const x = c.value();
    if (!x) return null;
    const start = c.below(x.shape.length);
    return method('flatten', { line: x.line }, start, start + c.below(x.shape.length - start));
  },
  transpose(c) {
    const x = c.value();
    return x && method('transpose', { line: x.line }, c.dim(x), c.dim(x));
  },
  t(c) {
    const x = c.value(v => v.shape.length <= 2);
    return x && method('t', { line: x.line });
  },
  permute(c) {
    const x = c.value();
    return x && method('permute', { line: x.line }, permuted(c, x.shape.length));
  },
  squeeze(c) {
    const x = c.value();
    return (
      x && (c.rarely(2) ? method('squeeze', { line: x.line }) : method('squeeze', { line: x.line }, c.dim(x)))
    );
  },
  unsqueeze(c) {
    const x = c.value(v => v.shape.length < 5);
    return x && method('unsqueeze', { line: x.line }, c.below(x.shape.length + 1));
  },
  expand(c) {
    const x = c.value(v => v.shape.length < 5 && sizeOf(v.shape) < 500);
    if (!x) return null;
    const sizes = x.shape.map(n => (n === 1 ? c.one(1, 3, 0, 5) : c.one(n, -1)));
    return method('expand', { line: x.line }, c.rarely(3) ? [c.one(2, 1, 0, 3), ...sizes] : sizes);
  },
  slice(c) {
    const x = c.value(v => v.shape.length > 0);
    if (!x) return null;
    const dim = c.below(x.shape.length);
    const size = x.shape[dim]!;
    const start = c.below(size + 1);
    const end = c.rarely(4) ? -1 : start + c.below(size + 2 - start);
    return method('slice', { line: x.line }, dim, start, end, 1 + c.below(3));
  },
  select(c) {
    const x = c.value(v => v.shape.length > 0 && !v.shape.includes(0));
    if (!x) return null;
    const dim = c.below(x.shape.length);
    return method(
      'select',
      { line: x.line },
      dim,
      c.below(x.shape[dim]!) - (c.rarely(3) ? x.shape[dim]! : 0),
    );
  },
  cat: joined('cat'),
  stack: joined('stack'),
};
