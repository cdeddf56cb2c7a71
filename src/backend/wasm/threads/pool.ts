/** How many threads run kernels, and the team that they form once there is work for it. */
import { WorkerError } from '../../../errors.ts';
import type { WasmMemory } from '../engine.ts';
import { findHost } from './host.ts';
import { maxThreads } from './layout.ts';
import { type Code, Team } from './team.ts';

/** null: as many as the machine has cores. */
let wanted: number | null = null;
let team: Team | null = null;
let obstacle: string | null = null;

/** Sets how many threads run kernels, the caller's among them; the workers that there are stop. */
export function setThreads(threads: number): void {
  wanted = threads;
  obstacle = null;
  dismiss();
}

/** Returns how many threads run kernels. */
export function threadCount(): number {
  wanted ??= Math.min(cores(), maxThreads);
  if (wanted > 1 && obstacle === null) {
    const host = findHost();
    if (typeof host === 'string') {
      obstacle = host;
      console.warn(`tinygrad-ts: one thread instead of ${wanted}: ${host}.`);
    }
  }
  return obstacle === null ? wanted : 1;
}

/** Runs the units [0, count) of a kernel on all threads. */
export function runOnTeam(code: Code, count: number, args: readonly number[], memory: WasmMemory): void {
  const threads = threadCount();
  const host = threads > 1 ? findHost() : 'one thread';
  if (typeof host === 'string') {
    code.run(...args, 0, count);
    return;
  }
  team ??= new Team(threads, memory, host);
  try {
    team.run(code, count, args);
  } catch (error) {
    if (error instanceof WorkerError) dismiss();
    throw error;
  }
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
