/** Where the windows of pooling lie: along one axis, in numbers and in code. */
import type { NdArray } from '../../array.ts';
import type { PoolGeometry } from '../../kernels.ts';
import { forRange, i32, type Local, type Scope, select, type Val } from '../asm/index.ts';
import { type Axis, isInside, reachOf } from './overhang.ts';

export interface PoolPlan {
  readonly channels: number;
  readonly rows: Axis;
  readonly columns: Axis;
}

/** Returns the windows that y [N, C, Ho, Wo] is taken from in x [N, C, H, W]. */
export function poolPlan(x: NdArray, y: NdArray, geometry: PoolGeometry): PoolPlan {
  const { kernel, stride, padding, dilation } = geometry;
  const axis = (i: 0 | 1): Axis => ({
    size: x.shape[2 + i]!,
    windows: y.shape[2 + i]!,
    kernel: kernel[i],
    stride: stride[i],
    padding: padding[i],
    dilation: dilation[i],
  });
  return { channels: x.shape[1]!, rows: axis(0), columns: axis(1) };
}

/** Whether the windows lie side by side and cover the axis. */
function isTiled({ size, windows, kernel, stride, padding, dilation }: Axis): boolean {
  return padding === 0 && stride === kernel && (dilation === 1 || kernel === 1) && windows * kernel === size;
}

/** What the code depends on of an axis; its sizes are parameters of the kernel. */
interface AxisForm extends Omit<Axis, 'size' | 'windows'> {
  readonly isInside: boolean;
  readonly isTiled: boolean;
}

export interface PoolForm {
  readonly channels: number;
  readonly rows: AxisForm;
  readonly columns: AxisForm;
}

export function poolForm({ channels, rows, columns }: PoolPlan): PoolForm {
  const formOf = (axis: Axis): AxisForm => {
    const { kernel, stride, padding, dilation } = axis;
    return { kernel, stride, padding, dilation, isInside: isInside(axis), isTiled: isTiled(axis) };
  };
  return { channels, rows: formOf(rows), columns: formOf(columns) };
}

/** The parameters that are sizes: height and width of the image, rows and columns of windows. */
export const poolSizeParams = { height: i32, width: i32, down: i32, across: i32 };
type SizeLocals = { readonly [N in keyof typeof poolSizeParams]: Local<'i32'> };

/** Returns the sizes as arguments of a kernel. */
export function poolSizes({ rows, columns }: PoolPlan): number[] {
  return [rows.size, columns.size, rows.windows, columns.windows];
}

/** An axis in the code. */
export interface AxisIn extends AxisForm {
  readonly size: Local<'i32'>;
  readonly windows: Local<'i32'>;
}

export function axesIn({ rows, columns }: PoolForm, p: SizeLocals) {
  return {
    rows: { ...rows, size: p.height, windows: p.down },
    columns: { ...columns, size: p.width, windows: p.across },
  };
}

/** Whether a window has so few taps that code for each of them is worth its while. */
export function isSmall({ rows, columns }: Pick<PoolForm, 'rows' | 'columns'>): boolean {
  return rows.kernel * columns.kernel <= 9;
}

interface Range {
  readonly first: Local<'i32'>;
  readonly end: Local<'i32'>;
}

/** Returns which positions the window with number `o` has on the axis: from `first` in steps of the dilation. */
export function tapsOf(f: Scope, axis: AxisIn, o: Val<'i32'>): Range {
  const { size, stride, padding, dilation } = axis;
  const start = f.let(i32.sub(i32.mul(o, stride), padding), 'start');
  const stop = f.let(i32.add(start, reachOf(axis)), 'stop');
  const end = axis.isInside ? stop : f.let(select(size, stop, i32.ltS(size, stop)), 'end');
  if (padding === 0) return { first: start, end };
  const steps = i32.divS(i32.sub(dilation - 1, start), dilation);
  const skipped = dilation === 1 ? i32.const(0) : i32.add(start, i32.mul(steps, dilation));
  return { first: f.let(select(skipped, start, i32.ltS(start, 0)), 'first'), end };
}

/**
 * Returns the numbers of the windows that reach over position `i`; with dilation some only by their gaps. Where windows
 * lie side by side there is `first` only.
 */
export function windowsOver(f: Scope, axis: AxisIn, i: Val<'i32'>): Range {
  const { windows, kernel, stride, padding } = axis;
  if (axis.isTiled) {
    const only = f.let(i32.divU(i, kernel), 'only');
    return { first: only, end: only };
  }
  const last = f.let(i32.add(i, padding), 'last');
  const least = f.let(i32.sub(last, reachOf(axis) - 1), 'least');
  const first = select(i32.const(0), i32.divS(i32.add(least, stride - 1), stride), i32.leS(least, 0));
  const end = f.let(i32.add(i32.divU(last, stride), 1), 'end');
  return {
    first: f.let(first, 'first'),
    end: f.let(select(windows, end, i32.ltS(windows, end)), 'end'),
  };
}

/** Runs `body` for each of the windows in turn. */
export function forEachWindow(
  f: Scope,
  axis: AxisIn,
  { first, end }: Range,
  o: Local<'i32'>,
  body: () => void,
): void {
  if (axis.isTiled) {
    o.set(first);
    body();
  } else forRange(f, o, first, end, 1, body);
}
