/** Random programs of up to ten public ops: the same bits in every way to run them, and near to float64. */
import fc from 'fast-check';
import { calmValues, size } from '../arbitraries.ts';
import { Builder } from '../builder.ts';
import { checkValues, checkWays } from '../checks.ts';
import { Chooser } from '../chooser.ts';
import { printWays } from '../code.ts';
import type { Fuzzer } from '../fuzz.ts';
import { elementwise } from '../ops/elementwise.ts';
import { neural } from '../ops/neural.ts';
import { reduction } from '../ops/reduction.ts';
import { shaping } from '../ops/shaping.ts';
import { type Leaf, type Program, smaller } from '../program.ts';
import { checkTorch } from '../torch.ts';
import type { Values } from '../values.ts';

export const ops = { ...elementwise, ...shaping, ...reduction, ...neural };

const numbers = (length: number) => fc.array(fc.nat(9999), { minLength: length, maxLength: length });

const shape = fc.oneof(
  { weight: 4, arbitrary: fc.array(size, { maxLength: 4 }) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(1, 2, 5), fc.constantFrom(4, 8, 16, 1, 3), size, size) },
  { weight: 1, arbitrary: fc.constantFrom([64, 67], [3, 8, 8, 16], [2, 16, 12, 12], [1031], [5, 300]) },
);

interface RawLeaf {
  readonly values: Values;
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly requiresGrad: boolean;
  /** How its shape comes from the first one's. */
  readonly relation: number;
  readonly ones: readonly number[];
}

interface Raw {
  readonly shape: readonly number[];
  readonly leaves: readonly RawLeaf[];
  readonly steps: readonly { readonly op: string; readonly numbers: readonly number[] }[];
  readonly results: readonly number[];
  readonly root: number;
  readonly cotangent: Values;
  readonly twice: boolean;
  readonly threads: boolean;
}

const leaf: fc.Arbitrary<RawLeaf> = fc.record({
  values: calmValues,
  dtype: fc.oneof(
    { weight: 8, arbitrary: fc.constant('float32' as const) },
    { weight: 2, arbitrary: fc.constantFrom('int32' as const, 'bool' as const) },
  ),
  requiresGrad: fc.boolean(),
  relation: fc.nat(5),
  ones: numbers(4),
});

/** The kernels of networks have the most plans, and become parts of chains. */
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...Object.keys(ops)) },
  { weight: 1, arbitrary: fc.constantFrom('relu', 'add', 'mul', 'conv2d', 'batchNorm', 'maxPool2d') },
);

const raw: fc.Arbitrary<Raw> = fc.record({
  shape,
  leaves: fc.array(leaf, { minLength: 1, maxLength: 3 }),
  steps: fc.array(fc.record({ op: name, numbers: numbers(10) }), {
    minLength: 1,
    maxLength: 12,
    size: 'max',
  }),
  results: fc.array(fc.nat(20), { maxLength: 2 }),
  root: fc.nat(9),
  cotangent: calmValues,
  twice: fc.boolean(),
  threads: fc.integer({ min: 0, max: 19 }).map(n => n === 19),
});

/** Returns the shape of a further operand: that of the first, or one that it broadcasts with. */
function related(first: readonly number[], { relation, ones }: RawLeaf): readonly number[] {
  if (relation < 2) return first;
  if (relation === 2) return first.map((n, i) => (ones[i % 4]! % 2 === 0 ? 1 : n));
  if (relation === 3) return first.slice(ones[0]! % (first.length + 1));
  if (relation === 4) return [];
  return [...first].reverse();
}

function build({ shape, leaves, steps, results, root, cotangent, twice }: Raw): Program {
  const builder = new Builder();
  leaves.forEach((raw, i) => {
    const { dtype, values, requiresGrad } = raw;
    const leaf: Leaf = {
      shape: i === 0 ? shape : related(shape, raw),
      dtype,
      values,
      requiresGrad: requiresGrad && dtype === 'float32',
    };
    builder.leaf(leaf);
  });
  for (const { op, numbers } of steps) {
    const step = ops[op as keyof typeof ops]!(new Chooser(numbers, builder));
    const largest = Math.max(...builder.known.map(x => x.shape.reduce((a, b) => a * b, 1)));
    if (step && largest < 50_000) builder.step(step);
  }
  return builder.program(results, root, cotangent, twice);
}

export const programs: Fuzzer<{ program: Program; threads: boolean }> = {
  name: 'programs',
  cases: raw.map(from => ({ program: build(from), threads: from.threads })),
  check({ program, threads }) {
    return checkTorch(program, checkValues(program, checkWays(program, threads)));
  },
  *smaller({ program, threads }) {
    if (threads) yield { program, threads: false };
    for (const less of smaller(program)) yield { program: less, threads };
  },
  code: ({ program }, message) => printWays(program, message),
};
