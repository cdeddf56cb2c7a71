/** Random softmax, its logarithm, and the losses. */
import fc from 'fast-check';
import { calmValues, finiteValues, size, sometimes, usually } from '../arbitraries.ts';
import { checkValues, checkWays } from '../checks.ts';
import { printWays } from '../code.ts';
import type { Fuzzer } from '../fuzz.ts';
import { addOperand, layout } from '../layout.ts';
import { type Arg, type Line, type Program, sizeOf } from '../program.ts';
import { checkTorch } from '../torch.ts';
import { integers } from '../values.ts';

const raw = fc.record({
  kind: fc.constantFrom('softmax', 'logSoftmax', 'nllLoss', 'crossEntropy'),
  shape: fc.array(usually([1, 2, 4, 8, 10], size), { minLength: 1, maxLength: 4 }),
  dim: fc.nat(3),
  values: calmValues,
  cotangent: calmValues,
  layout,
  reduction: fc.constantFrom('mean', 'sum', 'none'),
  // Infinity times a logarithm near 0 is one thing or another.
  weight: sometimes(finiteValues),
  ignored: fc.boolean(),
  seed: fc.nat(999),
});

function programOf(c: typeof raw extends fc.Arbitrary<infer T> ? T : never): Program {
  const lines: Line[] = [];
  const { shape } = c;
  const x = addOperand(lines, { shape, values: c.values, layout: c.layout });
  if (c.kind === 'softmax' || c.kind === 'logSoftmax') {
    lines.push({ on: 'functional', name: c.kind, args: [x, c.dim % shape.length] });
  } else {
    const classes = shape[shape.length > 1 ? 1 : 0]!;
    const next = integers(c.seed);
    const target = shape.length > 1 ? [shape[0]!, ...shape.slice(2)] : [];
    const label = () => (c.ignored && next() % 4 === 0 ? -100 : next() % Math.max(classes, 1));
    lines.push({
      shape: target,
      dtype: 'int32',
      values: Array.from({ length: sizeOf(target) }, label),
      requiresGrad: false,
    });
    const options: Record<string, Arg> = { reduction: c.reduction };
    const labels = { line: lines.length - 1 };
    if (c.weight)
      options.weight = addOperand(lines, { shape: [classes], values: c.weight, requiresGrad: false });
    lines.push({ on: 'functional', name: c.kind, args: [x, labels, options] });
  }
  const root = lines.length - 1;
  return { lines, results: [root], root, cotangent: c.cotangent };
}

export const softmax: Fuzzer<Program> = {
  name: 'softmax',
  cases: raw.map(programOf),
  check: program => checkTorch(program, checkValues(program, checkWays(program, false))),
  code: printWays,
};
