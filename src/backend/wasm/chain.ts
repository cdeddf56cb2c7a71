/** Kernels that go through the same images, as one kernel. */
import { emitChain, type Link } from './kernels/chain.ts';
import { type Compiled, codeOf, kernel } from './runtime.ts';
import { share } from './threads/share.ts';

/** An argument that is the address of a whole batch, read or written image by image. */
export interface Batch {
  readonly argument: number;
  /** The bytes of an image. */
  readonly bytes: number;
  readonly written: boolean;
  /** It is room for the kernel to work in, that nobody else reads. */
  readonly temporary?: true;
}

/** Returns an array of so many images as the argument of a kernel. */
export function batchOf(
  { buffer }: { readonly buffer: { readonly length: number } },
  images: number,
  argument: number,
  written: boolean,
): Batch {
  return { argument, bytes: (4 * buffer.length) / images, written };
}

/** How a kernel goes through its batches: so many `units` are exactly `per` images; fewer only at the end. */
export interface ByImage extends Pick<Link, 'units' | 'per'> {
  readonly images: number;
  readonly batches: readonly Batch[];
  /** The other addresses: of what every image reads as a whole, such as weights. */
  readonly whole: readonly number[];
}

/** A kernel that is to run. */
export interface Step {
  readonly code: Compiled;
  readonly count: number;
  readonly args: readonly number[];
  /** null: it does not go image by image. */
  readonly by: ByImage | null;
}

/** The bytes that a block of images should write: they stay in the second cache until the chain is through. */
const blockBytes = 2 ** 17;
/** A chain that writes so much is compiled when it is first seen, another when it is seen again. */
const largeBytes = 2 ** 24;

/** Whether a step writes what lies at an address; of a step that does not go image by image, whether it might. */
export function writesAt({ args, by }: Step, address: number): boolean {
  if (!by) return args.includes(address);
  return by.batches.some(
    ({ argument, bytes, written }) =>
      written && address >= args[argument]! && address < args[argument]! + bytes * by.images,
  );
}

/** Returns the steps in groups that may run image by image. */
export function inChains(steps: readonly Step[]): Step[][] {
  const chains: Step[][] = [];
  for (const step of steps) {
    const last = chains.at(-1);
    if (last?.every(earlier => mayFollow(earlier, step))) last.push(step);
    else chains.push([step]);
  }
  return chains;
}

/** Whether `later` may run for one image before `earlier` has run for the next. */
function mayFollow(earlier: Step, later: Step): boolean {
  if (!earlier.by || !later.by || earlier.by.images !== later.by.images) return false;
  return (
    !later.by.whole.some(address => writesAt(earlier, address)) &&
    !earlier.by.whole.some(address => writesAt(later, address))
  );
}

/** What is the same every time that a chain runs. */
interface Plan {
  readonly links: readonly Link[];
  /** Images of a block. */
  readonly block: number;
  /** Compiled when the chain is seen again, or at once if it writes much. */
  code: Compiled | null;
  readonly isLarge: boolean;
}

const plans = new Map<string, Plan>();

/** Runs one of the chains; what lies at `dead` addresses is not read after all of them. */
export function runChain(
  chain: readonly Step[],
  chains: readonly (readonly Step[])[],
  dead: ReadonlySet<number>,
): void {
  const key = chain.length > 1 ? keyOf(chain) : '';
  const known = plans.get(key);
  if (chain.length > 1 && !known) plans.set(key, planOf(chain));
  const plan = known ?? plans.get(key);
  if (!plan || (!known && !plan.isLarge)) {
    for (const { code, count, args } of chain) share(code, count, args);
    return;
  }
  plan.code ??= codeOf(kernel(`chain ${key}`, (m, machine) => emitChain(m, machine, plan.links)));
  const { images } = chain[0]!.by!;
  const args: number[] = [];
  for (const { count, args: own, by } of chain) {
    args.push(count, ...own);
    for (const { argument, bytes, temporary } of by!.batches) {
      const address = own[argument]!;
      const isInside =
        temporary || (dead.has(address) && staysInside(address, bytes * images, chain, chains));
      args.push(isInside ? plan.block * bytes : 0);
    }
  }
  args.push(plan.block);
  share(plan.code, Math.ceil(images / plan.block), args);
}

/** Returns what tells chains apart: a kernel, and how it goes through the images, say what its batches are. */
function keyOf(chain: readonly Step[]): string {
  let key = `${chain[0]!.by!.images}`;
  for (const { code, by } of chain) key += `,${code.id} ${by!.units} ${by!.per}`;
  return key;
}

function planOf(chain: readonly Step[]): Plan {
  const { images } = chain[0]!.by!;
  const written = chain.reduce((sum, step) => sum + bytesWritten(step), 0);
  const links = chain.map(linkOf);
  const quantum = links.reduce((least, { per }) => leastCommonMultiple(least, per), 1);
  const block = quantum * Math.max(1, Math.floor((blockBytes * images) / written / quantum));
  return { links, block, code: null, isLarge: written >= largeBytes };
}

function bytesWritten({ by }: Step): number {
  return by
    ? by.batches.reduce(
        (sum, { bytes, written, temporary }) => sum + (written && !temporary ? bytes * by.images : 0),
        0,
      )
    : 0;
}

function linkOf({ code, by }: Step): Link {
  const { units, per, batches } = by ?? { units: 1, per: 1, batches: [] };
  return { emit: code.emit, units, per, batches: batches.map(({ argument }) => argument) };
}

/** Whether a batch is written by this chain before it is read there, and no other step knows of its memory. */
function staysInside(
  from: number,
  bytes: number,
  chain: readonly Step[],
  chains: readonly (readonly Step[])[],
): boolean {
  const isThere = (address: number) => address >= from && address < from + bytes;
  const addressesOf = ({ args, by }: Step) =>
    by ? [...by.batches.map(({ argument }) => args[argument]!), ...by.whole] : args;
  const uses = (step: Step) => addressesOf(step).some(isThere);
  const users = chain.filter(uses);
  const asBatch = ({ args, by }: Step) =>
    by?.batches.filter(
      ({ argument, bytes: ofImage }) => args[argument] === from && ofImage * by.images === bytes,
    ) ?? [];
  return (
    asBatch(users[0]!).every(({ written }) => written) &&
    users.every(step => asBatch(step).length === addressesOf(step).filter(isThere).length) &&
    chains.every(other => other === chain || !other.some(uses))
  );
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a * b) / divisor(a, b);
}
