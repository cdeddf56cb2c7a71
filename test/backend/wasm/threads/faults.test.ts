import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { Team } from '../../../../src/backend/wasm/threads/team.ts';
import { WorkerError } from '../../../../src/errors.ts';
import { Lab } from './lab.ts';
import { ended, kill, recorder } from './workers.ts';

const teams: { team: Team; workers: Worker[] }[] = [];

function start(threads: number) {
  const [lab, host] = [new Lab(), recorder()];
  const team = new Team(threads, lab.memory, { node: host });
  teams.push({ team, workers: host.workers });
  return { lab, team, workers: host.workers };
}

/** Also a worker that hangs in a kernel ends when its team is stopped. */
afterEach(async () => {
  for (const { team, workers } of teams.splice(0)) {
    team.stop();
    await ended(workers);
  }
});

/** Returns the error of `fn`, and after how many milliseconds it came. */
function failureOf(fn: () => void): { error: unknown; ms: number } {
  const before = Date.now();
  try {
    fn();
  } catch (error) {
    return { error, ms: Date.now() - before };
  }
  return { error: null, ms: Date.now() - before };
}

function expectAll({ lab, team }: { lab: Lab; team: Team }, units = 12): void {
  lab.reset();
  team.run(lab.counting(), units, [0]);
  expect(lab.counts(units)).toEqual(new Array<number>(units).fill(1));
}

describe('workers that are killed', () => {
  it('before they have started are not missed', () => {
    const { workers, ...here } = start(3);
    kill(workers);
    expectAll(here);
  });

  it.each([1, 2])('while they sleep or look for work, %s of two, are not missed', async count => {
    const { workers, ...here } = start(3);
    const { lab, team } = here;
    team.run(lab.together(2, lab.counting()), 12, [0]);
    kill(workers.slice(0, count));
    expectAll(here);
    await ended(workers.slice(0, count));
    for (let i = 0; i < 20; i++) expectAll(here);
  });

  it('in the middle of a chunk end in a WorkerError within 5 seconds', () => {
    const { lab, team, workers } = start(2);
    const { error, ms } = failureOf(() =>
      team.run(
        lab.together(1, lab.waiting(true), () => kill(workers)),
        12,
        [],
      ),
    );
    expect(error).toBeInstanceOf(WorkerError);
    expect((error as WorkerError).message).toMatch(
      /^a worker died: 1 part of a kernel's work, held by worker 1 of 1, did not come back within 3 s\. The next call/,
    );
    expect(ms).toBeLessThan(5000);
  });

  it.each([
    ['one', 1, true, /1 part of .* held by worker 1 of 3,/],
    ['all', 3, true, /3 parts of .* held by worker 1, 2, 3 of 3,/],
    ['one that sleeps', 1, false, /1 part of .* held by worker 1 of 3,/],
  ])(
    'in the middle of a chunk, %s of three, end in a WorkerError that counts them',
    (_, dead, busy, text) => {
      const { lab, team, workers } = start(4);
      team.patience = 200;
      const killSome = () => {
        kill(workers.slice(0, dead));
        const soon = Date.now() + 50;
        lab.until(() => Date.now() > soon);
        // The others go on.
        if (dead < 3) lab.open();
      };
      const { error } = failureOf(() => team.run(lab.together(3, lab.waiting(busy), killSome), 4, []));
      expect(error).toBeInstanceOf(WorkerError);
      expect((error as WorkerError).message).toMatch(text);
    },
  );

  it('in the middle of a chunk end in a WorkerError at once where their end is known', async () => {
    const { lab, team, workers } = start(2);
    team.start({ ...lab.waiting(), unit: 10_000 }, 1, []);
    lab.until(() => lab.arrived === 1);
    kill(workers);
    await ended(workers);
    const { error, ms } = failureOf(() => team.finish());
    expect(error).toBeInstanceOf(WorkerError);
    expect(ms).toBeLessThan(1000);
  });

  it('at any moment leave every unit done once, or end in a WorkerError', () => {
    for (let round = 0; round < 24; round++) {
      const { lab, team, workers } = start(3);
      team.patience = 200;
      const code = lab.counting();
      // Sometimes they are yet to start, sometimes one is at work already, sometimes both are.
      team.run(lab.together(round % 3, code), 12, [0]);
      const rounds = [0, 1000, 30_000, 1_000_000][round % 4]!;
      let left = (round * 5) % 23;
      const run = (...args: number[]) => {
        if (left-- === 0) kill(workers.slice(round % 2));
        code.run(...args);
      };
      let error: unknown = null;
      while (left >= 0 && !error) {
        lab.reset();
        error = failureOf(() => team.run({ ...code, run }, 60, [rounds])).error;
        const counts = lab.counts(60);
        expect(counts.every(count => count === 1 || (error && count === 0))).toBe(true);
      }
      if (error) expect(error).toBeInstanceOf(WorkerError);
    }
  });
});

describe('a team that cannot be formed', () => {
  it('throws why, and leaves no worker behind', async () => {
    const { workers, Worker } = recorder(2);
    expect(() => new Team(4, new Lab().memory, { node: { Worker } })).toThrow('no more threads');
    expect(workers).toHaveLength(2);
    await ended(workers);
  });
});
