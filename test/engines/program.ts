/** Trains on one thread and on two, and prints what came of it: a program for engines other than Node. */
import { configure, runtimeInfo } from 'tinygrad-ts';
import { trainedHash } from '../bits/steps.ts';

const runs = [];
for (const threads of [1, 2]) {
  configure({ threads });
  const hash = await trainedHash();
  // An engine tells later if a worker could not start; then another number of threads is counted.
  await new Promise(resolve => setTimeout(resolve, 100));
  runs.push({ threads: runtimeInfo().threads, hash });
}
const { engine, backend, notices } = runtimeInfo();
console.log(JSON.stringify({ engine, backend, notices, runs }));
