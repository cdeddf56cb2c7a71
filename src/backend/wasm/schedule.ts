/**
 * When kernels run, and in which order. Those that go image by image wait for the next one: a chain of them runs block of
 * images by block of images, so that what one kernel writes the next finds in the cache. Each image goes through the same
 * kernels in the same order as without a chain, so no bit changes.
 *
 * While no gradients are recorded, all kernels of a pass wait for its end. By then it is known which results nobody can
 * reach any more: inside a chain these have memory for a block only.
 */
import { type ByImage, inChains, runChain, type Step, writesAt } from './chain.ts';
import type { Kernel } from './engine.ts';
import { InnerBatches } from './inner-batches.ts';
import { holdReleases, letReleases } from './memory.ts';
import { codeOf } from './runtime.ts';
import { finishOnTeam, isTeamBusy } from './threads/pool.ts';
import { share } from './threads/share.ts';

const waiting: Step[] = [];
/** All kernels wait, not only those that go image by image. */
let lazy = false;
/** Kernels run at once: they do not touch what others wait for. */
let aside = false;

/**
 * Runs a kernel over the units [0, count) of its work: its last two parameters are the first unit and the one after the
 * last. Units are independent of each other, and what they are does not depend on who runs them.
 */
export function run(f: Kernel, count: number, ...args: number[]): void {
  const code = codeOf(f);
  if (lazy && !aside) {
    wait({ code, count, args, by: null });
    return;
  }
  if (!aside) issue(nobody);
  share(code, count, args);
  // What is freed from now on may be in use as long as the kernel runs.
  if (isTeamBusy()) holdReleases();
  else if (waiting.length === 0) letReleases();
}

/** Runs a kernel as `run` does, but without waiting: its arguments do not tell all that it writes. */
export function runNow(f: Kernel, count: number, ...args: number[]): void {
  run(f, count, ...args);
  issue(nobody);
}

/** Runs a kernel as `run` does, but perhaps later, together with others that go through the same images. */
export function runByImage(f: Kernel, count: number, args: readonly number[], by: ByImage): void {
  wait({ code: codeOf(f), count, args, by });
}

/** Runs `fn`, whose kernels do not wait: they read what lies at `address` and write memory of their own. */
export function runAside(address: number, fn: () => void): void {
  if (waiting.some(step => writesAt(step, address))) settle();
  const before = aside;
  aside = true;
  try {
    fn();
  } finally {
    aside = before;
  }
}

/** From now on all kernels wait until somebody looks at the memory, or no more. */
export function waitForAll(all: boolean): void {
  lazy = all;
}

/** Runs what waits, to the end; whoever looks at the kernels' memory calls it first. Nobody will read `dead` addresses. */
export function settle(dead: ReadonlySet<number> = nobody): void {
  try {
    issue(dead);
    finishOnTeam();
  } finally {
    if (!isTeamBusy()) letReleases();
  }
}

const nobody: ReadonlySet<number> = new Set();

/** Starts what waits; the last kernel may still be running afterwards. */
function issue(dead: ReadonlySet<number>): void {
  if (waiting.length === 0) return;
  const chains = inChains(waiting.splice(0));
  const inner = new InnerBatches(chains, dead);
  for (const chain of chains) runChain(chain, inner);
}

function wait(step: Step): void {
  holdReleases();
  waiting.push(step);
}
