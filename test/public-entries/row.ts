/** A row of the table of public entries: one right call, whose arguments are replaced one by one. */
import { nn, Tensor } from 'tinygrad-ts';

/** What a user may pass by mistake, by name. Each is made anew: an op in place may write to it. */
export const kinds: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  integer: () => 3,
  fraction: () => 1.5,
  negative: () => -1,
  huge: () => 1e20,
  infinity: () => Infinity,
  NaN: () => NaN,
  boolean: () => false,
  string: () => '3',
  bigint: () => 3n,
  symbol: () => Symbol('s'),
  array: () => [7, 5, 4],
  object: () => ({ nonsense: 1 }),
  function: () => () => 3,
  'typed array': () => new Float32Array(3),
  date: () => new Date(0),
  map: () => new Map([[1, 2]]),
  promise: () => Promise.resolve(1),
  module: () => new nn.ReLU(),
  'int32 tensor': () => Tensor.full([2, 3], 1, { dtype: 'int32' }),
  'bool tensor': () => Tensor.full([2, 3], 1, { dtype: 'bool' }),
  'float64 tensor': () => Tensor.full([2, 3], 1, { dtype: 'float64' }),
  'other shape': () => Tensor.ones([7, 5, 4, 3, 2]),
};

/** Kinds that go together, by the name that the list of what is taken uses. */
const groups: Readonly<Record<string, readonly string[]>> = {
  flag: ['undefined', 'boolean'],
  'not negative': ['integer', 'fraction', 'huge'],
  finite: ['integer', 'fraction', 'negative', 'huge'],
  'any number': ['integer', 'fraction', 'negative', 'huge', 'infinity', 'NaN'],
  'other dtype': ['int32 tensor', 'bool tensor', 'float64 tensor'],
  'any tensor': ['int32 tensor', 'bool tensor', 'float64 tensor', 'other shape'],
};

/** Returns the kinds that a text such as 'flag, null' names, sorted. */
export function kindsIn(text: string): string[] {
  return text
    .split(', ')
    .flatMap(name => groups[name] ?? [name])
    .sort();
}

export interface Row {
  readonly call: (...args: never[]) => unknown;
  /** Returns the arguments of a right call. Their options, and the first item of an array, are places, too. */
  readonly args: () => readonly unknown[];
  /** Results of any kind are right: those of a function that the user gives, or with and without a dim. */
  readonly anyResult: boolean;
}

export function row(
  call: (...args: never[]) => unknown,
  args: () => readonly unknown[],
  { anyResult = false } = {},
): Row {
  return { call, args, anyResult };
}

type Path = readonly (string | number)[];

/** Returns the places of a call: its arguments, the options among them, and the first item of each array. */
export function placesOf(args: readonly unknown[], prefix: Path = []): Path[] {
  return args.flatMap((value, i) => placesIn(value, [...prefix, i]));
}

function placesIn(value: unknown, path: Path): Path[] {
  if (Array.isArray(value)) return [path, ...value.slice(0, 1).flatMap(item => placesIn(item, [...path, 0]))];
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...path, key]))];
}

/** Returns the arguments with another value at this place. */
export function replaced(args: readonly unknown[], path: Path, value: unknown): unknown[] {
  const copy = [...args];
  put(copy, path, value);
  return copy;
}

function put(holder: unknown, [first, ...rest]: Path, value: unknown): void {
  const target = holder as Record<string | number, unknown>;
  if (rest.length === 0) target[first!] = value;
  else {
    const inner = target[first!];
    target[first!] = Array.isArray(inner) ? [...inner] : { ...(inner as object) };
    put(target[first!], rest, value);
  }
}
