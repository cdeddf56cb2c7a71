/** Batches from one image to a thousand, and a network that is wider and deeper, beside PyTorch. */
import { trainingStep } from '../network.ts';
import type { Torch } from '../peers/torch.ts';
import { alternate, table, time } from '../timing.ts';

interface Size {
  readonly name: string;
  readonly batch: number;
  readonly width: number;
  readonly blocks: number;
  /** Steps of a round. */
  readonly count: number;
}

const seed = { width: 16, blocks: 1 };
const sizes: readonly Size[] = [
  { name: 'batch 1', batch: 1, ...seed, count: 200 },
  { name: 'batch 8', batch: 8, ...seed, count: 50 },
  { name: 'batch 64', batch: 64, ...seed, count: 10 },
  { name: 'batch 256', batch: 256, ...seed, count: 3 },
  { name: 'batch 1024', batch: 1024, ...seed, count: 1 },
  { name: '64 channels, 8 blocks, batch 64', batch: 64, width: 64, blocks: 8, count: 1 },
];

export async function sizesSection(torch: Torch | null, rounds: number): Promise<void> {
  console.log('\n## Training step by size, µs per image');
  const rows: string[][] = [];
  for (const { name, batch, width, blocks, count } of sizes) {
    const step = trainingStep(batch, width, blocks);
    time(step, Math.max(3, count));
    const command = (n: number) => `train ${batch} ${n} ${width} ${blocks}`;
    await torch?.time(command(2));
    const { ours, theirs, ratio } = await alternate(
      () => time(step, count),
      async () => (torch ? torch.time(command(count)) : Number.NaN),
      Math.min(rounds, 7),
    );
    const perImage = (ms: number) => ((1000 * ms) / batch).toFixed(1);
    rows.push([name, perImage(ours), torch ? perImage(theirs) : '-', torch ? ratio.toFixed(2) : '-']);
  }
  console.log(table(['', 'ours', 'PyTorch', 'ratio'], rows));
}
