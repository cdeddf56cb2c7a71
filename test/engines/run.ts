/**
 * Checks that 200 training steps end with the same bits in Deno, with permissions and without, and in Bun, on one thread
 * and on two. Installs both from npm into a folder, which may be there already.
 *
 *   npx tsx test/engines/run.ts [folder]
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, promisify } from 'node:util';
import { build } from 'esbuild';
import { hash } from '../bits/expected.ts';

const run = promisify(execFile);
const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'tinygrad-ts-engines-'));
const versions = ['deno@2.9.6', 'bun@1.4.5'];
const seconds = 60;
const binary = (name: string) => join(folder, 'node_modules', '.bin', name);

async function install(): Promise<void> {
  if (['deno', 'bun'].every(name => existsSync(binary(name)))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--no-audit', '--no-fund', ...versions], { cwd: folder });
  for (const name of ['deno', 'bun']) await run(binary(name), ['--version']);
}

const engines = [
  { engine: 'deno', title: 'Deno without permissions', args: ['run', '--no-prompt', '--quiet'] },
  { engine: 'deno', title: 'Deno with all permissions', args: ['run', '--allow-all', '--quiet'] },
  { engine: 'bun', title: 'Bun', args: [] },
];

try {
  await install();
} catch (error) {
  console.error(
    `NOT CHECKED: Deno and Bun cannot be had here: ${error instanceof Error ? error.message : error}`,
  );
  process.exit(0);
}

const program = join(folder, 'program.mjs');
await build({
  entryPoints: [fileURLToPath(new URL('program.ts', import.meta.url))],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  outfile: program,
});

const wanted = { backend: 'wasm', notices: {}, runs: [1, 2].map(threads => ({ threads, hash })) };
for (const { engine, title, args } of engines) {
  const { stdout } = await run(binary(engine), [...args, program], { timeout: 1000 * seconds });
  const { engine: name, ...outcome } = JSON.parse(stdout) as { engine: string };
  if (!isDeepStrictEqual(outcome, wanted) || !name.startsWith(`${engine} `)) {
    console.error(`${title}: expected ${JSON.stringify(wanted)}, got ${stdout}`);
    process.exit(1);
  }
  console.log(`${title}, 1 and 2 threads: the same bits. ${name}`);
}
