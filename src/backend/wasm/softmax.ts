import type { NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { softmax as reference } from '../reference/softmax.ts';
import { areFloat32 } from './dtypes.ts';
import { lineArguments, linesAlong } from './kernels/lines.ts';
import { emitLogSoftmax, emitSoftmax } from './kernels/softmax.ts';
import { emitLogSoftmaxBackward, emitSoftmaxBackward } from './kernels/softmaxBackward.ts';
import { quadForm } from './kernels/softmaxLines.ts';
import { kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { read, write } from './stage.ts';

type Emit = typeof emitSoftmax;

/** Runs a kernel over the lines of `y` and `inputs` along `dim`; returns whether there is one for them. */
function alongLines(emit: Emit, dim: number, y: NdArray, ...inputs: readonly NdArray[]): boolean {
  const arrays = [y, ...inputs];
  const lines = linesAlong(dim, ...arrays);
  const size = y.shape[dim] ?? 1;
  if (!areFloat32(...arrays) || size * lines.count === 0) return false;
  const steps = arrays.map(x => 4 * (x.strides[dim] ?? 0));
  const f = kernel(emit, quadForm(lines, steps));
  const args = [lines.count, size, ...steps, ...lineArguments(lines)];
  run(f, Math.ceil(lines.count / 4), write(y), ...inputs.map(read), ...args);
  return true;
}

export const softmax = {
  softmax(y, x, dim) {
    if (!alongLines(emitSoftmax, dim, y, x)) reference.softmax(y, x, dim);
  },

  softmaxBackward(dx, dy, y, dim) {
    if (!alongLines(emitSoftmaxBackward, dim, dx, dy, y)) reference.softmaxBackward(dx, dy, y, dim);
  },

  logSoftmax(y, x, dim) {
    if (!alongLines(emitLogSoftmax, dim, y, x)) reference.logSoftmax(y, x, dim);
  },

  logSoftmaxBackward(dx, dy, y, dim) {
    if (!alongLines(emitLogSoftmaxBackward, dim, dx, dy, y)) reference.logSoftmaxBackward(dx, dy, y, dim);
  },
} satisfies Partial<Kernels>;
