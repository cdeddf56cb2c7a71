/** Workers that die while a network is trained: what user code sees of it. */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { configure, manualSeed, nn, noGrad, optim, runtimeInfo, Tensor, WorkerError } from 'tinygrad-ts';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { wasmMemory } from '../../src/backend/wasm/memory.ts';
import { finishOnTeam, startOnTeam } from '../../src/backend/wasm/threads/pool.ts';
import { type Code, Team } from '../../src/backend/wasm/threads/team.ts';
import { Lab } from '../backend/wasm/threads/lab.ts';
import { ended, kill, recordWorkers } from '../backend/wasm/threads/workers.ts';
import { ResNet } from '../golden/resnet.ts';

const initial = runtimeInfo();
const images = Tensor.rand([32, 1, 28, 28]);
const labels = Tensor.randint(0, 10, [32]);
const { start } = Team.prototype;

let workers: Worker[];

/** Trains until the program of each of so many workers has begun. */
async function trainOnAll(count: number): Promise<void> {
  const spy = vi.spyOn(Team.prototype, 'start');
  const begun = () => {
    const team = spy.mock.contexts.at(-1) as Team | undefined;
    return Array.from({ length: count }, (_, worker) => team?.hasStarted(worker)).every(Boolean);
  };
  for (train(); !begun(); train()) await new Promise(resolve => setTimeout(resolve, 10));
  spy.mockRestore();
}

const ready = (started: readonly Worker[]) => Promise.all(started.map(worker => once(worker, 'online')));

beforeEach(() => {
  workers = recordWorkers();
  configure({ backend: 'wasm', threads: 3 });
});

afterEach(() => {
  vi.restoreAllMocks();
  configure({ backend: initial.backend, threads: initial.threads });
});

/** Two steps from the same start; the same losses each time. */
function train(): number[] {
  manualSeed(1);
  const model = new ResNet();
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  return [0, 1].map(() => {
    optimizer.zeroGrad();
    const loss = nn.functional.nllLoss(model.call(images), labels);
    loss.backward();
    optimizer.step();
    return loss.item();
  });
}

/** Whether a job, given by the arguments of `start`, is too small to be cut into chunks. */
const isWhole = ([, count, , mostChunks]: Parameters<typeof start>) => count === 1 || mostChunks === 1;

/** Lets `change` have the nth job from now that several threads work on; workers that die in it are soon given up. */
function atJob(n: number, change: (code: Code) => Code): void {
  let left = n;
  vi.spyOn(Team.prototype, 'start').mockImplementation(function (this: Team, code, ...rest) {
    const isDue = !isWhole([code, ...rest]) && left-- === 0;
    if (isDue) {
      this.finish(); // what happens now happens between two jobs
      this.patience = 200;
    }
    return start.call(this, isDue ? change(code) : code, ...rest);
  });
}

function jobsOf(fn: () => void): number {
  const spy = vi.spyOn(Team.prototype, 'start');
  fn();
  const shared = spy.mock.calls.filter(call => !isWhole(call));
  spy.mockRestore();
  return shared.length;
}

/** The bytes in use once the tensors of earlier passes are let go. */
function bytesInUse(): number {
  for (let i = 0; i < 10; i++) noGrad(() => new nn.ReLU().call(Tensor.ones([2])));
  return runtimeInfo().memory.bytesInUse;
}

