/** What was measured on. */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { runtimeInfo } from 'tinygrad-ts';

/** Returns the first lines of a report: a figure without them says nothing. */
export function header(): string {
  const { backend, simdWidth, threads, engine } = runtimeInfo();
  const [load] = loadavg() as [number];
  return [
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, load ${load.toFixed(1)}`,
    `${engine}, ${backend} backend, ${simdWidth}-bit SIMD, ${threads} thread${threads === 1 ? '' : 's'}`,
  ].join('\n');
}
