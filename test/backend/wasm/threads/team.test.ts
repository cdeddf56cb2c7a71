import { afterEach, describe, expect, it, vi } from 'vitest';
import { maxArguments, moduleBytes, workerKernels } from '../../../../src/backend/wasm/threads/layout.ts';
import { Team } from '../../../../src/backend/wasm/threads/team.ts';
import { WorkerError } from '../../../../src/errors.ts';
import { Lab, maxUnits } from './lab.ts';
import { fakeNaps, recorder } from './workers.ts';

const teams: Team[] = [];

function start(threads: number) {
  const lab = new Lab();
  const team = new Team(threads, lab.memory, { node: recorder() });
  teams.push(team);
  return { lab, team };
}

afterEach(() => {
  vi.restoreAllMocks();
  for (const team of teams.splice(0)) team.stop();
});

const once = (units: number) => new Array<number>(units).fill(1);

describe('a team', () => {
  it('runs every unit once, whatever their number', () => {
    const { lab, team } = start(3);
    const code = lab.counting();
    team.run(lab.together(2, code), 12, [0]);
    for (let units = 1; units <= 40; units++) {
      lab.reset();
      team.run(code, units, [5000]);
      expect(lab.counts(units + 1)).toEqual([...once(units), 0]);
    }
  });

  it('runs every unit once in many jobs of all sizes, one right after the other or with pauses', () => {
    const { lab, team } = start(3);
    const code = lab.counting();
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const end = performance.now() + 1000;
    for (let job = 0; performance.now() < end; job++) {
      const units = 1 + ((job * 7919) % (job % 2 === 0 ? maxUnits : 12));
      lab.reset();
      team.run(code, units, [(job % 50) * 100]);
      const counts = lab.counts(units);
      expect(counts.every(count => count === 1)).toBe(true);
      // Sometimes just long enough for the workers to be about to fall asleep.
      if (job % 16 === 0) Atomics.wait(pause, 0, 0, (job % 5) / 4);
    }
  });

  it('runs kernels one after the other, however many are started before the first is done', () => {
    const { lab, team } = start(3);
    const [add, rounds] = [lab.adding(), 60];
    lab.words.fill(0, 2048, 2048 + 64);
    for (let round = 0; round < 20; round++) {
      lab.words.fill(0, 1024, 1024 + 64 * (rounds + 1));
      lab.words.fill(1, 1024, 1024 + 64);
      // Each kernel adds up what the one before wrote, all of it in every unit.
      for (let i = 0; i < rounds; i++) team.start(add, 64, [4 * (1024 + 64 * i), 4 * (1024 + 64 * (i + 1))]);
      expect(team.isDone(team.started)).toBe(false);
      team.finish();
      expect(team.isDone(team.started)).toBe(true);
      const last = lab.words.subarray(1024 + 64 * rounds, 1024 + 64 * (rounds + 1));
      // Modulo 2^32 a sum of 64 equal numbers soon is 0: each kernel adds 1.
      let expected = 1;
      for (let i = 0; i < rounds; i++) expected = (Math.imul(64, expected) + 1) | 0;
      expect(Array.from(last)).toEqual(new Array<number>(64).fill(expected));
    }
  });

  it('wakes all of its workers from a long sleep', () => {
    const { lab, team } = start(4);
    const code = lab.waiting();
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let round = 0; round < 20; round++) {
      lab.reset();
      const open = (...args: number[]) => {
        lab.open();
        code.run(...args);
      };
      team.run(lab.together(3, code, open), 20, []);
      expect(lab.counts(20)).toEqual(once(20));
      Atomics.wait(pause, 0, 0, 10);
    }
  });

  it('hands on the arguments of the kernel', () => {
    const { lab, team } = start(2);
    team.run(lab.writing(), 100, [4096, 2 ** 31 - 1, -(2 ** 31), -1]);
    const written = lab.words.subarray(1024, 1024 + 400);
    for (let unit = 0; unit < 100; unit++)
      expect([...written.subarray(4 * unit, 4 * unit + 4)]).toEqual([unit, 2 ** 31 - 1, -(2 ** 31), -1]);
  });

  it('has workers that see memory as it grows', () => {
    const { lab, team } = start(3);
    const code = lab.writing();
    for (let round = 1; round <= 20; round++) {
      const { byteLength } = lab.memory.buffer;
      lab.memory.grow(1);
      lab.reset();
      team.run(
        lab.together(2, code, () => {}),
        4096,
        [byteLength, round, round, round],
      );
      const written = new Int32Array(lab.memory.buffer, byteLength, 4 * 4096);
      const units = Array.from({ length: 4096 }, (_, unit) => unit).filter(unit => written[4 * unit + 3]);
      expect(units.length).toBeGreaterThanOrEqual(Math.floor(4096 / 12));
      expect(units.every(unit => written[4 * unit] === unit && written[4 * unit + 1] === round)).toBe(true);
    }
  });

  it('leaves to the caller alone what does not fit: too many arguments, or too large a module', () => {
    const { lab, team } = start(2);
    const calls: number[][] = [];
    const run = (...args: number[]) => void calls.push(args);
    const args = new Array<number>(maxArguments + 1).fill(0);
    team.run({ ...lab.counting(), run }, 9, args);
    team.run({ id: 1, bytes: new Uint8Array(moduleBytes + 1), run, unit: 0 }, 7, [5]);
    expect(calls).toEqual([
      [...args, 0, 9],
      [5, 0, 7],
    ]);
  });
});

