import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Source text by path from the root of the repository. */
type Sources = ReadonlyMap<string, string>;

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Erased by the compiler: nothing is left of it when the code runs. */
  readonly typeOnly: boolean;
}

function readSources(...folders: string[]): Sources {
  return new Map(
    folders
      .filter(folder => existsSync(join(root, folder)))
      .flatMap(folder =>
        readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
          .filter(entry => entry.isFile() && /\.[mc]?[tj]sx?$/.test(entry.name))
          .map(entry => join(entry.parentPath, entry.name))
          .filter(path => !path.includes('node_modules'))
          .map(path => [relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8')] as const),
      ),
  );
}

// A clause is `* as x`, `{ … }`, a default name, or a default name with one of the others.
const statement =
  /^\s*(?:import|export)\s+(type\s+)?((?:[\w$]+\s*,\s*)?(?:\*(?:\s+as\s+[\w$]+)?|\{[^}]*\}|[\w$]+))\s*from\s*['"]([^'"]+)['"]/gm;
const bare = /^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

function importsOf(from: string, text: string): Import[] {
  const named = [...text.matchAll(statement)].map(([, type, clause, specifier]) => {
    const inner = /^\{([^}]*)\}$/.exec(clause)?.[1];
    const members = inner?.split(',').map(member => member.trim());
    const filled = members?.filter(member => member !== '');
    return {
      from,
      specifier,
      typeOnly: type !== undefined || (filled?.every(member => member.startsWith('type ')) ?? false),
    };
  });
  const unnamed = [...text.matchAll(bare)].map(([, effect, dynamic]) => ({
    from,
    specifier: effect ?? dynamic,
    typeOnly: false,
  }));
  return [...named, ...unnamed];
}

const isRelative = (specifier: string) => specifier.startsWith('.');
const target = ({ from, specifier }: Import) => posix.join(posix.dirname(from), specifier);

const leaves = ['shape', 'arguments', 'errors', 'dtype'];
const user = ['tensor.ts', 'scope', 'grad-mode', 'random', ...leaves];

/** What each part of the library may import, besides itself. */
const rules: Readonly<Record<string, readonly string[]>> = {
  'backend/wasm/asm': [],
  'backend/wasm/kernels': ['backend/wasm/asm', 'backend/kernels', 'backend/array'],
  'backend/kernels': ['backend/array', ...leaves],
  'backend/array': leaves,
  backend: ['backend/kernels', 'backend/array', 'backend/wasm/asm', 'backend/wasm/kernels', ...leaves],
  ops: ['backend/kernels', 'backend/array', ...leaves],
  tape: ['ops', 'backend', 'backend/kernels', 'backend/array', 'grad-mode', ...leaves],
  'grad-mode': leaves,
  'tensor/': [
    'tensor.ts',
    'tape',
    'grad-mode',
    'ops',
    'backend',
    'backend/kernels',
    'backend/array',
    'random',
    'format',
    ...leaves,
  ],
  'tensor.ts': [
    'tensor/',
    'tape',
    'grad-mode',
    'ops',
    'backend',
    'backend/kernels',
    'backend/array',
    'random',
    'format',
    ...leaves,
  ],
  nn: user,
  optim: user,
  data: user,
  io: user,
  scope: ['tensor.ts', 'grad-mode', 'backend', 'backend/array', ...leaves],
  gradcheck: user,
  profile: ['backend', 'backend/array', ...leaves],
  errors: [],
  arguments: ['errors'],
  dtype: ['arguments', 'errors'],
  shape: ['arguments', 'errors'],
  random: ['arguments', 'errors'],
  format: leaves,
  index: ['tensor/', 'backend', 'nn', 'optim', 'data', 'io', 'gradcheck', 'profile', ...user],
  node: ['nn', 'optim', 'data', 'io', ...user],
};

const sameFolder = [
  'tape',
  'backend/wasm/asm',
  'backend/wasm/kernels',
  'backend',
  'ops',
  'nn',
  'optim',
  'data',
  'io',
  'node',
];

