/** Prints a program as TypeScript that a person can paste and run. */
import {
  type Arg,
  elementsOf,
  isLeaf,
  isRef,
  type Leaf,
  type Line,
  type Program,
  type Step,
} from './program.ts';
import type { Values } from './values.ts';

/** More elements than this are drawn by the printed program, too. */
const literal = 64;

const name = (line: number, lines: readonly Line[]) => `${isLeaf(lines[line]!) ? 'x' : 'y'}${line}`;

/** Returns a number as it is written; JSON has no NaN, and no -0. */
const number = (v: number) => (Object.is(v, -0) ? '-0' : String(v));

function printArg(arg: Arg, lines: readonly Line[]): string {
  if (typeof arg === 'number') return number(arg);
  if (typeof arg === 'string') return `'${arg}'`;
  if (typeof arg !== 'object' || arg === null) return String(arg);
  if (isRef(arg)) return name(arg.line, lines);
  if (Array.isArray(arg)) return `[${arg.map(item => printArg(item, lines)).join(', ')}]`;
  return `{ ${Object.entries(arg)
    .map(([key, item]) => `${key}: ${printArg(item, lines)}`)
    .join(', ')} }`;
}

function printStep({ on, name: call, args, take }: Step, lines: readonly Line[]): string {
  const printed = args.map(arg => printArg(arg, lines));
  const target = { method: () => printed.shift()!, functional: () => 'F', Tensor: () => 'Tensor' }[on]();
  return `${target}.${call}(${printed.join(', ')})${take ? `.${take}` : ''}`;
}

function printElements(values: Values | readonly number[], elements: readonly number[]): string {
  if (elements.length > 1 && elements.every(v => Object.is(v, elements[0]))) {
    return `new Array(${elements.length}).fill(${number(elements[0]!)})`;
  }
  if (elements.length <= literal || !('kind' in values)) return `[${elements.map(number).join(', ')}]`;
  return `numbers({ kind: '${values.kind}', seed: ${values.seed} }, ${elements.length})`;
}

function printLeaf(leaf: Leaf): string {
  const { shape, dtype, values, requiresGrad } = leaf;
  const options = [
    `shape: [${shape.join(', ')}]`,
    ...(dtype === 'float32' ? [] : [`dtype: '${dtype}'`]),
    ...(requiresGrad ? ['requiresGrad: true'] : []),
  ];
  return `Tensor.from(${printElements(values, elementsOf(leaf))}, { ${options.join(', ')} })`;
}

const fast = ["configure({ backend: 'wasm' });", 'run(forward);'];
const plain = ["configure({ backend: 'reference' });", 'run(forward);'];

/** Returns TypeScript that runs programs, one after the other, by the fast kernels and by the plain ones. */
export function printChecks(programs: readonly Program[], message: string): string {
  return [head(message), ...programs.map(program => printProgram(program, [...fast, ...plain]))].join('\n');
}

/** Returns TypeScript that runs a program op by op and in a module, and by the plain kernels. */
export function printWays(program: Program, message: string): string {
  const calls = [...fast, 'run((...operands) => model.call(...operands));', ...plain];
  return [head(message), printProgram(program, calls)].join('\n');
}

function head(message: string): string {
  return [
    ...message.split('\n').map(line => `// ${line}`),
    "import { configure, nn, Tensor } from 'tinygrad-ts';",
    "import { numbers } from './test/fuzz/values.ts'; // a kind and a seed stand for numbers",
    '',
    'const F = nn.functional;',
  ].join('\n');
}

/** Returns a block that runs a program by each of these calls, and prints what comes of it. */
function printProgram(program: Program, calls: readonly string[]): string {
  const { lines, results, root } = program;
  const leaves = lines.map((line, i) => [line, i] as const).filter(([line]) => isLeaf(line));
  const operands = leaves.map(([, i]) => name(i, lines)).join(', ');
  const steps = lines.flatMap((line, i) =>
    isLeaf(line) ? [] : [`  const ${name(i, lines)} = ${printStep(line, lines)};`],
  );
  const block = [
    'const leaves = () => [',
    ...leaves.map(([leaf]) => `  ${printLeaf(leaf as Leaf)},`),
    '] as const;',
    'type Leaves = ReturnType<typeof leaves>;',
    `const forward = (...[${operands}]: Leaves) => {`,
    ...steps,
    `  return [${results.map(line => name(line, lines)).join(', ')}];`,
    '};',
    'class Model extends nn.Module {',
    '  forward(...operands: Leaves) {',
    '    return forward(...operands);',
    '  }',
    '}',
    'const model = new Model();',
    'function run(call: (...operands: Leaves) => Tensor[]) {',
    '  const operands = leaves();',
    '  const results = call(...operands);',
    ...(root === null ? [] : printWayBack(program, results.indexOf(root))),
    '  for (const x of results) console.log(String(x));',
    "  for (const x of operands) if (x.requiresGrad) console.log('gradient', String(x.grad));",
    '}',
    ...calls,
  ];
  return `{\n${block.map(line => `  ${line}`).join('\n')}\n}\n`;
}

function printWayBack({ cotangent, twice }: Program, root: number): string[] {
  const { kind, seed } = cotangent;
  return [
    `  const root = results[${root}]!;`,
    `  const dy = Tensor.from(numbers({ kind: '${kind}', seed: ${seed} }, root.numel()), { shape: root.shape });`,
    ...(twice ? ['  if (root.requiresGrad) root.backward(dy, { retainGraph: true });'] : []),
    '  if (root.requiresGrad) root.backward(dy);',
  ];
}
