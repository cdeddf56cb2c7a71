/** From strided arrays to the kernels that loop over them: flat where the arrays lie alike, else nested. */
import { broadcastStrides, numel, type Shape } from '../../shape.ts';
import { type NdArray, sameLayout } from '../array.ts';
import { copyUnit, emitCopy } from './kernels/copy.ts';
import { emitTranspose, planTranspose, type Transpose, transposeUnit } from './kernels/copyTransposed.ts';
import { emitFlat, emitStrided, flatUnit } from './kernels/elementwise.ts';
import type { ElementName } from './kernels/elementwiseOps.ts';
import { stepOf } from './kernels/elementwiseRow.ts';
import { countOf, type Loop, loopArguments, planLoops, withLongestInside } from './kernels/stridedPlan.ts';
import { kernel } from './runtime.ts';
import { run, runByImage } from './schedule.ts';
import { read, write } from './stage.ts';

/** An operand in the kernels' memory. */
export interface Placed {
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly address: number;
}

export const placed = ({ shape, strides }: NdArray, address: number): Placed => ({ shape, strides, address });

/** y = op(inputs, scalars): the inputs are broadcast to the shape of y, the scalars given by their bits. */
export function apply(
  op: ElementName,
  y: NdArray,
  inputs: readonly NdArray[],
  scalars: readonly number[] = [],
): void {
  if (numel(y.shape) === 0) return;
  const from = inputs.map(x => placed(x, read(x)));
  const to = placed(y, write(y));
  if (isBatch(y) && sameLayout(y, ...inputs)) applyByImage(op, to, from, scalars);
  else applyTo(op, to, from, scalars);
}

/** Whether an array is a batch of images that are whole units of the flat kernel. */
function isBatch({ shape, buffer }: NdArray): boolean {
  return shape.length === 4 && buffer.length % (shape[0]! * flatUnit) === 0;
}

function applyByImage(
  op: ElementName,
  y: Placed,
  inputs: readonly Placed[],
  scalars: readonly number[],
): void {
  const [images] = y.shape as [number];
  const size = numel(y.shape);
  const steps = [y, ...inputs].map(() => 'next' as const);
  const flat = kernel(emitFlat, op, steps, scalars.length);
  runByImage(flat, size / flatUnit, [y.address, ...inputs.map(x => x.address), ...scalars, size], {
    ...{ images, units: size / flatUnit / images, per: 1 },
    batches: [y, ...inputs].map((_, i) => ({ argument: i, bytes: (4 * size) / images, written: i === 0 })),
    whole: [],
  });
}

/** The same for operands that have their places. */
export function applyTo(
  op: ElementName,
  y: Placed,
  inputs: readonly Placed[],
  scalars: readonly number[] = [],
): void {
  const strides = [y.strides];
  const addresses = [y.address];
  for (const x of inputs) {
    strides.push(broadcastStrides(x.shape, x.strides, y.shape));
    addresses.push(x.address);
  }
  applyLoops(op, planLoops(y.shape, strides), addresses, scalars);
}

function applyLoops(
  op: ElementName,
  loops: readonly Loop[],
  addresses: readonly number[],
  scalars: readonly number[],
): void {
  const ordered = withLongestInside(loops);
  const inner = ordered.at(-1) ?? { size: 1, strides: addresses.map(() => 1) };
  const steps = inner.strides.map(stepOf);
  if (ordered.length <= 1 && !steps.includes('far')) {
    const flat = kernel(emitFlat, op, steps, scalars.length);
    run(flat, Math.ceil(inner.size / flatUnit), ...addresses, ...scalars, inner.size);
    return;
  }
  const outer = ordered.slice(0, -1);
  const gaps = inner.strides.filter((_, n) => steps[n] === 'far').map(gap => 4 * gap);
  const f = kernel(emitStrided, outer.length, op, steps, scalars.length);
  run(f, countOf(outer), ...addresses, ...scalars, inner.size, ...gaps, ...loopArguments(outer));
}

/** y = x for elements of 32 bits; x is broadcast. */
export function copyTo(y: Placed, x: Placed): void {
  const loops = planLoops(y.shape, [y.strides, broadcastStrides(x.shape, x.strides, y.shape)]);
  const addresses = [y.address, x.address];
  const [only = { size: 1, strides: [1, 1] }] = loops;
  const transpose = planTranspose(loops);
  if (loops.length <= 1 && only.strides.every(stride => stride === 1)) {
    const bytes = 4 * only.size;
    run(kernel(emitCopy), Math.ceil(bytes / copyUnit), ...addresses, bytes);
  } else if (transpose) {
    transposeLoops(transpose, addresses);
  } else {
    applyLoops('copy', loops, addresses, []);
  }
}

function transposeLoops({ alongY, alongX, others }: Transpose, addresses: readonly number[]): void {
  const lines = Math.ceil(alongX.size / transposeUnit);
  const steps = [4 * alongX.strides[0]!, 4 * alongY.strides[1]!];
  const f = kernel(emitTranspose, others.length);
  const sizes = [alongY.size, alongX.size, ...steps, lines];
  run(f, countOf(others) * lines, ...addresses, ...sizes, ...loopArguments(others));
}