/** Returns the part of the library that a file belongs to; null for one that no rule knows. */
function partOf(path: string): string | null {
  const inner = path.replace(/^src\//, '');
  if (inner.startsWith('tensor/')) return 'tensor/';
  if (inner === 'tensor.ts') return 'tensor.ts';
  const name = inner.replace(/\.ts$/, '');
  if (name in rules) return name;
  return sameFolder.find(folder => name.startsWith(`${folder}/`)) ?? null;
}

/** Returns why an import is wrong, or null. */
function complaint(entry: Import): string | null {
  const { from, specifier } = entry;
  const wrong = (why: string) => `${from}: '${specifier}' ${why}`;
  if (!from.startsWith('src/')) {
    if (isRelative(specifier)) {
      const inside = target(entry).startsWith(`${from.split('/')[0]}/`);
      return inside ? null : wrong('leaves its folder; take the package by name');
    }
    const ofPackage = specifier === 'tinygrad-ts' || specifier.startsWith('tinygrad-ts/');
    const fits = !ofPackage || ['tinygrad-ts', 'tinygrad-ts/node', 'tinygrad-ts/asm'].includes(specifier);
    return fits ? null : wrong('is no entry of the package');
  }
  const part = partOf(from);
  if (part === null) return wrong('is imported by a file that no rule knows');
  if (!isRelative(specifier)) {
    return part === 'node' && specifier.startsWith('node:') ? null : wrong('is outside the library');
  }
  const to = partOf(target(entry));
  if (to === null) return wrong('is a file that no rule knows');
  if (to !== part && !rules[part].includes(to)) return wrong(`is ${to}, which ${part} may not use`);
  return null;
}

function complaints(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    importsOf(path, text).flatMap(entry => complaint(entry) ?? []),
  );
}

