import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { tsx } from '../tsx.ts';

const print = fileURLToPath(new URL('../../../examples/mnist/print.ts', import.meta.url));

describe('print', () => {
  it('waits for a slow reader, and loses nothing', async () => {
    // Node makes a pipe non-blocking when a program looks at process.stdout.
    const code = `import { print } from ${JSON.stringify(print)};
      process.stdout.isTTY;
      for (let i = 0; i < 3000; i++) print(String(i).padStart(99));`;
    const child = spawn(process.execPath, [tsx, '--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.pause();
    const end = once(child, 'close');
    setTimeout(() => child.stdout.resume(), 1000);
    let text = '';
    child.stdout.on('data', data => {
      text += data;
    });
    child.stdout.pause();
    expect((await end)[0]).toBe(0);
    const expected = Array.from({ length: 3000 }, (_, i) => `${String(i).padStart(99)}\n`).join('');
    expect(text === expected).toBe(true);
  });
});
