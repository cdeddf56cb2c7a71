import type { Kernels, SgdItem } from '../kernels.ts';
import { sgd as reference } from '../reference/sgd.ts';
import { areFloat32 } from './dtypes.ts';
import { blockLength, emitSgd, entryWords, type SgdPlan } from './kernels/sgd.ts';
import { elementsAt } from './memory.ts';
import { kernel } from './runtime.ts';
import { runApart } from './schedule.ts';
import { inbox, read, update, write } from './stage.ts';

function momentumOf({ momentumBuffer, fresh }: SgdItem): SgdPlan['momentum'] {
  if (!momentumBuffer) return 'none';
  return fresh ? 'fresh' : 'running';
}

/** Returns the table of the kernel: where the blocks of every parameter lie. */
function blocksOf(items: readonly SgdItem[]): number[] {
  const blocks: number[] = [];
  for (const { param, grad, momentumBuffer, fresh } of items) {
    const [p, g] = [update(param), read(grad)];
    const v = momentumBuffer ? (fresh ? write : update)(momentumBuffer) : 0;
    const { length } = param.buffer;
    for (let first = 0; first < length; first += blockLength) {
      const at = 4 * first;
      blocks.push(p + at, g + at, v + at, Math.min(blockLength, length - first));
    }
  }
  return blocks;
}

export const sgd = {
  sgd(items, options) {
    if (!items.every(({ param, grad, momentumBuffer }) => areFloat32(param, grad, momentumBuffer)))
      return reference.sgd(items, options);
    const { lr, dampening, weightDecay, nesterov, maximize } = options;
    for (const momentum of ['none', 'fresh', 'running'] as const) {
      const blocks = blocksOf(items.filter(item => momentumOf(item) === momentum));
      if (blocks.length === 0) continue;
      const plan = { momentum, nesterov, weightDecay: weightDecay !== 0, maximize };
      const f = kernel(emitSgd, plan);
      const table = inbox(4 * blocks.length);
      elementsAt(table, 'int32', blocks.length).set(blocks);
      runApart(f, blocks.length / entryWords, table, lr, options.momentum, 1 - dampening, weightDecay);
    }
  },
} satisfies Partial<Kernels>;
