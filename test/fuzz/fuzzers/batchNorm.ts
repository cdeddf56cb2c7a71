/** Random batch normalisation, in training and in testing, of two to four dims. */
import fc from 'fast-check';
import { calmValues, size, usually } from '../arbitraries.ts';
import { checkValues, checkWays } from '../checks.ts';
import { printWays } from '../code.ts';
import type { Fuzzer } from '../fuzz.ts';
import { addOperand, layout } from '../layout.ts';
import type { Arg, Line, Program } from '../program.ts';
import { checkTorch } from '../torch.ts';

const raw = fc.record({
  batch: usually([1, 2, 4], size),
  channels: usually([1, 4, 8, 16], size),
  spatial: fc.array(usually([1, 2, 4, 8], size), { maxLength: 2 }),
  training: fc.boolean(),
  running: fc.boolean(),
  scaled: fc.boolean(),
  momentum: fc.constantFrom(0.5, 0.125, 0, 1),
  eps: fc.constantFrom(0.25, 1e-5, 0.001),
  values: fc.tuple(calmValues, calmValues, calmValues),
  cotangent: calmValues,
  seed: fc.nat(999),
  recorded: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  layout,
});

function programOf(c: typeof raw extends fc.Arbitrary<infer T> ? T : never): Program {
  const lines: Line[] = [];
  const perChannel = [c.channels];
  const [x, weight, bias] = c.values.map((values, i) =>
    i > 0 && !c.scaled
      ? null
      : addOperand(lines, {
          shape: i === 0 ? [c.batch, c.channels, ...c.spatial] : perChannel,
          values,
          layout: i === 0 ? c.layout : 'dense',
          requiresGrad: c.recorded[i]!,
        }),
  );
  const stat = (seed: number) =>
    addOperand(lines, { shape: perChannel, values: { kind: 'positive', seed }, requiresGrad: false });
  const running = c.running || !c.training;
  const [mean, variance] = running ? [stat(c.seed), stat(c.seed + 1)] : [null, null];
  const { training, momentum, eps } = c;
  const options: Record<string, Arg> = { training, momentum, eps };
  if (weight && bias) Object.assign(options, { weight, bias });
  lines.push({ on: 'functional', name: 'batchNorm', args: [x!, mean, variance, options] });
  const root = lines.length - 1;
  const results = [root, ...[mean, variance].flatMap(r => (r ? [r.line] : []))];
  return { lines, results, root: c.recorded.includes(true) ? root : null, cotangent: c.cotangent };
}

export const batchNorm: Fuzzer<Program> = {
  name: 'batchNorm',
  cases: raw.map(programOf),
  check: program => checkTorch(program, checkValues(program, checkWays(program, false))),
  code: printWays,
};
