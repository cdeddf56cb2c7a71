/** Random matrix products: vectors, batches that broadcast, operands that lie transposed, an inner size of 0. */
import fc from 'fast-check';
import { anyValues, size, usually } from '../arbitraries.ts';
import { checkWays } from '../checks.ts';
import { printWays } from '../code.ts';
import type { Fuzzer } from '../fuzz.ts';
import { addOperand, layout } from '../layout.ts';
import { checkSums } from '../linear.ts';
import type { Line, Program } from '../program.ts';
import { checkTorch } from '../torch.ts';

const length = usually([1, 2, 4, 8, 16], fc.oneof(size, fc.integer({ min: 1, max: 130 })));

const raw = fc.record({
  kind: fc.constantFrom('matmul', 'linear'),
  rows: length,
  inner: fc.oneof({ weight: 9, arbitrary: length }, { weight: 1, arbitrary: fc.constantFrom(300, 1000) }),
  columns: length,
  batch: fc.array(size, { maxLength: 2 }),
  /** Which of the batch dims an operand has, and which of these are 1. */
  has: fc.tuple(fc.nat(2), fc.nat(2)),
  stretched: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  vector: fc.tuple(fc.boolean(), fc.boolean()),
  bias: fc.boolean(),
  values: fc.tuple(anyValues, anyValues, anyValues),
  cotangent: anyValues,
  layouts: fc.tuple(layout, layout),
});

function programOf(c: typeof raw extends fc.Arbitrary<infer T> ? T : never): Program {
  const { rows, inner, columns, vector } = c;
  const batch = (operand: 0 | 1) =>
    c.batch.slice(c.has[operand]).map((n, i) => (c.stretched[2 * operand + i] ? 1 : n));
  const lines: Line[] = [];
  const add = (i: 0 | 1, shape: readonly number[]) =>
    addOperand(lines, { shape, values: c.values[i], layout: c.layouts[i] });
  const x = add(0, vector[0] ? [inner] : [...batch(0), rows, inner]);
  if (c.kind === 'linear') {
    const weight = add(1, [columns, inner]);
    const bias = c.bias ? addOperand(lines, { shape: [columns], values: c.values[2] }) : null;
    lines.push({ on: 'functional', name: 'linear', args: [x, weight, bias] });
  } else {
    const y = add(1, vector[1] ? [inner] : [...batch(1), inner, columns]);
    lines.push({ on: 'method', name: 'matmul', args: [x, y] });
  }
  const root = lines.length - 1;
  return { lines, results: [root], root, cotangent: c.cotangent };
}

export const matmul: Fuzzer<Program> = {
  name: 'matmul',
  cases: raw
    .map(c => {
      const batch = c.batch.reduce((a, b) => a * b, 1);
      // The plain kernels take some 10 ns for each product.
      const most = Math.max(1, Math.floor(4e5 / Math.max(1, c.inner * c.columns * batch)));
      return { ...c, rows: Math.min(c.rows, most) };
    })
    .map(programOf),
  check: program => checkTorch(program, checkSums(program, checkWays(program, false))),
  code: printWays,
};
