/** How many threads run kernels, and the team that they form once there is work for it. */
import { WorkerError } from '../../../errors.ts';
import { notice, withdraw } from '../../notices.ts';
import type { WasmMemory } from '../engine.ts';
import { isShared } from '../memory.ts';
import { addressesOfWorker, freeAddresses } from './addresses.ts';
import { findHost, type Host } from './host.ts';
import { maxThreads } from './layout.ts';
import { type Code, Team } from './team.ts';

/** null: as many as the machine has cores. */
let wanted: number | null = null;
/** Where workers come from, or why there are none; null until somebody wants to know. */
let host: Host | string | null = null;
let team: Team | null = null;
/** What went wrong with a team that is no more, for who looks at the results. */
let failure: unknown = null;
/** Whether a worker that died was told of already. */
let told = false;

/** Sets how many threads run kernels, the caller's among them; the workers that there are stop. */
export function setThreads(threads: number): void {
  wanted = threads;
  host = null;
  told = false;
  withdraw('threads');
  dismiss();
}

/** Returns how many threads run kernels. */
export function threadCount(): number {
  wanted ??= Math.min(cores(), maxThreads);
  if (wanted > 1 && host === null) {
    host = findHost();
    if (typeof host === 'string') doWithout(host);
    else if (freeAddresses() < (wanted - 1) * addressesOfWorker)
      doWithout('there is too little address space for workers, as by ulimit -v');
    else if (!isShared()) doWithout('there is no address space for a memory that threads can share');
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
  if (!failure) return;
  const error = failure;
  failure = null;
  throw error;
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
    return new Team(threads, memory, host, replace);
  } catch (error) {
    doWithout(cannotStart(error instanceof Error ? error.message : String(error)));
    return null;
  }
}

/** Dismisses a team of which a worker ended by itself: the next call forms another, if workers start here at all. */
function replace(members: Team, worker: number, why: string): void {
  if (members !== team) return;
  try {
    finishOnTeam();
  } catch (error) {
    failure ??= error;
  }
  dismiss();
  if (!members.hasStarted(worker)) doWithout(cannotStart(why));
  else if (!told) {
    told = true;
    console.warn(`tinygrad-ts: a worker ended by itself: ${why}. The next call starts others.`);
  }
}

function cannotStart(why: string): string {
  const policy = "a page's Content Security Policy must have blob: in worker-src";
  const inPage = host !== null && typeof host !== 'string' && 'web' in host;
  return `workers cannot be started: ${why}${inPage ? ` (${policy})` : ''}`;
}

function doWithout(obstacle: string): void {
  host = obstacle;
  notice('threads', `one thread instead of ${wanted}: ${obstacle}`);
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
