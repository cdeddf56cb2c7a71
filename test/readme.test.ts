import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsx = createRequire(import.meta.url).resolve('tsx/cli');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

// The examples have to lie in the repository to import the package by name, as examples/ do.
const folder = mkdtempSync(join(root, 'test', 'readme-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the contents of the fenced blocks in this language, in their order. */
function blocks(language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms');
  return Array.from(readme.matchAll(fence), ([, content]) => content);
}

/** Runs TypeScript as `npx tsx` does. */
function run(name: string, code: string) {
  const path = join(folder, name);
  writeFileSync(path, code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsx, path], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stdout, stderr };
}

const [example, ...others] = blocks('ts');
const [output] = blocks('text');

describe('README.md', () => {
  it('starts with the two commands', () => {
    const [first] = blocks('sh');
    expect(first.trim().split('\n')).toEqual([
      'npm ci && npx tsx examples/mnist-resnet.ts',
      'npm ci && npm test',
    ]);
  });

  it('has an example of at most 15 lines', () => {
    expect(example).toContain("from 'tinygrad-ts'");
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  });

  it('says what its example prints', () => {
    expect(run('example.ts', example)).toEqual({ status: 0, stdout: output, stderr: '' });
  });

  it('has no other example that fails', () => {
    expect(others.length).toBeGreaterThan(0);
    for (const [i, code] of others.entries()) {
      expect(run(`other-${i}.ts`, code), code).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('links to files that exist', () => {
    const links = Array.from(readme.matchAll(/\]\((?!https?:|#)([^)]+)\)/g), ([, path]) => path);
    expect(links.length).toBeGreaterThan(0);
    for (const path of links) expect(() => readFileSync(join(root, path)), path).not.toThrow();
  });
});
