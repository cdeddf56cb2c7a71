/** What a second thread brings: the training step, beside a bare multiply-add loop that shares nothing. */
import { availableParallelism } from 'node:os';
import { configure, runtimeInfo } from 'tinygrad-ts';
import { trainingStep } from '../network.ts';
import { peakOn } from '../peak.ts';
import { median, table, time, times } from '../timing.ts';

export function threadsSection(rounds: number): void {
  console.log('\n## Threads: training step, batch 64');
  const { threads: before } = runtimeInfo();
  const cores = availableParallelism();
  const counts = [1, cores];
  const step = trainingStep(64);
  const bare = counts.map(peakOn);
  const results = counts.map(() => ({
    steps: [] as number[],
    medians: [] as number[],
    peaks: [] as number[],
  }));
  for (let round = 0; round < rounds + 1; round++) {
    counts.forEach((threads, i) => {
      configure({ threads });
      time(step, 100); // the workers start, and the engine optimises their program and kernels
      const [each, gflops] = [times(step, 40), bare[i]!()];
      if (round === 0) return;
      results[i]!.steps.push(each.reduce((sum, ms) => sum + ms) / each.length);
      results[i]!.medians.push(median(each));
      results[i]!.peaks.push(gflops);
    });
  }
  configure({ threads: before });
  const gain = (pick: (r: (typeof results)[number], i: number) => number) =>
    median(results[0]!.steps.map((_, i) => pick(results[0]!, i) / pick(results[1]!, i)));
  const loop = 1 / gain(({ peaks }, i) => peaks[i]!);
  const row = (title: string, pick: (r: (typeof results)[number]) => number[]) => {
    const ours = gain((r, i) => pick(r)[i]!);
    const ms = results.map(r => median(pick(r)).toFixed(2));
    return [title, ...ms, ours.toFixed(2), `${((100 * ours) / loop).toFixed(0)} %`];
  };
  console.log(
    table(
      ['', '1 thread', `${cores} threads`, 'gain', 'of the loop’s'],
      [
        row('ms per step, mean', r => r.steps),
        // Without the steps in which somebody else had a core.
        row('ms per step, median', r => r.medians),
        ['bare loop, GFLOP/s', ...results.map(r => median(r.peaks).toFixed(0)), loop.toFixed(2), ''],
      ],
    ),
  );
}
