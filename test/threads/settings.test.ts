/** How many threads run, who says so, and how a program ends that used them. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ArgumentError, configure, runtimeInfo, Tensor } from 'tinygrad-ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ended, recordWorkers } from '../backend/wasm/threads/workers.ts';

const initial = runtimeInfo();

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  configure({ backend: initial.backend, threads: initial.threads });
});

/** Work that is worth sharing; the first calls find out that it is. */
function work(): void {
  const x = Tensor.ones([300_000]);
  for (let i = 0; i < 5; i++) expect(x.exp().log().sum().item()).toBeCloseTo(300_000, -1);
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  /** How long the process took to end after its last statement. */
  readonly ending: number;
}

/** Runs a program that has the library as `tg` and `work()`, in a process of its own. */
async function runProgram(program: string, env: Record<string, string | undefined> = {}): Promise<Outcome> {
  const code = `
    ${program.includes('tg = ') ? '' : "import * as tg from 'tinygrad-ts';"}
    const work = () => { for (let i = 0; i < 5; i++) tg.Tensor.ones([1_000_000]).exp().log().sum().item(); };
    let workers = 0;
    process.on('worker', () => workers++);
    ${program}`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', code];
  const options = { env: { ...process.env, TINYGRAD_BACKEND: 'wasm', TINYGRAD_THREADS: undefined, ...env } };
  const result = await promisify(execFile)('node', args, options).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }) => ({ code, stdout }),
  );
  const said = /ending at (\d+)/.exec(result.stdout)?.[1];
  return { ...result, ending: Date.now() - Number(said) };
}

describe('configure({ threads })', () => {
  it('says how many threads run kernels; plain TypeScript runs on one', () => {
    expect(configure({ backend: 'wasm', threads: 3 }).threads).toBe(3);
    expect(configure({ threads: 64 }).threads).toBe(64);
    expect(configure({ backend: 'reference' }).threads).toBe(1);
  });

  it('refuses what is not an integer from 1 to 64, and leaves all as it was', () => {
    configure({ backend: 'wasm', threads: 2 });
    for (const threads of [0, 1.5, 65, -1, Number.NaN, '2' as never, null as never]) {
      expect(() => configure({ threads }), String(threads)).toThrow(ArgumentError);
    }
    expect(() => configure({ threads: 65 })).toThrow(/threads must be an integer from 1 to 64, got 65/);
    expect(runtimeInfo().threads).toBe(2);
  });

  it('starts no worker before there is work to share, and none at all for one thread', () => {
    const workers = recordWorkers();
    configure({ backend: 'wasm', threads: 1 });
    work();
    configure({ threads: 4 });
    expect(workers).toHaveLength(0);
    work();
    expect(workers).toHaveLength(3);
    configure({ threads: 1 });
    work();
    expect(workers).toHaveLength(3);
  });

  it('runs on one thread and says so once if not all workers can be started', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const workers = recordWorkers(2);
    configure({ backend: 'wasm', threads: 4 });
    work();
    expect(runtimeInfo().threads).toBe(1);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      'tinygrad-ts: one thread instead of 4: workers cannot be started: no more threads.',
    );
    expect(workers).toHaveLength(2);
    await ended(workers);
  });

  it('runs on one thread and says so once where there is no SharedArrayBuffer', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(configure({ backend: 'wasm', threads: 1 }).threads).toBe(1);
    expect(warn).not.toHaveBeenCalled();
    expect(configure({ threads: 4 }).threads).toBe(1);
    work();
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(
        /one thread instead of 4: there is no SharedArrayBuffer; a page needs the headers/,
      ),
    );
  });
});

describe('a program', () => {
  it.concurrent.each([
    ['whose last statement is reached', '', 0],
    ['that throws', "throw new Error('on purpose')", 1],
    ['that exits', 'process.exit(3)', 3],
  ])('that used several threads and %s ends by itself', async (_, end, code) => {
    const outcome = await runProgram(`
      tg.configure({ threads: 4 });
      work();
      await new Promise(resolve => setTimeout(resolve));
      console.log(workers, 'workers, ending at', Date.now());
      ${end}`);
    expect(outcome).toMatchObject({ code, stdout: expect.stringMatching(/^3 workers/) });
    expect(outcome.ending).toBeLessThan(4000);
  });

  it.concurrent('that runs where there is no SharedArrayBuffer has a memory of its own and one thread', async () => {
    const { stdout } = await runProgram(`
      const notices = [];
      console.warn = notice => notices.push(notice);
      delete globalThis.SharedArrayBuffer;
      const tg = await import('tinygrad-ts');
      tg.configure({ threads: 2 });
      work();
      console.log(tg.runtimeInfo().threads, notices.length, tg.Tensor.ones([3]).add(1).toArray());`);
    expect(stdout.trim()).toBe('1 1 [ 2, 2, 2 ]');
  });

  it.concurrent('that runs there compares arrays though the memory moves meanwhile', async () => {
    const { stdout } = await runProgram(`
      delete globalThis.SharedArrayBuffer;
      const { Tensor, nn } = await import('tinygrad-ts');
      class Compare extends nn.Module {
        forward(x) {
          const y = nn.functional.conv2d(x, Tensor.eye(4).reshape(4, 4, 1, 1));
          return Tensor.cat([y]).allclose(y.add(0));
        }
      }
      const sizes = Array.from({ length: 12 }, (_, i) => 100 + 20 * i);
      console.log(sizes.every(n => new Compare().call(Tensor.rand([1, 4, n, n]))));`);
    expect(stdout.trim()).toBe('true');
  });

  it.concurrent('is told how many threads by TINYGRAD_THREADS, and told so if that is no number of threads', async () => {
    const { stdout } = await runProgram(
      `for (const value of ['0', '1.5', '65', 'two', ' ', '3']) {
        process.env.TINYGRAD_THREADS = value;
        try {
          console.log(tg.runtimeInfo().threads);
        } catch (error) {
          console.log(error.name, error.message);
        }
      }
      work();
      await new Promise(resolve => setTimeout(resolve));
      console.log(workers, 'workers');`,
    );
    const lines = stdout.trim().split('\n');
    const refused = /^ArgumentError TINYGRAD_THREADS must be an integer from 1 to 64, got /;
    for (const line of lines.slice(0, 5)) expect(line).toMatch(refused);
    expect(lines.slice(5)).toEqual(['3', '2 workers']);
  });
});
