/** A program: operands, then calls of the public API, then the way back from one of its values. */
import type { Shape } from 'tinygrad-ts';
import { bits, numbers, type Values, wholeNumbers } from './values.ts';

/** The value of an earlier line. */
export interface Ref {
  readonly line: number;
}

/** An argument: a value, a constant, or an array or options with either inside. */
export type Arg = Ref | number | string | boolean | null | readonly Arg[] | { readonly [key: string]: Arg };

/** An operand, made before the program runs. */
export interface Leaf {
  readonly shape: Shape;
  readonly dtype: 'float32' | 'int32' | 'bool';
  /** The elements: drawn, or spelt out. */
  readonly values: Values | readonly number[];
  readonly requiresGrad: boolean;
}

/** `x.name(...args)`, where x is the first argument; `F.name(...args)`; or `Tensor.name(...args)`. */
export interface Step {
  readonly on: 'method' | 'functional' | 'Tensor';
  readonly name: string;
  readonly args: readonly Arg[];
  /** Which property of what the call returns is meant. */
  readonly take?: 'values' | 'indices';
}

export type Line = Leaf | Step;

export interface Program {
  readonly lines: readonly Line[];
  /** The lines whose values are looked at. */
  readonly results: readonly number[];
  /** The line that the way back starts from, one of the results, with these cotangents; null for no way back. */
  readonly root: number | null;
  readonly cotangent: Values;
  /** Go back twice, keeping the graph in between. */
  readonly twice?: boolean;
  /** Take the absolute values of the operands and the cotangents. */
  readonly absolute?: boolean;
  /** Of the first operand and of the cotangents, one image of the batch alone. */
  readonly only?: { readonly image: number; readonly of: number };
}

export const isLeaf = (line: Line): line is Leaf => 'shape' in line;

export const isRef = (arg: Arg): arg is Ref =>
  typeof arg === 'object' && arg !== null && !Array.isArray(arg) && 'line' in arg;

export function sizeOf(shape: Shape): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Returns the elements of an operand, row by row. */
export function elementsOf({ values, dtype, shape }: Leaf): readonly number[] {
  if (!('kind' in values)) return values;
  const draw = { float32: numbers, int32: wholeNumbers, bool: bits }[dtype];
  return draw(values, sizeOf(shape));
}

/** Returns an argument with every value in it replaced. */
export function mapRefs<T>(arg: Arg, value: (line: number) => T): unknown {
  if (typeof arg !== 'object' || arg === null) return arg;
  if (isRef(arg)) return value(arg.line);
  if (Array.isArray(arg)) return arg.map(item => mapRefs(item, value));
  return Object.fromEntries(Object.entries(arg).map(([key, item]) => [key, mapRefs(item, value)]));
}

/** Returns the lines whose values a step takes. */
export function usedBy(step: Step): number[] {
  const used: number[] = [];
  for (const arg of step.args) mapRefs(arg, line => used.push(line));
  return used;
}

/**
 * Yields the programs with one thing less: the way back, a result, a line that no other uses, or a step whose first
 * operand takes its place.
 */
export function* smaller(program: Program): Generator<Program> {
  const { lines, results, root } = program;
  const used = new Set(lines.flatMap(line => (isLeaf(line) ? [] : usedBy(line))));
  if (root !== null) yield { ...program, root: null };
  for (const result of results) {
    const others = results.filter(line => line !== result);
    if (result !== root && others.length > 0) yield { ...program, results: others };
  }
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]!;
    const [first] = isLeaf(line) ? [] : usedBy(line);
    if (!used.has(i) && !results.includes(i)) yield without(program, i, 0);
    else if (first !== undefined) yield without(program, i, first);
  }
}

function without(program: Program, dropped: number, instead: number): Program {
  const at = (line: number) => (line > dropped ? line - 1 : line === dropped ? instead : line);
  const lines = program.lines.filter((_, i) => i !== dropped);
  return {
    ...program,
    lines: lines.map(line => {
      if (isLeaf(line)) return line;
      return { ...line, args: line.args.map(arg => mapRefs(arg, used => ({ line: at(used) })) as Arg) };
    }),
    results: [...new Set(program.results.map(at))],
    root: program.root === null ? null : at(program.root),
  };
}
