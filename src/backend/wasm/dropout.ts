import type { Kernels } from '../kernels.ts';
import { dropout as reference } from '../reference/dropout.ts';
import { areFloat32 } from './dtypes.ts';
import { emitDropoutMask } from './kernels/dropoutMask.ts';
import { kernel } from './runtime.ts';
import { run } from './schedule.ts';
import { write } from './stage.ts';

export const dropout = {
  dropoutMask(mask, p, seed) {
    if (!areFloat32(mask)) return reference.dropoutMask(mask, p, seed);
    // A hash is below p · 2³² if it is below the next integer. If that has more than 32 bits, all is dropped.
    const limit = Math.ceil(p * 2 ** 32);
    const [below, scale] = limit < 2 ** 32 ? [limit, 1 / (1 - p)] : [0, 0];
    run(kernel(emitDropoutMask), mask.buffer.length, write(mask), seed, below, scale);
  },
} satisfies Partial<Kernels>;
