/** Random sums, means, variances and extrema along some dims of tensors that lie in memory in several ways. */
import fc from 'fast-check';
import { calmValues, size, usually } from '../arbitraries.ts';
import { checkValues, checkWays } from '../checks.ts';
import { printWays } from '../code.ts';
import type { Fuzzer } from '../fuzz.ts';
import { addOperand, layout } from '../layout.ts';
import type { Arg, Line, Program, Step } from '../program.ts';
import { checkTorch } from '../torch.ts';

const raw = fc.record({
  kind: fc.constantFrom('sum', 'mean', 'var', 'std', 'max', 'min', 'argmax', 'argmin'),
  shape: fc.array(usually([1, 2, 3, 5, 8], fc.oneof(size, fc.constantFrom(100, 257, 1031))), {
    maxLength: 4,
  }),
  dims: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  all: fc.boolean(),
  single: fc.boolean(),
  keepdim: fc.boolean(),
  correction: fc.constantFrom(1, 0),
  indices: fc.boolean(),
  values: calmValues,
  cotangent: calmValues,
  layout,
});

function programOf(c: typeof raw extends fc.Arbitrary<infer T> ? T : never): Program {
  const lines: Line[] = [];
  // At most some thousands of elements.
  let room = 5000;
  const shape = c.shape.map(n => {
    const fitted = Math.min(n, Math.max(1, room));
    room = Math.floor(room / Math.max(fitted, 1));
    return fitted;
  });
  const x = addOperand(lines, { shape, values: c.values, layout: c.layout });
  const dims = shape.map((_, i) => i).filter(i => c.dims[i]);
  const options: Record<string, Arg> = {};
  if (!c.all) options.dim = c.single ? (dims[0] ?? -1) : dims;
  if (c.keepdim && !(c.all && ['max', 'min'].includes(c.kind))) options.keepdim = true;
  if (['var', 'std'].includes(c.kind)) options.correction = c.correction;
  const step: Step = { on: 'method', name: c.kind, args: [x, options] };
  const pairs = ['max', 'min'].includes(c.kind) && !c.all;
  lines.push(pairs ? { ...step, take: c.indices ? 'indices' : 'values' } : step);
  const root = lines.length - 1;
  return { lines, results: [root], root, cotangent: c.cotangent };
}

export const reductions: Fuzzer<Program> = {
  name: 'reductions',
  cases: raw.map(programOf),
  check: program => checkTorch(program, checkValues(program, checkWays(program, false))),
  code: printWays,
};
