/** How many threads run kernels, and the team that they form once there is work for it. */
import { WorkerError } from '../../../errors.ts';
import type { WasmMemory } from '../engine.ts';
import { findHost, type Host } from './host.ts';
import { maxThreads } from './layout.ts';
import { type Code, Team } from './team.ts';

/** null: as many as the machine has cores. */
let wanted: number | null = null;
/** Where workers come from, or why there are none; null until somebody wants to know. */
let host: Host | string | null = null;
let team: Team | null = null;

/** Sets how many threads run kernels, the caller's among them; the workers that there are stop. */
export function setThreads(threads: number): void {
  wanted = threads;
  host = null;
  dismiss();
}

/** Returns how many threads run kernels. */
export function threadCount(): number {
  wanted ??= Math.min(cores(), maxThreads);
  if (wanted > 1 && host === null) {
    host = findHost();
    if (typeof host === 'string') doWithout(host);
  }
  return typeof host === 'string' ? 1 : wanted;
}

/** Lets all threads run the units [0, count) of a kernel after those before it, in so many chunks at most. */
export function startOnTeam(
  code: Code,
  count: number,
  args: readonly number[],
  memory: WasmMemory,
  chunks: number,
): void {
  team ??= newTeam(threadCount(), memory);
  if (team) guarded(team, t => t.start(code, count, args, chunks));
  else code.run(...args, 0, count);
}

/** Does what is left of the kernels that were started. Throws a WorkerError if a worker died or failed meanwhile. */
export function finishOnTeam(): void {
  if (team) guarded(team, t => t.finish());
}

/** Whether a kernel may still be running. */
export function isTeamBusy(): boolean {
  return team !== null && !team.isDone(team.started);
}

function guarded(members: Team, action: (members: Team) => void): void {
  try {
    action(members);
  } catch (error) {
    if (error instanceof WorkerError) dismiss();
    throw error;
  }
}

/** Returns a team of so many threads, or null if there are no workers to be had. */
function newTeam(threads: number, memory: WasmMemory): Team | null {
  if (threads === 1 || host === null || typeof host === 'string') return null;
  try {
    return new Team(threads, memory, host);
  } catch (error) {
    doWithout(`workers cannot be started: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

function doWithout(obstacle: string): void {
  host = obstacle;
  console.warn(`tinygrad-ts: one thread instead of ${wanted}: ${obstacle}.`);
}

function dismiss(): void {
  team?.stop();
  team = null;
}

function cores(): number {
  const { process, navigator } = globalThis as {
    process?: { getBuiltinModule?(id: 'node:os'): { availableParallelism(): number } | undefined };
    navigator?: { hardwareConcurrency?: number };
  };
  return (
    process?.getBuiltinModule?.('node:os')?.availableParallelism() ?? navigator?.hardwareConcurrency ?? 1
  );
}