/** Returns a chain of value imports that leads back to its start, or null. */
function cycle(sources: Sources): string[] | null {
  const done = new Set<string>();
  const visit = (path: string, chain: readonly string[]): string[] | null => {
    if (chain.includes(path)) return [...chain.slice(chain.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const entry of importsOf(path, sources.get(path) ?? '')) {
      if (entry.typeOnly || !isRelative(entry.specifier)) continue;
      const found = visit(target(entry), [...chain, path]);
      if (found) return found;
    }
    done.add(path);
    return null;
  };
  for (const path of sources.keys()) {
    const found = visit(path, []);
    if (found) return found;
  }
  return null;
}

/** Returns the files that define an op which nothing imports. */
function unusedOps(sources: Sources): string[] {
  const used = new Set(
    [...sources].flatMap(([path, text]) =>
      importsOf(path, text)
        .filter(entry => isRelative(entry.specifier) && !entry.typeOnly)
        .map(target),
    ),
  );
  return [...sources]
    .filter(([path, text]) => /=\s*defineOp\b/.test(text) && !used.has(path))
    .map(([path]) => path);
}

/** Returns the relative imports of files that do not exist. */
function dangling(sources: Sources): string[] {
  return [...sources].flatMap(([path, text]) =>
    importsOf(path, text)
      .filter(entry => isRelative(entry.specifier) && !sources.has(target(entry)))
      .map(entry => `${path}: ${entry.specifier}`),
  );
}

describe('layering', () => {
  const sources = readSources('src', 'examples', 'bench');

  it('finds the imports of the library', () => {
    expect(sources.size).toBeGreaterThan(80);
    expect(importsOf('src/tensor.ts', sources.get('src/tensor.ts') ?? '').length).toBeGreaterThan(8);
  });

  it('sees every from that stands in a file', () => {
    for (const [path, text] of sources) {
      const written = [...text.matchAll(/^(?!\s*(?:\/\/|\/?\*)).*\bfrom '[^']+'/gm)].length;
      const seen = importsOf(path, text).filter(entry => text.includes(`from '${entry.specifier}'`)).length;
      expect(seen, path).toBeGreaterThanOrEqual(written);
    }
  });

  it('lets each part import only what stands below it', () => {
    expect(complaints(sources)).toEqual([]);
  });

  it('imports only files that exist', () => {
    expect(dangling(sources)).toEqual([]);
  });

  it('has no cycle among the imports that are left when the code runs', () => {
    expect(cycle(sources)).toBeNull();
  });

  it('uses every op', () => {
    expect(unusedOps(sources)).toEqual([]);
  });
});

describe('the layering checker', () => {
  const check = (path: string, text: string) => complaints(new Map([[path, text]]));

  it.each([
    [
      'asm leaving its folder',
      'src/backend/wasm/asm/module.ts',
      "import { describe } from '../../../errors.ts';",
    ],
    [
      'a wasm kernel using shapes',
      'src/backend/wasm/kernels/add.ts',
      "import { numel } from '../../../shape.ts';",
    ],
    ['the backend using an op', 'src/backend/select.ts', "import { add } from '../ops/add.ts';"],
    [
      'an op using a tensor, be it for types',
      'src/ops/add.ts',
      "import type { Tensor } from '../tensor.ts';",
    ],
    ['an op choosing a backend', 'src/ops/add.ts', "import { kernelsFor } from '../backend/select.ts';"],
    ['the tape using a tensor', 'src/tape.ts', "import { Tensor } from './tensor.ts';"],
    ['the tape drawing numbers', 'src/tape.ts', "import { generator } from './random.ts';"],
    ['a tensor using a module', 'src/tensor/core.ts', "import { Module } from '../nn/module.ts';"],
    ['a module using an op', 'src/nn/linear.ts', "import { linear } from '../ops/linear.ts';"],
    [
      'a module using the backend',
      'src/nn/functional/loss.ts',
      "import { hostArray } from '../../backend/array.ts';",
    ],
    [
      'a module using the inside of the tape',
      'src/nn/module.ts',
      "import { apply, noGrad } from '../tape.ts';",
    ],
    ['a module taking the whole tape', 'src/nn/module.ts', "import * as tape from '../tape.ts';"],
    [
      'a module using the inside of the tensor',
      'src/nn/module.ts',
      "import { TensorCore } from '../tensor/core.ts';",
    ],
    ['an optimizer using a module', 'src/optim/sgd.ts', "import { Module } from '../nn/module.ts';"],
    ['data through a dynamic import', 'src/data/idx.ts', "const ops = await import('../ops/add.ts');"],
    ['shapes using dtypes', 'src/shape.ts', "import { promote } from './dtype.ts';"],
    ['a re-export that reaches up', 'src/dtype.ts', "export * from './tensor.ts';"],
    [
      'an import over several lines',
      'src/ops/add.ts',
      "import {\n  type A,\n  B,\n} from '../tensor/core.ts';",
    ],
    ['Node outside node/', 'src/data/idx.ts', "import { readFileSync } from 'node:fs';"],
    ['a package as a dependency', 'src/format.ts', "import leftPad from 'left-pad';"],
    ['the library importing itself by name', 'src/nn/module.ts', "import { Tensor } from 'tinygrad-ts';"],
    ['an import for its effect', 'src/ops/add.ts', "import '../tensor.ts';"],
    [
      'an example reaching into the library',
      'examples/mnist.ts',
      "import { Tensor } from '../src/tensor.ts';",
    ],
    [
      'an example reaching past the entries',
      'examples/mnist.ts',
      "import x from 'tinygrad-ts/dist/tensor.js';",
    ],
    ['a benchmark using an example', 'bench/step.ts', "import { net } from '../examples/net.ts';"],
    ['a file in no part', 'src/utils.ts', "import { numel } from './shape.ts';"],
  ])('catches %s', (_, path, text) => {
    expect(check(path, text)).toHaveLength(1);
  });

  it.each([
    ['src/nn/linear.ts', "import { noGrad } from '../grad-mode.ts';"],
    ['src/nn/functional/loss.ts', "import type { Tensor } from '../../tensor.ts';"],
    ['src/node/read-file.ts', "import { readFileSync } from 'node:fs';"],
    ['src/node.ts', "export { readFile } from './node/read-file.ts';"],
    ['src/backend/wasm/kernels/add.ts', "import { i32 } from '../asm/index.ts';"],
    ['examples/mnist.ts', "import { SingleBar } from 'cli-progress';\nimport { nn } from 'tinygrad-ts';"],
    ['src/ops/add.ts', "// not an import: from '../tensor.ts'\n"],
  ])('lets %s do what it may', (path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it('catches a cycle of values, and lets types point back', () => {
    const back = (text: string) =>
      new Map([
        ['src/tensor.ts', "import { a } from './tensor/a.ts';"],
        ['src/tensor/a.ts', text],
      ]);
    expect(cycle(back("import { Tensor } from '../tensor.ts';"))).toEqual([
      'src/tensor.ts',
      'src/tensor/a.ts',
      'src/tensor.ts',
    ]);
    expect(cycle(back("import type { Tensor } from '../tensor.ts';"))).toBeNull();
    expect(cycle(back("import { type Tensor } from '../tensor.ts';"))).toBeNull();
  });

  it('catches an op that nothing uses', () => {
    const sources = new Map([
      ['src/ops/add.ts', 'export const add = defineOp<readonly [NdArray]>({});'],
      ['src/ops/sub.ts', 'export const sub = defineOp<readonly [NdArray]>({});'],
      ['src/tensor.ts', "import { add } from './ops/add.ts';"],
    ]);
    expect(unusedOps(sources)).toEqual(['src/ops/sub.ts']);
  });
});
