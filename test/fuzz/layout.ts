/** Operands that lie in memory in one of several ways. */
import fc from 'fast-check';
import { type Line, type Ref, sizeOf } from './program.ts';
import type { Values } from './values.ts';

const layouts = ['dense', 'reversed', 'every second', 'stretched', 'computed'] as const;
export type Layout = (typeof layouts)[number];

export const layout: fc.Arbitrary<Layout> = fc.oneof(
  { weight: 3, arbitrary: fc.constant('dense' as const) },
  { weight: 1, arbitrary: fc.constantFrom(...layouts) },
);

/** A tensor of float32 to be made. */
export interface Operand {
  readonly shape: readonly number[];
  readonly values: Values;
  readonly layout?: Layout;
  readonly requiresGrad?: boolean;
}

/** Adds the lines that make an operand; returns the one that has it. */
export function addOperand(
  lines: Line[],
  { shape, values, layout = 'dense', requiresGrad = true }: Operand,
): Ref {
  const add = (line: Line): Ref => ({ line: lines.push(line) - 1 });
  const leaf = (of: readonly number[]) => add({ shape: of, dtype: 'float32', values, requiresGrad });
  const step = (name: string, ...args: (Ref | number | readonly number[])[]) =>
    add({ on: 'method', name, args });
  const rank = shape.length;
  // What is dense and belongs to the program alone is 'computed'.
  if (layout === 'computed') return step('clone', leaf(shape));
  if (rank > 0 && layout === 'reversed') {
    const order = shape.map((_, i) => rank - 1 - i);
    return step('permute', leaf([...shape].reverse()), order);
  }
  if (rank > 0 && layout === 'every second') {
    return step(
      'slice',
      leaf([...shape.slice(0, -1), 2 * shape[rank - 1]!]),
      rank - 1,
      0,
      2 * shape[rank - 1]!,
      2,
    );
  }
  if (rank > 0 && layout === 'stretched' && sizeOf(shape) > 0) {
    return step('expand', leaf([1, ...shape.slice(1)]), shape);
  }
  return leaf(shape);
}
