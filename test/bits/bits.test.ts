import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hash } from './expected.ts';

const script = fileURLToPath(new URL('train.ts', import.meta.url));
const v8 = Number.parseInt(process.versions.v8, 10);

/** What 200 steps in a process of its own end with. */
async function train(...flags: string[]): Promise<{ hash: string; simdWidth: number }> {
  const env = { ...process.env, TINYGRAD_BACKEND: 'wasm' };
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, ...flags], {
    env,
  });
  return JSON.parse(stdout);
}

describe(`200 training steps on ${process.version} (V8 ${v8})`, () => {
  it('end with the bits that they have on every other engine', async () => {
    expect(await train()).toMatchObject({ hash, simdWidth: 128 });
  });

  // V8 12 has the flag, but gains nothing by it.
  it.runIf(v8 >= 13)('end with the same bits with 256-bit SIMD', async () => {
    expect(await train('--wide')).toMatchObject({ hash, simdWidth: 256 });
  });
});
