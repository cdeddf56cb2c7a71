/** Kernels that go through the same images, as one kernel. */
import type { Compiled, Source } from './compiled.ts';
import type { InnerBatches } from './inner-batches.ts';
import { emitChain, type Link } from './kernels/chain.ts';
import { kernel } from './runtime.ts';
import { ShapeCache } from './shape-cache.ts';
import { maxArguments } from './threads/layout.ts';
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

/** The steps of a chain of more than one go image by image. */
type ImageStep = Step & { readonly by: ByImage };

/** The bytes that a block of images should write: they stay in the second cache until the chain is through. */
const blockBytes = 2 ** 17;
/** A chain that writes so much is compiled when it is first seen, another when it is seen again. */
const largeBytes = 2 ** 24;

/** Whether a step writes what lies at an address; of a step that does not go image by image, whether it might. */
export function writesAt({ args, by }: Step, address: number): boolean {
  if (!by) return args.includes(address);
  for (const { argument, bytes, written } of by.batches) {
    const from = args[argument]!;
    if (written && address >= from && address < from + bytes * by.images) return true;
  }
  return false;
}

/** Returns the steps in groups that may run image by image. */
export function inChains(steps: readonly Step[]): Step[][] {
  const chains: Step[][] = [];
  for (const step of steps) {
    const last = chains.at(-1);
    if (last && mayJoin(last, step)) last.push(step);
    else chains.push([step]);
  }
  return chains;
}

/** Whether a step may be the next of a chain. */
export function mayJoin(chain: readonly Step[], step: Step): boolean {
  const [first] = chain;
  if (!step.by || first?.by?.images !== step.by.images) return false;
  const count = chain.reduce((sum, earlier) => sum + argumentsOf(earlier), 1 + argumentsOf(step));
  return count <= maxArguments && mayFollow(chain, step);
}

/** Returns how many arguments a step adds to its chain: more than so many no thread takes, nor in the end an engine. */
function argumentsOf({ args, by }: Step): number {
  return 1 + args.length + (by ? by.batches.length : 0);
}

/** Whether `later` may run for one image before all of `chain` has run for the next. */
function mayFollow(chain: readonly Step[], later: Step): boolean {
  for (const earlier of chain) {
    for (const address of later.by!.whole) if (writesAt(earlier, address)) return false;
    for (const address of earlier.by!.whole) if (writesAt(later, address)) return false;
  }
  return true;
}

type SourceLink = Link & { readonly source: Source };

/** What is the same every time that a chain runs, whatever the number of images. */
interface Plan {
  readonly form: { readonly links: readonly SourceLink[] };
  /** Blocks have a multiple of so many images. */
  readonly quantum: number;
  /** It was seen before. */
  isKnown: boolean;
}

const plans = new ShapeCache<Plan>();

/** Runs a chain; batches that nothing else knows of have memory for a block only. */
export function runChain(chain: readonly Step[], inner: InnerBatches): void {
  const code = chain.length > 1 ? compiledFor(chain as readonly ImageStep[]) : null;
  if (code) runTogether(chain as readonly ImageStep[], code, inner);
  else for (const { code, count, args } of chain) share(code, count, args);
}

function runTogether(
  chain: readonly ImageStep[],
  [code, quantum]: readonly [Compiled, number],
  inner: InnerBatches,
): void {
  const { images } = chain[0]!.by;
  const block = quantum * Math.max(1, Math.floor((blockBytes * images) / bytesWritten(chain) / quantum));
  const args: number[] = [];
  for (const { count, args: own, by } of chain) {
    args.push(count, ...own);
    for (const { argument, bytes, temporary } of by.batches) {
      const address = own[argument]!;
      args.push(temporary || inner.has(address, bytes * images) ? block * bytes : 0);
    }
  }
  args.push(block);
  share(code, Math.ceil(images / block), args);
}

/** Returns the kernel of a chain and the quantum of its blocks, or null if it is not worth compiling yet. */
function compiledFor(chain: readonly ImageStep[]): readonly [Compiled, number] | null {
  const plan = plans.find(numbersOf(chain), () => planOf(chain));
  const isWorthIt = plan.isKnown || bytesWritten(chain) >= largeBytes;
  plan.isKnown = true;
  return isWorthIt ? [kernel(emitChain, plan.form), plan.quantum] : null;
}

/** Returns what tells chains apart: the kernels, and how they go through the images. */
function numbersOf(chain: readonly ImageStep[]): number[] {
  const numbers: number[] = [];
  for (const { code, by } of chain) {
    numbers.push(code.id, by.units, by.per, by.batches.length);
    for (const { argument } of by.batches) numbers.push(argument);
  }
  return numbers;
}

function planOf(chain: readonly ImageStep[]): Plan {
  const links = chain.map(({ code, by: { units, per, batches } }): SourceLink => {
    return { source: code.source, units, per, batches: batches.map(({ argument }) => argument) };
  });
  const quantum = links.reduce((least, { per }) => (least * per) / greatestCommonDivisor(least, per), 1);
  return { form: { links }, quantum, isKnown: false };
}

/** Returns how many bytes a chain writes to batches that others read. */
function bytesWritten(chain: readonly ImageStep[]): number {
  let sum = 0;
  for (const { by } of chain)
    for (const { bytes, written, temporary } of by.batches)
      if (written && !temporary) sum += bytes * by.images;
  return sum;
}

/** Returns how units of so many rows of an image each make up whole images. */
export function unitsOfRows(unitRows: number, imageRows: number): Pick<ByImage, 'units' | 'per'> {
  const common = greatestCommonDivisor(unitRows, imageRows);
  return { units: imageRows / common, per: unitRows / common };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
