/**
 * When kernels run, and in which order. Those that go image by image wait for the next one: a chain of them runs block of
 * images by block of images, so that what one kernel writes the next finds in the cache. Each image goes through the same
 * kernels in the same order as without a chain, so no bit changes. Chains and other kernels run one after the other, in
 * the order of their calls, though perhaps later: memory that is freed may be given to the next at once.
 *
 * While no gradients are recorded, all kernels of a pass wait for its end. By then it is known which results nobody can
 * reach any more: inside a chain these have memory for a block only.
 */
import { type ByImage, inChains, mayJoin, runChain, type Step, writesAt } from './chain.ts';
import type { Compiled } from './compiled.ts';
import { InnerBatches } from './inner-batches.ts';
import { holdReleases, letReleases } from './memory.ts';
import { finishOnTeam } from './threads/pool.ts';
import { share } from './threads/share.ts';

/** The chain that may still get longer; or, while all kernels wait, all of them. */
let open: Step[] = [];
/** All kernels wait, not only those that go image by image. */
let lazy = false;
/** Kernels run before the chain that is open: they do not touch what its kernels write. */
let aside = false;
let settled = 0;

/**
 * Runs a kernel over the units [0, count) of its work: its last two parameters are the first unit and the one after the
 * last. Units are independent of each other, and what they are does not depend on who runs them.
 */
export function run(code: Compiled, count: number, ...args: number[]): void {
  if (lazy && !aside) {
    wait({ code, count, args, by: null });
    return;
  }
  if (!aside) startAll();
  share(code, count, args);
}

/** Runs a kernel as `run` does, but apart from all others: its arguments do not tell all that it writes. */
export function runApart(code: Compiled, count: number, ...args: number[]): void {
  run(code, count, ...args);
  startAll();
}

/** Runs a kernel as `run` does, but together with others that go through the same images, before it and after it. */
export function runByImage(code: Compiled, count: number, args: readonly number[], by: ByImage): void {
  const step = { code, count, args, by };
  if (!lazy && open.length > 0 && !mayJoin(open, step)) startAll();
  wait(step);
}

/** Runs `fn`, whose kernels do not wait: they read what lies at `address` and write memory of their own. */
export function runAside(address: number, fn: () => void): void {
  if (open.some(step => writesAt(step, address))) startAll();
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

/** Runs all kernels to their end; who looks at their memory calls it first. */
export function settle(): void {
  startAll();
  finishOnTeam();
  settled++;
}

/** How often all kernels have run to their end. */
export function timesSettled(): number {
  return settled;
}

const nobody: ReadonlySet<number> = new Set();

/** Lets all kernels that wait run; they may still be running afterwards. Nobody will read `dead` addresses. */
export function startAll(dead: ReadonlySet<number> = nobody): void {
  if (open.length === 0) return;
  const steps = open;
  open = [];
  try {
    const chains = lazy ? inChains(steps) : [steps];
    const inner = new InnerBatches(chains, dead);
    for (const chain of chains) runChain(chain, inner);
  } finally {
    letReleases();
  }
}

function wait(step: Step): void {
  holdReleases();
  open.push(step);
}
