/** What a second thread brings: the training step, beside a bare multiply-add loop that shares nothing. */
import { availableParallelism } from 'node:os';
import { configure, runtimeInfo } from 'tinygrad-ts';
import { trainingStep } from '../network.ts';
import { peakOn } from '../peak.ts';
import { median, table, time } from '../timing.ts';

export function threadsSection(rounds: number): void {
  console.log('\n## Threads: training step, batch 64');
  const { threads: before } = runtimeInfo();
  const cores = availableParallelism();
  const counts = [1, cores];
  const step = trainingStep(64);
  const bare = counts.map(peakOn);
  const results = counts.map(() => ({ steps: [] as number[], peaks: [] as number[] }));
  for (let round = 0; round < rounds + 1; round++) {
    counts.forEach((threads, i) => {
      configure({ threads });
      time(step, 20); // the workers start, and every kernel is known to them
      const [ms, gflops] = [time(step, 40), bare[i]!()];
      if (round === 0) return;
      results[i]!.steps.push(ms);
      results[i]!.peaks.push(gflops);
    });
  }
  configure({ threads: before });
  const gain = (pick: (r: (typeof results)[number], i: number) => number) =>
    median(results[0]!.steps.map((_, i) => pick(results[0]!, i) / pick(results[1]!, i)));
  const ours = gain(({ steps }, i) => steps[i]!);
  const loop = 1 / gain(({ peaks }, i) => peaks[i]!);
  console.log(
    table(
      ['', '1 thread', `${cores} threads`, 'gain', 'of the loop’s'],
      [
        [
          'ms per step',
          ...results.map(r => median(r.steps).toFixed(2)),
          ours.toFixed(2),
          `${((100 * ours) / loop).toFixed(0)} %`,
        ],
        ['bare loop, GFLOP/s', ...results.map(r => median(r.peaks).toFixed(0)), loop.toFixed(2), ''],
      ],
    ),
  );
}
