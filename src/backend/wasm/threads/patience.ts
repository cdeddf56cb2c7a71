/** How long a worker may take before it counts as dead: only time tells, while the script does not let events in. */
import type { OpenJob } from './team.ts';

/** A chunk may take so many times as long as it should: other programs run, too, and not all cores are as fast. */
const slack = 20;
/** What a chunk should take, in milliseconds, of a kernel whose time is not known. */
const unknown = 1500;
/** What a worker that sees a module for the first time compiles in a millisecond, at least. */
const bytesPerMs = 1000;

/** Returns how many milliseconds a chunk of this job may take, of which the caller's own chunks took `perChunk` each. */
export function patienceFor({ code, count, chunks }: OpenJob, perChunk: number): number {
  const known = Number.isFinite(code.unit) ? code.unit * Math.ceil(count / chunks) : unknown;
  return slack * (Math.max(known, perChunk) + code.bytes.length / bytesPerMs);
}
