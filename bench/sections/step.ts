/** The training step beside PyTorch's, and where its time goes. */
import { profile } from 'tinygrad-ts';
import { trainingStep } from '../network.ts';
import type { Torch } from '../peers/torch.ts';
import { alternate, median, table, time } from '../timing.ts';

export async function stepSection(torch: Torch | null, rounds: number): Promise<void> {
  console.log('\n## Training step, batch 64');
  const ours = trainingStep(64);
  time(ours, 60);
  if (torch) {
    await torch.time('train 64 30');
    const step = await alternate(
      () => time(ours, 60),
      () => torch.time('train 64 60'),
      rounds,
    );
    console.log(
      table(
        ['', 'ours', `PyTorch ${torch.version}`, 'ratio', 'lowest', 'highest'],
        [
          [
            'ms per step',
            ...[step.ours, step.theirs, step.ratio, step.lowest, step.highest].map(v => v.toFixed(2)),
          ],
        ],
      ),
    );
  } else {
    console.log(`${median(Array.from({ length: rounds }, () => time(ours, 60))).toFixed(2)} ms`);
  }
  console.log('\nWhere the time goes, over 50 steps:');
  console.log(String(profile(() => time(ours, 50))));
}
