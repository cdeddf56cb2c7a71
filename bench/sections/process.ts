/** From the start of the process to the end of the first training step, and the memory of a training run. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../timing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function runNode(script: string, threads: number): string {
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, TINYGRAD_THREADS: String(threads) },
  });
  if (status !== 0) throw new Error(`node ${script} failed:\n${stderr}`);
  return stdout;
}

export function processSection(threads: number): void {
  console.log('\n## Process');
  const first = fileURLToPath(new URL('../first-step.ts', import.meta.url));
  const starts = Array.from({ length: 7 }, () => Number(runNode(first, threads)));
  console.log(`From process start to the end of the first training step: ${median(starts).toFixed(0)} ms`);
  const memory = fileURLToPath(new URL('../training-memory.ts', import.meta.url));
  console.log(runNode(memory, threads).trim());
}
