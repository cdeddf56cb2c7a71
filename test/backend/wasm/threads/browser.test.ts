/** What is different in a page: workers of another kind, and a main thread that must not sleep. */
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findHost } from '../../../../src/backend/wasm/threads/host.ts';
import { type OnEnd, Team } from '../../../../src/backend/wasm/threads/team.ts';
import { WorkerError } from '../../../../src/errors.ts';
import { Lab } from './lab.ts';
import { ended } from './workers.ts';

const workers: Worker[] = [];
const programs = new Map<string, string>();

class FakeBlob {
  readonly text: string;
  constructor(parts: string[], options: { type: string }) {
    expect(options).toEqual({ type: 'text/javascript' });
    this.text = parts.join('');
  }
}

const FakeURL = {
  createObjectURL(blob: object): string {
    const url = `blob:${programs.size}`;
    programs.set(url, (blob as FakeBlob).text);
    return url;
  },
};

/** A worker that runs the program at this address once it gets a message. */
class FakeWorker {
  static last: FakeWorker | null = null;
  onerror: ((event: { message?: string }) => void) | null = null;
  readonly #worker: Worker;
  constructor(url: string) {
    const receive = "require('node:worker_threads').parentPort.once('message', data => onmessage({ data }));";
    this.#worker = new Worker(`let onmessage; ${receive}\n${programs.get(url)}`, { eval: true });
    this.#worker.unref();
    workers.push(this.#worker);
    FakeWorker.last = this;
  }
  postMessage(message: unknown): void {
    this.#worker.postMessage(message);
  }
  terminate(): void {
    void this.#worker.terminate();
  }
}

/** As in the main thread of a page. */
function forbidSleep() {
  vi.spyOn(Atomics, 'wait').mockImplementation(() => {
    throw new TypeError('Atomics.wait cannot be called in this context');
  });
}

function start(threads: number, onEnd?: OnEnd) {
  vi.stubGlobal('process', undefined);
  vi.stubGlobal('Worker', FakeWorker);
  vi.stubGlobal('URL', FakeURL);
  vi.stubGlobal('Blob', FakeBlob);
  const host = findHost();
  vi.unstubAllGlobals();
  if (typeof host === 'string') throw new Error(host);
  forbidSleep();
  const lab = new Lab();
  return { lab, team: new Team(threads, lab.memory, host, onEnd) };
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const worker of workers) void worker.terminate();
  await ended(workers.splice(0));
});

describe('in the main thread of a page', () => {
  it('a team runs every unit once, without sleep', () => {
    const { lab, team } = start(3);
    const code = lab.counting();
    for (let job = 0; job < 50; job++) {
      lab.reset();
      team.run(job === 0 ? lab.together(2, code) : code, 30, [100_000]);
      expect(lab.counts(30)).toEqual(new Array<number>(30).fill(1));
    }
  });

  it('a worker that dies ends in a WorkerError', () => {
    const { lab, team } = start(2);
    team.patience = 300;
    const before = Date.now();
    const kill = () => team.stop();
    expect(() => team.run(lab.together(1, lab.waiting(), kill), 8, [])).toThrow(WorkerError);
    expect(Date.now() - before).toBeGreaterThanOrEqual(300);
  });

  it('a worker that a policy forbids is told of once, and all units run all the same', () => {
    const told = vi.fn();
    const { lab, team } = start(2, told);
    void workers[0]!.terminate();
    team.run(lab.counting(), 12, [0]);
    for (let i = 0; i < 2; i++) FakeWorker.last!.onerror!({});
    expect(told).toHaveBeenCalledExactlyOnceWith(team, 0, 'the browser does not say why');
    expect(team.hasStarted(0)).toBe(false);
    expect(lab.counts(12)).toEqual(new Array<number>(12).fill(1));
  });

  it('all workers of all teams have the same program', () => {
    for (let i = 0; i < 3; i++) start(4).team.stop();
    expect(programs.size).toBe(1);
  });
});

describe('where workers come from', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is said to be nowhere without SharedArrayBuffer, and without workers', () => {
    vi.stubGlobal('SharedArrayBuffer', undefined);
    expect(findHost()).toMatch(
      /^there is no SharedArrayBuffer; a page needs the headers Cross-Origin-Opener/,
    );
    vi.unstubAllGlobals();
    vi.stubGlobal('process', undefined);
    vi.stubGlobal('Worker', undefined);
    expect(findHost()).toBe('this engine has no workers');
  });
});
