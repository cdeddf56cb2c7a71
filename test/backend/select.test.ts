/** What runs where something is missing: each time a program in a process of its own, which hides it from the library. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const node = Number.parseInt(process.versions.node, 10);
const folder = mkdtempSync(join(tmpdir(), 'tinygrad-ts-'));
const library = join(folder, 'library.mjs');
const environment = { ...process.env, TINYGRAD_BACKEND: '', TINYGRAD_THREADS: '' };

beforeAll(async () => {
  const entry = new URL('../../src/index.ts', import.meta.url).pathname;
  await build({ entryPoints: [entry], bundle: true, format: 'esm', target: 'es2022', outfile: library });
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A program that works, and then tells what ran: what `before` has done was done before the library came. */
const program = (before: string, after = '', threads = 0) => `
  const notices = [];
  console.warn = text => notices.push(text);
  ${before}
  const { ArgumentError, configure, nn, OutOfMemoryError, runtimeInfo, Tensor } = await import(${JSON.stringify(library)});
  ${threads > 0 ? `configure({ threads: ${threads} });` : ''}
  const x = Tensor.ones([100_000], { requiresGrad: true });
  for (let i = 0; i < 5; i++) x.exp().log().sum().backward();
  const sum = x.grad.sum().item();
  const extra = {};
  ${after}
  console.log(JSON.stringify({ sum, extra, printed: notices, ...runtimeInfo() }));`;

interface Outcome {
  readonly backend: string;
  readonly threads: number;
  readonly sum: number;
  readonly memory: { readonly limit: number };
  readonly notices: Readonly<Record<string, string>>;
  readonly printed: readonly string[];
  readonly extra: Readonly<Record<string, unknown>>;
}

async function outcomeOf(code: string, flags: readonly string[] = [], kilobytes = 0): Promise<Outcome> {
  const command = [process.execPath, ...flags, '--input-type=module', '-e', code];
  const limited = ['-c', 'ulimit -v "$1" && shift && exec "$@"', 'bash', String(kilobytes), ...command];
  const [file, ...args] = kilobytes > 0 ? ['bash', ...limited] : command;
  const { stdout } = await run(file!, args, { env: environment });
  return JSON.parse(stdout) as Outcome;
}

/** Each notice is printed once, and told by `runtimeInfo()`. */
function expectNotices({ notices, printed }: Outcome, ...options: string[]): void {
  expect(Object.keys(notices)).toEqual(options);
  expect(printed).toEqual(Object.values(notices).map(text => `tinygrad-ts: ${text}.`));
}

describe('where all is there', () => {
  it('there is no notice; empty variables are as those that are not set', async () => {
    const outcome = await outcomeOf(program('', 'configure({ threads: 2 });'));
    expect(outcome).toMatchObject({ backend: 'wasm', threads: 2, sum: 500_000 });
    expectNotices(outcome);
  });
});

describe('where a policy lets nothing compile', () => {
  const before = `WebAssembly.Module = class {
    constructor() { throw new WebAssembly.CompileError('Refused to compile'); }
  };`;
  const after = `try { configure({ backend: 'wasm' }); } catch (error) {
    extra.error = [error instanceof ArgumentError, error.message];
  }
  configure({ wideSimd: true, threads: 2 });`;

  it('plain loops run, with a notice that says what to add; to insist on wasm is an error', async () => {
    const outcome = await outcomeOf(program(before, after));
    expect(outcome).toMatchObject({ backend: 'reference', threads: 1, sum: 500_000 });
    expect(outcome.notices.backend).toMatch(
      /^plain TypeScript loops .*'wasm-unsafe-eval' in script-src \(Refused to compile\)/,
    );
    expect(outcome.notices.wideSimd).toContain("'wasm-unsafe-eval'");
    expectNotices(outcome, 'backend', 'wideSimd');
    expect(outcome.extra.error).toEqual([
      true,
      expect.stringMatching(
        /^configure: the wasm backend cannot run here; use 'reference'.*'wasm-unsafe-eval'/,
      ),
    ]);
  });
});

describe('where addresses are few', () => {
  const limiting = (condition: string) => `
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class {
      constructor(limits) {
        if (${condition}) throw new RangeError('could not allocate memory');
        return new Memory(limits);
      }
    };`;

  it('the memory is smaller: a notice, and an OutOfMemoryError beyond it', async () => {
    const fill = `class Fill extends nn.Module {
      forward() { return Array.from({ length: 300 }, () => Tensor.ones([2 ** 20]).add(1)); }
    }
    try { new Fill().call(); } catch (error) { extra.error = error instanceof OutOfMemoryError; }`;
    const outcome = await outcomeOf(program(limiting('limits.maximum > 5000'), fill));
    expect(outcome).toMatchObject({ backend: 'wasm', sum: 500_000, extra: { error: true } });
    expect(outcome.memory.limit).toBeLessThanOrEqual(5000 * 65536);
    expectNotices(outcome, 'memoryLimit');
  });

  it('the memory is not shared: one thread, and a notice', async () => {
    const before = `process.env.TINYGRAD_THREADS = '3'; ${limiting('limits.shared')}`;
    const outcome = await outcomeOf(program(before));
    expect(outcome).toMatchObject({ backend: 'wasm', threads: 1, sum: 500_000 });
    expect(outcome.notices.threads).toMatch(/^one thread instead of 3: .* memory that threads can share$/);
    expectNotices(outcome, 'threads');
  });

  it.each([8_000_000, 4_000_000, 2_000_000])(
    'as by ulimit -v %s, the first op does not fail: fast kernels run, or plain loops and a notice',
    async kilobytes => {
      const outcome = await outcomeOf(program('', '', 2), [], kilobytes);
      expect(outcome.sum).toBe(500_000);
      if (node < 24) expect(outcome.backend).toBe('reference');
      // Node 24.9 and its kin reserve as much as Node 20 does, later ones do not.
      if (outcome.backend === 'reference') {
        expect(outcome.threads).toBe(1);
        expectNotices(outcome, 'backend');
        expect(outcome.notices.backend).toContain('node --disable-wasm-trap-handler');
      } else expectNotices(outcome, ...(outcome.threads === 2 ? [] : ['threads']));
    },
  );

  it.runIf(node < 24)('fast kernels run there, too, with the flag that the notice names', async () => {
    const outcome = await outcomeOf(program(''), ['--disable-wasm-trap-handler'], 4_000_000);
    expect(outcome).toMatchObject({ backend: 'wasm', sum: 500_000 });
  });
});
