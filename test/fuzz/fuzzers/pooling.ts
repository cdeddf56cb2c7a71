/** Random pooling, with windows that hang over and lie between pixels, ties and NaN. */
import fc from 'fast-check';
import { checkAlone } from '../alone.ts';
import { calmValues, pair, size, usually } from '../arbitraries.ts';
import { checkValues, checkWays } from '../checks.ts';
import { printWays } from '../code.ts';
import type { Fuzzer } from '../fuzz.ts';
import { addOperand, layout } from '../layout.ts';
import type { Arg, Line, Program, Step } from '../program.ts';
import { checkTorch } from '../torch.ts';

const raw = fc.record({
  kind: fc.constantFrom('maxPool2d', 'avgPool2d'),
  batch: usually([1, 2], fc.nat(5)),
  channels: usually([1, 4, 8, 16], size),
  image: pair(usually([1, 2, 4, 5, 8, 12], fc.integer({ min: 1, max: 30 }))),
  kernel: pair(usually([1, 2, 3], fc.integer({ min: 1, max: 6 }))),
  stride: pair(fc.nat(4)),
  padding: pair(fc.nat(3)),
  dilation: pair(usually([1], fc.integer({ min: 1, max: 4 }))),
  ceilMode: fc.boolean(),
  countIncludePad: fc.boolean(),
  divisorOverride: usually([0], fc.integer({ min: -2, max: 5 })),
  unbatched: fc.boolean(),
  values: calmValues,
  cotangent: calmValues,
  layout,
});

function programOf(c: typeof raw extends fc.Arbitrary<infer T> ? T : never): Program {
  const dilation = c.kind === 'maxPool2d' ? c.dilation : ([1, 1] as const);
  const padding = c.padding.map((p, i) => p % (Math.floor(c.kernel[i]! / 2) + 1));
  // Mostly windows that there is room for.
  const image = c.image.map((n, i) =>
    Math.max(n, dilation[i]! * (c.kernel[i]! - 1) + 1 - 2 * padding[i]!, 1),
  );
  const shape = c.unbatched ? [c.channels, ...image] : [c.batch, c.channels, ...image];
  const lines: Line[] = [];
  const x = addOperand(lines, { shape, values: c.values, layout: c.layout });
  const options: Record<string, Arg> = { padding, ceilMode: c.ceilMode };
  if (!c.stride.includes(0)) options.stride = c.stride;
  if (c.kind === 'maxPool2d') options.dilation = dilation;
  else {
    options.countIncludePad = c.countIncludePad;
    if (c.divisorOverride !== 0) options.divisorOverride = c.divisorOverride;
  }
  lines.push({ on: 'functional', name: c.kind, args: [x, c.kernel, options] });
  const root = lines.length - 1;
  return { lines, results: [root], root, cotangent: c.cotangent };
}

/** Whether windows have gaps, and begin in the padding. */
function hasGaps({ lines }: Program): boolean {
  const { args } = lines.at(-1) as Step;
  const { padding, dilation = [1, 1] } = args[2] as Record<string, readonly number[]>;
  return dilation.some(d => d > 1) && padding!.some(p => p > 0);
}

export const pooling: Fuzzer<Program> = {
  name: 'pooling',
  cases: raw.map(programOf),
  check(program) {
    const outcome = checkWays(program, false);
    checkAlone(program, outcome);
    const truth = checkValues(program, outcome);
    // PyTorch finds the maximum of a window that lies between all pixels outside of the image.
    return hasGaps(program) ? undefined : checkTorch(program, truth);
  },
  code: printWays,
};