describe('the room for modules', () => {
  it('is used again when it is full, also while kernels run', () => {
    const { lab, team } = start(3);
    const code = lab.counting();
    // A custom section makes the module as large as it is wanted, and an id of its own another kernel.
    const large = (id: number) => ({ ...code, id, bytes: padded(code.bytes, moduleBytes / 3) });
    for (let round = 0; round < 3; round++) {
      lab.reset();
      for (let id = 1; id <= 8; id++) team.start(large(id), 40, [5000]);
      team.finish();
      expect(lab.counts(41)).toEqual([...new Array<number>(40).fill(8), 0]);
    }
  });

  it('is enough for more kernels than a worker keeps', () => {
    const { lab, team } = start(2);
    const code = lab.counting();
    const ids = Array.from({ length: workerKernels + 50 }, (_, i) => i + 1);
    for (let round = 0; round < 2; round++) {
      lab.reset();
      for (const id of ids) team.start({ ...code, id }, 3, [0]);
      team.finish();
      expect(lab.counts(4)).toEqual([...new Array<number>(3).fill(ids.length), 0]);
    }
  });
});

/** Returns a module with so many bytes more, in a section that nobody reads. */
function padded(bytes: Uint8Array, more: number): Uint8Array {
  const size = Math.ceil(more);
  const length = [0, 7, 14, 21, 28].map(shift => ((size >>> shift) & 0x7f) | (shift < 28 ? 0x80 : 0));
  const result = new Uint8Array(bytes.length + 6 + size);
  result.set([...bytes, 0, ...length]);
  return result;
}

