import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { nn } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Returns what a program, bundled with the library and minified, leaves as its default export. */
function minified(program: string): unknown {
  const { outputFiles } = buildSync({
    stdin: { contents: program, resolveDir: root, loader: 'ts' },
    alias: { 'tinygrad-ts': join(root, 'src/index.ts') },
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    globalName: 'bundled',
    platform: 'neutral',
    target: 'es2022',
  });
  const code = outputFiles[0]!.text;
  return (runInThisContext(`(() => { ${code}; return bundled; })()`) as { default: unknown }).default;
}

const layers = `[
  new nn.Linear(1, 1), new nn.Conv2d(1, 1, 1), new nn.BatchNorm2d(1), new nn.ReLU(), new nn.Flatten(), new nn.LogSoftmax(1),
  new nn.Dropout(), new nn.Dropout2d(), new nn.MaxPool2d(2), new nn.AvgPool2d(2), new nn.NLLLoss(), new nn.CrossEntropyLoss(),
  new nn.Sequential(new nn.ReLU()), new nn.ModuleList([new nn.ReLU()]),
]`;

describe("the names of the library's layers", () => {
  it('are printed in full by a minified bundle', () => {
    const printed = minified(`
      import { nn } from 'tinygrad-ts';
      export default ${layers}.map(String);
    `) as string[];
    const names = Object.keys(nn).filter(
      name => /^[A-Z]/.test(name) && !['Module', 'Parameter'].includes(name),
    );
    expect(printed.map(text => text.split('(')[0]).sort()).toEqual(names.sort());
    expect(printed[12]).toBe('Sequential(\n  (0): ReLU()\n)');
  });

  it('stand in the errors of a minified bundle', () => {
    const messages = minified(`
      import { nn, optim } from 'tinygrad-ts';
      const message = f => { try { f(); return null; } catch (error) { return error.message; } };
      export default [
        () => new optim.SGD(new nn.Linear(1, 1)),
        () => new nn.Dropout2d({ p: 2 }),
        () => new nn.Sequential(new nn.ReLU()).loadStateDict({ a: 1 }),
        () => new nn.ReLU().call(new nn.Parameter(new nn.Linear(1, 1))),
        () => new nn.ModuleList([new nn.Linear(1, 1).weight]),
      ].map(message);
    `) as string[];
    expect(messages[0]).toContain('got Linear;');
    expect(messages[1]).toMatch(/^Dropout2d: /);
    expect(messages[2]).toContain('state_dict for Sequential:');
    expect(messages[3]).toMatch(/got Linear\b/);
    expect(messages[4]).toContain('got Parameter');
  });

  it('are not those of classes that extend them', () => {
    class Head extends nn.Linear {}
    expect(String(new Head(1, 2))).toBe('Head(in_features=1, out_features=2, bias=True)');
  });
});
