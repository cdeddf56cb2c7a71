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
  return `${notes.reduce(withNote, prefix + body)})`;
}

/** Returns the text with a note behind it, on a line of its own where the last one would get too long. */
function withNote(text: string, note: string): string {
  const used = text.length - text.lastIndexOf('\n') + 1;
  return used + note.length + 2 > lineWidth
    ? `${text},\n${' '.repeat(prefix.length)}${note}`
    : `${text}, ${note}`;
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
  // The opening bracket stands before the indent.
  const perLine = Math.max(1, Math.floor((lineWidth - indent + 1) / width));
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

/** Returns how to write each element: one form and one width, which zeros and what is not finite do not widen. */
function formatterFor(dtype: DType, shown: readonly number[]): (value: number) => string {
  if (dtype === 'bool') return padded(shown, v => (v ? 'True' : 'False'));
  if (dtype === 'int32') return padded(shown, String);
  const finite = shown.filter(v => Number.isFinite(v) && v !== 0);
  const sizes = finite.map(Math.abs);
  const [low, high] = [Math.min(...sizes), Math.max(...sizes)];
  const whole = finite.every(Number.isInteger);
  const scientific = high / low > 1000 || high > 1e8 || (!whole && low < 1e-4);
  const write =
    scientific && finite.length > 0 ? exponential : whole ? (v: number) => `${v.toFixed(0)}.` : fixed;
  return padded(finite, v => special(v) ?? (Object.is(v, -0) ? `-${write(0)}` : write(v)));
}

function padded(counted: readonly number[], write: (value: number) => string): (value: number) => string {
  const width = Math.max(1, ...counted.map(v => write(v).length));
  return v => write(v).padStart(width);
}

function special(v: number): string | null {
  if (Number.isNaN(v)) return 'nan';
  return Number.isFinite(v) ? null : v < 0 ? '-inf' : 'inf';
}

function fixed(v: number): string {
  return halfEven(v.toFixed(precision), v.toFixed(exactDigits), precision);
}

/** Returns 1.0000e-05: at least two digits of exponent, as in Python. */
function exponential(v: number): string {
  const [short, exponent] = v.toExponential(precision).split('e') as [string, string];
  const [exact, exactExponent] = v.toExponential(exactDigits).split('e') as [string, string];
  const rounded = exponent === exactExponent ? halfEven(short, exact, precision) : short;
  return `${rounded}e${exponent.replace(/^([+-])(\d)$/, '$10$2')}`;
}

/** Enough digits to tell a tie from a number near one. */
const exactDigits = 60;

/** Returns `short`, or on a tie, which JavaScript rounds up, the even neighbour that Python takes. */
function halfEven(short: string, exact: string, places: number): string {
  const cut = exact.indexOf('.') + 1 + places;
  const tie = /^50*$/.test(exact.slice(cut));
  return tie && Number(exact[cut - 1]) % 2 === 0 ? exact.slice(0, cut) : short;
}
