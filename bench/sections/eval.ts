/** Inference beside PyTorch's: a thousand images, and one. */
import { noGrad, Tensor } from 'tinygrad-ts';
import { ResNet } from '../network.ts';
import type { Torch } from '../peers/torch.ts';
import { alternate, median, table, time } from '../timing.ts';

export async function evalSection(torch: Torch | null, rounds: number): Promise<void> {
  console.log('\n## Eval');
  const rows: string[][] = [];
  for (const [batch, count] of [
    [1000, 3],
    [1, 300],
  ] as const) {
    const model = new ResNet().eval();
    const x = Tensor.randn([batch, 1, 28, 28]);
    const forward = () => void noGrad(() => model.call(x));
    time(forward, 3 * count);
    const name = batch === 1 ? 'ms for one image' : `ms for ${batch} images`;
    if (torch) {
      await torch.time(`eval ${batch} ${3 * count}`);
      const result = await alternate(
        () => time(forward, count),
        () => torch.time(`eval ${batch} ${count}`),
        rounds,
      );
      const { ours, theirs, ratio, lowest, highest } = result;
      rows.push([name, ...[ours, theirs, ratio, lowest, highest].map(v => v.toFixed(3))]);
    } else {
      const ours = median(Array.from({ length: rounds }, () => time(forward, count)));
      rows.push([name, ours.toFixed(3), '-', '-', '-', '-']);
    }
  }
  console.log(table(['', 'ours', 'PyTorch', 'ratio', 'lowest', 'highest'], rows));
}
