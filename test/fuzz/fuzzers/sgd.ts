/** Random steps of SGD beside the formulas of its documentation in float64. */
import fc from 'fast-check';
import { optim, Tensor } from 'tinygrad-ts';
import { anyValues, size, usually } from '../arbitraries.ts';
import { Finding } from '../compare.ts';
import { on } from '../execute.ts';
import type { Fuzzer } from '../fuzz.ts';
import { sizeOf } from '../program.ts';
import { numbers, type Values } from '../values.ts';

interface Param {
  readonly shape: readonly number[];
  readonly values: Values;
  /** Those of each step; null for a step without one. */
  readonly gradients: readonly (Values | null)[];
}

interface Descent {
  readonly params: readonly Param[];
  /** The learning rate of each step. */
  readonly lrs: readonly number[];
  readonly options: Required<Omit<optim.SGDOptions, 'lr'>>;
}

const mostSteps = 4;

const cases: fc.Arbitrary<Descent> = fc.record({
  params: fc.array(
    fc.record({
      shape: fc.array(usually([1, 3, 4, 8], fc.oneof(size, fc.constantFrom(67, 130))), { maxLength: 2 }),
      values: anyValues,
      gradients: fc.array(fc.option(anyValues, { freq: 5 }), {
        minLength: mostSteps,
        maxLength: mostSteps,
      }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  lrs: fc.array(fc.constantFrom(0.5, 0.1, 1, 0, 1e-3), { minLength: 1, maxLength: mostSteps }),
  options: fc
    .record({
      momentum: fc.constantFrom(0, 0.5, 0.9),
      dampening: fc.constantFrom(0, 0.25, 1),
      weightDecay: fc.constantFrom(0, 0.5, 0.01),
      nesterov: fc.boolean(),
      maximize: fc.boolean(),
    })
    .map(o => ({ ...o, nesterov: o.nesterov && o.momentum > 0 && o.dampening === 0 })),
});

interface State {
  value: number;
  buffer: number | null;
}

/** Takes one step for one number; `sign` 1 adds up the absolute values of all terms instead. */
function step(state: State, gradient: number, lr: number, options: Descent['options'], sign: 1 | -1): void {
  const { momentum, dampening, weightDecay, nesterov, maximize } = options;
  let g = maximize && sign < 0 ? -gradient : gradient;
  if (weightDecay !== 0) g += weightDecay * state.value;
  if (momentum !== 0) {
    state.buffer = state.buffer === null ? g : momentum * state.buffer + (1 - dampening) * g;
    g = nesterov ? g + momentum * state.buffer : state.buffer;
  }
  state.value += sign * lr * g;
}

/** Returns where an element ends, and the sum of the absolute values on its way. */
function follow({ lrs, options }: Descent, start: number, gradients: readonly (number | null)[]) {
  const [own, terms]: [State, State] = [
    { value: start, buffer: null },
    { value: Math.abs(start), buffer: null },
  ];
  lrs.forEach((lr, i) => {
    const gradient = gradients[i];
    if (gradient === null || gradient === undefined) return;
    step(own, gradient, lr, options, -1);
    step(terms, Math.abs(gradient), lr, options, 1);
  });
  return { value: own.value, terms: terms.value };
}

function check(descent: Descent): void {
  on('wasm');
  const { params, lrs, options } = descent;
  const drawn = params.map(p => ({
    start: numbers(p.values, sizeOf(p.shape)),
    gradients: p.gradients.map(g => g && numbers(g, sizeOf(p.shape))),
  }));
  const tensors = params.map(({ shape }, i) =>
    Tensor.from(drawn[i]!.start, { shape: [...shape], requiresGrad: true }),
  );
  const optimizer = new optim.SGD(tensors, options);
  lrs.forEach((lr, i) => {
    optimizer.paramGroups[0]!.lr = lr;
    tensors.forEach((tensor, p) => {
      const gradient = drawn[p]!.gradients[i];
      tensor.grad = gradient ? Tensor.from(gradient, { shape: [...tensor.shape] }) : null;
    });
    optimizer.step();
  });
  tensors.forEach((tensor, p) => {
    const got = tensor.detach().clone().data;
    const { start, gradients } = drawn[p]!;
    start.forEach((from, i) => {
      const { value, terms } = follow(
        descent,
        from,
        gradients.map(g => g && g[i]!),
      );
      const [ours, want] = [got[i]!, Math.fround(value)];
      if (Object.is(ours, want) || Math.abs(ours - want) <= 2e-6 * terms + 1e-44 || terms > 1e37) return;
      throw new Finding(`parameter ${p}, element ${i}: got ${ours}, not ${value}`);
    });
  });
}

export const sgd: Fuzzer<Descent> = {
  name: 'sgd',
  cases,
  check,
  code({ params, lrs, options }, message) {
    const draw = (v: Values, shape: readonly number[]) =>
      `Tensor.from(numbers({ kind: '${v.kind}', seed: ${v.seed} }, ${sizeOf(shape)}), { shape: [${shape}] })`;
    const lines = params.map(
      ({ shape, values }, p) => `const p${p} = ${draw(values, shape)}.requiresGrad_();`,
    );
    const steps = lrs.flatMap((lr, i) => [
      `optimizer.paramGroups[0]!.lr = ${lr};`,
      ...params.map(({ shape, gradients }, p) => {
        const gradient = gradients[i];
        return `p${p}.grad = ${gradient ? draw(gradient, shape) : 'null'};`;
      }),
      'optimizer.step();',
    ]);
    return [
      `// ${message}`,
      "import { optim, Tensor } from 'tinygrad-ts';",
      "import { numbers } from './test/fuzz/values.ts'; // a kind and a seed stand for numbers",
      '',
      ...lines,
      `const optimizer = new optim.SGD([${params.map((_, p) => `p${p}`).join(', ')}], ${JSON.stringify(options)});`,
      ...steps,
      ...params.map((_, p) => `console.log(String(p${p}));`),
      '',
    ].join('\n');
  },
};
