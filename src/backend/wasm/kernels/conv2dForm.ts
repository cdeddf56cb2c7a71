/** What the code of a convolution depends on, apart from the sizes of its images, which are parameters of the kernel. */
import type { Conv2dPlan, Correlation, Segment, TileRun } from './conv2dPlan.ts';
import { isInside } from './overhang.ts';

/** Tiles side by side that need the same segments, however many. */
interface RunForm {
  readonly pixels: number;
  readonly segments: readonly Segment[];
  /** There may be more than one of them. */
  readonly isRepeated: boolean;
}

/** Runs side by side. */
interface Phase {
  /** The column of the first pixel in y, and in x. */
  readonly yColumn: number;
  readonly xColumn: number;
  readonly runs: readonly RunForm[];
}

export interface Conv2dForm {
  readonly c: Omit<Correlation, 'input' | 'output'>;
  readonly plan: Omit<Conv2dPlan, 'runs'>;
  readonly phases: readonly Phase[];
  /** No row of taps hangs over the image. */
  readonly isClear: boolean;
}

export function conv2dForm(correlation: Correlation, { runs, ...plan }: Conv2dPlan): Conv2dForm {
  const { input, output, ...c } = correlation;
  const axis = { size: input[0] * c.fraction[0], windows: output[0], kernel: c.kernel[0] };
  const isClear = isInside({ ...axis, stride: c.stride[0], padding: c.padding[0], dilation: c.dilation[0] });
  return { c, plan, phases: phasesOf(runs, plan), isClear };
}

function phasesOf(runs: readonly TileRun[], { yStep, xStep }: Pick<Conv2dPlan, 'yStep' | 'xStep'>): Phase[] {
  const phases: (Phase & { readonly runs: RunForm[] })[] = [];
  let [nextY, nextX] = [Number.NaN, Number.NaN];
  for (const { tiles, pixels, yColumn, xColumn, segments } of runs) {
    if (yColumn !== nextY || xColumn !== nextX) phases.push({ yColumn, xColumn, runs: [] });
    const isRepeated = tiles > 1 || segments.every(({ from, to }) => from === 0 && to === pixels);
    phases.at(-1)!.runs.push({ pixels, segments, isRepeated });
    [nextY, nextX] = [yColumn + tiles * pixels * yStep, xColumn + tiles * pixels * xStep];
  }
  return phases;
}

/** Returns the names of the parameters that are sizes. */
export function conv2dSizeNames({ phases }: Conv2dForm): string[] {
  const runs = phases.flatMap(phase => phase.runs).map((_, i) => `run ${i}`);
  return ['rows', 'imageBytes', 'xRowBytes', 'yRowBytes', 'height', ...runs];
}

/** Returns the sizes: rows of y, bytes of an image and of a row of x and of a row of y, rows of x, bytes of y in each run. */
export function conv2dSizes(
  { input, output, groups, inner, outer, fraction }: Correlation,
  plan: Conv2dPlan,
) {
  const [xRow, yPixel] = [4 * input[1] * groups * inner, 4 * groups * outer];
  const runs = plan.runs.map(({ tiles, pixels }) => tiles * pixels * plan.yStep * yPixel);
  return [output[0], input[0] * xRow, xRow, output[1] * yPixel, input[0] * fraction[0], ...runs];
}
