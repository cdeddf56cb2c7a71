/** Workers that die while a network is trained: what user code sees of it. */
import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { configure, manualSeed, nn, noGrad, optim, runtimeInfo, Tensor, WorkerError } from 'tinygrad-ts';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { wasmMemory } from '../../src/backend/wasm/memory.ts';
import { type Code, Team } from '../../src/backend/wasm/threads/team.ts';
import { Lab } from '../backend/wasm/threads/lab.ts';
import { ended, kill, recordWorkers } from '../backend/wasm/threads/workers.ts';
import { ResNet } from '../golden/resnet.ts';

const initial = runtimeInfo();
const images = Tensor.rand([32, 1, 28, 28]);
const labels = Tensor.randint(0, 10, [32]);
const { start } = Team.prototype;

let workers: Worker[];

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
        const { id, bytes } = lab.waiting(true);
        const killed = (...args: number[]) => {
          kill(workers);
          code.run(...args);
        };
        return lab.together(1, { id, bytes, run: killed });
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