describe('a kernel that fails', () => {
  it('in a worker ends in a WorkerError that says why, when all other chunks are done', () => {
    const { lab, team } = start(3);
    const { run } = lab.counting();
    const code = lab.together(1, { ...lab.trapping(), run: (...args) => run(0, ...args) });
    expect(() => team.run(code, 12, [])).toThrow(
      new WorkerError('a worker failed: RuntimeError: unreachable'),
    );
    const done = lab.counts(12).filter(count => count === 1).length;
    // All calls arrive, those that trap and those that are done.
    expect([done < 12, lab.arrived]).toEqual([true, 12]);
    const fine = lab.counting();
    for (let job = 0; job < 200; job++) team.run(fine, 12, [0]);
  });

  it('in a worker is told by who finishes, also if others were started after it', () => {
    const { lab, team } = start(2);
    const fine = lab.counting();
    // The caller comes to it only when the worker has tried.
    const run = (...args: number[]) => {
      lab.until(() => lab.arrived >= 1);
      fine.run(0, ...args);
    };
    team.start({ ...lab.trapping(), run }, 8, []);
    for (let i = 0; i < 5; i++) team.start(fine, 12, [0]);
    expect(() => team.finish()).toThrow(new WorkerError('a worker failed: RuntimeError: unreachable'));
    lab.reset();
    team.run(fine, 12, [0]);
    expect(lab.counts(12)).toEqual(once(12));
  });

  it('to compile in a worker ends in a WorkerError', () => {
    const { lab, team } = start(2);
    const { run } = lab.counting();
    const slow = (...args: number[]) => run(1e6, ...args);
    const code = { id: 1, bytes: Uint8Array.of(1, 2, 3), run: slow, unit: 0 };
    const runTillWorkersWork = () =>
      lab.until(() => {
        team.run(code, 8, []);
        return false;
      });
    expect(runTillWorkersWork).toThrow(/^a worker failed: CompileError/);
  });

  it('in the caller throws what it throws, when all other chunks are done', () => {
    const { lab, team } = start(3);
    const fail = () => {
      lab.open();
      throw new Error('on purpose');
    };
    expect(() => team.run(lab.together(2, lab.waiting(), fail), 12, [])).toThrow(new Error('on purpose'));
    expect(lab.counts(12).filter(count => count === 1)).toHaveLength(lab.arrived);
    lab.reset();
    team.run(lab.counting(), 12, [0]);
    expect(lab.counts(12)).toEqual(once(12));
  });
});

describe('a worker that is slow', () => {
  /** A job whose second half a worker has, which goes on when the gate opens. */
  function halfDone(instead = () => {}, unit = 0) {
    const { lab, team } = start(2);
    const code = lab.together(1, { ...lab.waiting(), unit }, instead);
    return { open: () => lab.open(), half: () => team.run(code, 2, []) };
  }

  /** A job whose one chunk a worker has: the caller has run none when it comes to wait. */
  function allTaken(unit: number, units = 1) {
    const { lab, team } = start(2);
    team.start({ ...lab.waiting(), unit }, units, [], 1);
    lab.until(() => lab.arrived === 1);
    return { open: () => lab.open(), finish: () => team.finish() };
  }

  it('is waited for, but not for ever', () => {
    const { half, open } = halfDone();
    fakeNaps(25, 100, open);
    half();
    vi.restoreAllMocks();
    const dead = halfDone();
    fakeNaps(35, 100, dead.open);
    expect(dead.half).toThrow(WorkerError);
  });

  it('is waited for the longer, the longer a chunk of the caller took', () => {
    let putForward = (_: number) => {};
    const { half, open } = halfDone(() => putForward(10_000));
    putForward = fakeNaps(180, 200, open);
    half();
  });

  it('is waited for the longer, the longer the kernel takes by its known time, if the caller ran no chunk', () => {
    const slow = allTaken(1000, 4);
    fakeNaps(700, 100, slow.open);
    slow.finish();
    vi.restoreAllMocks();
    const dead = allTaken(1000, 4);
    fakeNaps(900, 100, dead.open);
    expect(dead.finish).toThrow(
      /1 part of a kernel's work, held by worker 1 of 1, did not come back within 80 s/,
    );
  });

  it('is waited for half a minute if nobody knows what its kernel takes', () => {
    const first = allTaken(Number.POSITIVE_INFINITY);
    fakeNaps(280, 100, first.open);
    first.finish();
    vi.restoreAllMocks();
    const dead = allTaken(Number.POSITIVE_INFINITY);
    fakeNaps(320, 100, dead.open);
    expect(dead.finish).toThrow(WorkerError);
  });

  it('is waited for while the process itself stands still', () => {
    const { half, open } = halfDone();
    fakeNaps(10, 3_600_000, open);
    half();
  });
});
