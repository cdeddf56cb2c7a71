/** Which work is shared out to the team, and which the calling thread does alone. */
import { wasmMemory } from '../memory.ts';
import { finishOnTeam, isTeamBusy, startOnTeam, threadCount } from './pool.ts';
import type { Code } from './team.ts';

/** A kernel whose times are known. */
export interface Timed extends Code {
  unit: number;
  runs: number;
}

/** Work of fewer milliseconds is not worth waking other threads for. */
const worthSharing = 0.01;
/** A chunk takes more milliseconds than to claim it. */
const leastChunk = 0.003;
/** After so many runs on one thread their times are known well enough; the first ones include compilation. */
const [runsToShare, runsToTime] = [3, 20];

/** Looks at the memory after each kernel, if anybody does. */
let watch: ((code: Timed) => void) | null = null;

/** From now on `look` is called after each kernel, which then has run to its end. */
export function watchKernels(look: typeof watch): void {
  watch = look;
}

/** Runs the units [0, count) of a kernel after those before it: now, or meanwhile on other threads. */
export function share(code: Timed, count: number, args: readonly number[]): void {
  start(code, count, args);
  if (!watch) return;
  finishOnTeam();
  watch(code);
}

function start(code: Timed, count: number, args: readonly number[]): void {
  if (threadCount() > 1) {
    const ms = code.unit * count;
    if (code.runs >= runsToShare && ((ms > worthSharing && count > 1) || isTeamBusy())) {
      startOnTeam(code, count, args, wasmMemory(), ms > worthSharing ? Math.ceil(ms / leastChunk) : 1);
      return;
    }
    finishOnTeam();
    if (code.runs < runsToTime) {
      runTimed(code, count, args);
      return;
    }
  }
  code.run(...args, 0, count);
}

function runTimed(code: Timed, count: number, args: readonly number[]): void {
  const start = performance.now();
  code.run(...args, 0, count);
  code.unit = Math.min(code.unit, (performance.now() - start) / count);
  code.runs++;
}
