/** How a tensor prints: as PyTorch prints it. */
import type { DType, TypedArray } from './dtype.ts';
import { numel, type Shape, stridesOf } from './shape.ts';

const precision = 4;
const edgeItems = 3;
const threshold = 1000;
const lineWidth = 80;
const prefix = 'tensor(';

/** Returns `tensor([[1., 2.],\n        [3., 4.]])`, with dtype and `suffix` where they say something. */
export function formatTensor(shape: Shape, dtype: DType, values: TypedArray, suffix: string): string {
  const notes = [];
  if (numel(shape) === 0 && shape.length !== 1) notes.push(`size=[${shape.join(', ')}]`);
  if (dtype === 'float64' || dtype === 'int32') notes.push(`dtype=${dtype}`);
  if (numel(shape) === 0 && dtype === 'bool') notes.push('dtype=bool');
  if (suffix) notes.push(suffix);
  const body = numel(shape) === 0 ? '[]' : formatBody(shape, dtype, values);
  return `${prefix}${[body, ...notes].join(', ')})`;
}

function formatBody(shape: Shape, dtype: DType, values: TypedArray): string {
  const summarize = numel(shape) > threshold;
  const shown = shownOffsets(shape, summarize).map(i => values[i]!);
  const format = formatterFor(dtype, shown);
  const strides = stridesOf(shape);
  const level = (dim: number, start: number): string => {
    if (dim === shape.length) return format(values[start]!);
    const size = shape[dim]!;
    const at = (i: number) => level(dim + 1, start + i * strides[dim]!);
    const elide = summarize && size > 2 * edgeItems;
    const indices = Array.from({ length: size }, (_, i) => i);
    const head = (elide ? indices.slice(0, edgeItems) : indices).map(at);
    const tail = elide ? indices.slice(-edgeItems).map(at) : [];
    const items = elide ? [...head, dim === shape.length - 1 ? ' ...' : '...', ...tail] : head;
    const indent = prefix.length + dim + 1;
    if (dim === shape.length - 1) return `[${wrapLine(items, indent)}]`;
    return `[${items.join(`,${'\n'.repeat(shape.length - dim - 1)}${' '.repeat(indent)}`)}]`;
  };
  return level(0, 0);
}

/** Returns the innermost items in as many lines as the width of the page asks for. */
function wrapLine(items: readonly string[], indent: number): string {
  const width = (items[0]?.length ?? 0) + 2;
  const perLine = Math.max(1, Math.floor((lineWidth - indent) / width));
  const lines = [];
  for (let i = 0; i < items.length; i += perLine) lines.push(items.slice(i, i + perLine).join(', '));
  return lines.join(`,\n${' '.repeat(indent)}`);
}

function shownOffsets(shape: Shape, summarize: boolean): number[] {
  const strides = stridesOf(shape);
  return shape.reduce<number[]>(
    (starts, size, dim) => {
      const all = Array.from({ length: size }, (_, i) => i);
      const kept =
        summarize && size > 2 * edgeItems ? [...all.slice(0, edgeItems), ...all.slice(-edgeItems)] : all;
      return starts.flatMap(start => kept.map(i => start + i * strides[dim]!));
    },
    [0],
  );
}

/** Returns how to write each element: one form and one width for all that are shown. */
function formatterFor(dtype: DType, shown: readonly number[]): (value: number) => string {
  if (dtype === 'bool') return padded(shown, v => (v ? ' True' : 'False').trim());
  if (dtype === 'int32') return padded(shown, String);
  const finite = shown.filter(v => Number.isFinite(v) && v !== 0).map(Math.abs);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  if (finite.length === 0) return padded(shown, v => special(v) ?? '0.');
  const whole = shown.every(v => !Number.isFinite(v) || Number.isInteger(v));
  const scientific = high / low > 1000 || high > 1e8 || (!whole && low < 1e-4);
  if (whole) {
    const simple = !(high / low > 1000 || high > 1e8);
    return padded(shown, v => special(v) ?? (simple ? `${Object.is(v, -0) ? '-0' : v}.` : exponential(v)));
  }
  return padded(shown, v => special(v) ?? (scientific ? exponential(v) : v.toFixed(precision)));
}

function padded(shown: readonly number[], write: (value: number) => string): (value: number) => string {
  const width = Math.max(...shown.map(v => write(v).length));
  return v => write(v).padStart(width);
}

function special(v: number): string | null {
  if (Number.isNaN(v)) return 'nan';
  return Number.isFinite(v) ? null : v < 0 ? '-inf' : 'inf';
}

/** Returns 1.0000e-05: at least two digits of exponent, as in Python. */
function exponential(v: number): string {
  return v.toExponential(precision).replace(/e([+-])(\d)$/, 'e$10$2');
}
