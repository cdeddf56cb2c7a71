/** From the start of the process to the end of the first training step, and the memory of a training run. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median } from '../timing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

function runNode(args: readonly string[]): { stdout: string; ms: number } {
  const start = performance.now();
  const { stdout, status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${stderr}`);
  return { stdout, ms: performance.now() - start };
}

export function processSection(): void {
  console.log('\n## Process');
  const first = fileURLToPath(new URL('../first-step.ts', import.meta.url));
  const starts = Array.from({ length: 7 }, () => Number(runNode([first]).stdout));
  console.log(`From process start to the end of the first training step: ${median(starts).toFixed(0)} ms`);
  const memory = fileURLToPath(new URL('../training-memory.ts', import.meta.url));
  const { stdout } = runNode([memory]);
  console.log(stdout.trim());
}
