/** Random convolutions: results and gradients within a bound of what they sum, and an image apart from its batch. */
import fc from 'fast-check';
import { checkAlone } from '../alone.ts';
import { anyValues, pair, shorter, usually } from '../arbitraries.ts';
import { printChecks } from '../code.ts';
import { execute, on } from '../execute.ts';
import type { Fuzzer } from '../fuzz.ts';
import { addOperand, type Layout, layout } from '../layout.ts';
import { checkSums } from '../linear.ts';
import type { Line, Program } from '../program.ts';
import { checkTorch } from '../torch.ts';
import type { Values } from '../values.ts';

export interface Convolution {
  readonly batch: number;
  readonly image: readonly [number, number];
  /** Input and output channels of a group. */
  readonly inner: number;
  readonly outer: number;
  readonly groups: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number] | 'same' | 'valid';
  readonly dilation: readonly [number, number];
  readonly bias: boolean;
  readonly values: readonly [Values, Values, Values];
  readonly layouts: readonly [Layout, Layout];
  readonly cotangent: Values;
}

const channels = usually([1, 4, 8, 16, 24, 32], fc.integer({ min: 1, max: 40 }));
const squeezed = (n: number, most: number) => Math.max(1, Math.min(n, most));

const raw = fc.record({
  batch: usually([1, 2], fc.integer({ min: 0, max: 9 })),
  image: pair(usually([1, 2, 4, 7, 8, 12], fc.integer({ min: 1, max: 30 }))),
  inner: channels,
  outer: channels,
  groups: usually([1], fc.constantFrom(2, 3, 4, 5, 8, 12)),
  depthwise: fc.boolean(),
  kernel: pair(usually([1, 3, 5], fc.integer({ min: 1, max: 7 }))),
  stride: pair(usually([1], fc.constantFrom(2, 3))),
  padding: fc.oneof(
    { weight: 3, arbitrary: pair(fc.nat(9)) },
    { weight: 1, arbitrary: fc.constantFrom('same' as const, 'valid' as const) },
  ),
  dilation: pair(usually([1], fc.constantFrom(2, 3))),
  bias: fc.boolean(),
  values: fc.tuple(anyValues, anyValues, anyValues),
  layouts: fc.tuple(layout, layout),
  cotangent: anyValues,
  /** How many products a case has at most, if its batch allows: the plain kernels take some 10 ns for each. */
  products: usually([3e5], fc.constantFrom(1e6, 4e6)),
});

type Raw = typeof raw extends fc.Arbitrary<infer T> ? T : never;

/** One convolution, or two of which the second has something in common with the first: they may share a kernel. */
const cases: fc.Arbitrary<readonly Convolution[]> = fc
  .tuple(raw, fc.option(fc.tuple(raw, fc.array(fc.boolean(), { minLength: 13, maxLength: 13 }))))
  .map(([first, other]) => {
    if (!other) return [fitting(first)];
    const [second, own] = other;
    const mixed = Object.keys(first).map((key, i) => [key, (own[i] ? second : first)[key as keyof Raw]]);
    return [first, Object.fromEntries(mixed) as Raw].map(fitting);
  });

/** Returns a convolution that exists: the padding up to two beyond the kernel, strides not with 'same'. */
function fitting({ depthwise, ...c }: Raw): Convolution {
  const [inner, outer] = depthwise && c.groups > 1 ? [1, squeezed(c.outer, 2)] : [c.inner, c.outer];
  const groups =
    c.groups === 1 ? 1 : squeezed(c.groups, Math.max(2, Math.floor(40 / Math.max(inner, outer))));
  const reach = c.kernel.map((k, i) => c.dilation[i]! * (k - 1) + 1);
  const needed = reach.map((r, i) => Math.max(0, Math.ceil((r - c.image[i]!) / 2)));
  const fitted = (p: readonly number[]) =>
    p.map((n, i) => Math.max(needed[i]!, n % (c.kernel[i]! + 3))) as [number, number];
  const fits = needed.every(n => n === 0);
  const padding =
    typeof c.padding !== 'string' ? fitted(c.padding) : c.padding === 'valid' && !fits ? 'same' : c.padding;
  const products = c.image[0] * c.image[1] * groups * inner * outer * c.kernel[0] * c.kernel[1];
  return {
    ...c,
    inner,
    outer,
    groups,
    padding,
    stride: padding === 'same' ? [1, 1] : c.stride,
    batch: Math.min(c.batch, Math.ceil(c.products / products)),
  };
}

function programOf(c: Convolution): Program {
  const { batch, image, inner, outer, groups, kernel, values, layouts } = c;
  const lines: Line[] = [];
  const x = addOperand(lines, {
    shape: [batch, groups * inner, ...image],
    values: values[0],
    layout: layouts[0],
  });
  const w = addOperand(lines, {
    shape: [groups * outer, inner, ...kernel],
    values: values[1],
    layout: layouts[1],
  });
  const b = c.bias ? addOperand(lines, { shape: [groups * outer], values: values[2] }) : null;
  const { stride, padding, dilation } = c;
  lines.push({ on: 'functional', name: 'conv2d', args: [x, w, b, { stride, padding, dilation, groups }] });
  const root = lines.length - 1;
  return { lines, results: [root], root, cotangent: c.cotangent };
}

async function check(c: Convolution): Promise<void> {
  const program = programOf(c);
  on('wasm');
  const outcome = execute(program);
  const truth = checkSums(program, outcome);
  checkAlone(program, outcome);
  await checkTorch(program, truth);
}

export const convolutions: Fuzzer<readonly Convolution[]> = {
  name: 'convolution',
  cases,
  async check(all) {
    for (const c of all) await check(c);
  },
  smaller: shorter,
  code: (all, message) => printChecks(all.map(programOf), message),
};