describe('in the middle of a training', () => {
  let expected: number[];
  let jobs: number;

  beforeAll(() => {
    configure({ backend: 'wasm', threads: 3 });
    for (let i = 0; i < 3; i++) expected = train();
    jobs = jobsOf(train);
    expect(jobs).toBeGreaterThan(20);
  });

  /** Asserts that the training goes on, with new workers, as if nothing had been. */
  function expectToGoOn(): void {
    vi.mocked(Team.prototype.start).mockRestore();
    expect(train()).toEqual(expected);
    expect(workers).toHaveLength(4);
  }

  it.each([0, 0.3, 0.8])(
    'a worker may die in a chunk, %s of the way: a WorkerError, and then all goes on',
    async when => {
      train();
      await ready(workers);
      const lab = new Lab(wasmMemory());
      lab.words.fill(0, 0, 2);
      const before = bytesInUse();
      atJob(Math.floor(jobs * when), code => {
        const killed = (...args: number[]) => {
          kill(workers);
          code.run(...args);
        };
        return lab.together(1, { ...lab.waiting(true), run: killed });
      });
      expect(train).toThrow(/^a worker died: .* The next call starts new workers$/);
      expectToGoOn();
      expect(bytesInUse()).toBe(before);
      await ended(workers.slice(0, 2));
    },
  );

  it.each([0, 0.3, 0.7])(
    'all workers may die between chunks, %s of the way, and are not missed',
    async when => {
      train();
      await ready(workers);
      atJob(Math.floor(jobs * when), code => {
        kill(workers);
        return code;
      });
      expect(train()).toEqual(expected);
      await ended(workers);
      expect(train()).toEqual(expected);
    },
  );

  it('idle workers may die: it is told once, others take their place', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    for (let round = 1; round <= 2; round++) {
      await trainOnAll(2);
      expect(workers).toHaveLength(2 * round);
      finishOnTeam();
      kill(workers);
      await ended(workers);
      expect(runtimeInfo().threads).toBe(3);
    }
    expect(train()).toEqual(expected);
    expect(workers).toHaveLength(6);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      'tinygrad-ts: a worker ended by itself: it ended with code 1. The next call starts others.',
    );
  });

  it('a worker may die in a kernel that nobody waits for: who looks at a result gets a WorkerError', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    configure({ threads: 2 });
    await trainOnAll(1);
    const lab = new Lab(wasmMemory());
    lab.words.fill(0, 0, 2);
    startOnTeam(lab.waiting(true), 1, [], wasmMemory(), 1);
    lab.until(() => lab.arrived === 1);
    kill(workers);
    await ended(workers);
    const before = Date.now();
    expect(train).toThrow(/^a worker died: 1 part of a kernel's work, held by worker 1 of 1,/);
    expect(Date.now() - before).toBeLessThan(1000);
    expect(train()).toEqual(expected);
    expect(workers).toHaveLength(2);
    expect(warn).toHaveBeenCalledOnce();
  });

  it('a kernel may trap in a worker: a WorkerError, and then all goes on', async () => {
    train();
    await ready(workers);
    const lab = new Lab(wasmMemory());
    lab.words.fill(0, 0, 2);
    atJob(7, code => {
      const { id, bytes } = lab.trapping();
      return lab.together(1, { ...code, id, bytes });
    });
    expect(train).toThrow(new WorkerError('a worker failed: RuntimeError: unreachable'));
    expectToGoOn();
  });

  it('the number of threads may change: the workers that there were end', async () => {
    train();
    configure({ threads: 2 });
    expect(train()).toEqual(expected);
    expect(workers).toHaveLength(3);
    await ended(workers.slice(0, 2));
    configure({ threads: 1 });
    expect(train()).toEqual(expected);
    await ended(workers);
    expect(workers).toHaveLength(3);
  });
});

describe('workers that end before their program begins', () => {
  it.each<readonly [string, Parameters<typeof recordWorkers>[1], RegExp]>([
    ['whose program does not compile', { source: 'start(' }, /Unexpected token|missing \)|Unexpected end/],
    // From Node 24 on, V8 ends the whole process when a worker's memory does not hold even its start.
    ...(Number.parseInt(process.versions.node, 10) < 24
      ? [
          [
            'for which there is no memory',
            { resourceLimits: { maxOldGenerationSizeMb: 1 } },
            /memory limit/,
          ] as const,
        ]
      : []),
    ['that exit', { source: 'process.exit(7)' }, /it ended with code 7/],
  ])('%s leave all to the caller: one thread, told once, and right results', async (_, changes, why) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const expected = train();
    workers = recordWorkers(undefined, changes);
    configure({ threads: 3 });
    expect(train()).toEqual(expected);
    expect(workers).toHaveLength(2);
    await ended(workers);
    expect(runtimeInfo().threads).toBe(1);
    expect(train()).toEqual(expected);
    expect(workers).toHaveLength(2);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]![0]).toMatch(
      /^tinygrad-ts: one thread instead of 3: workers cannot be started: /,
    );
    expect(warn.mock.calls[0]![0]).toMatch(why);
  });
});
