/** The program of the page: trains in its main thread, on one thread and on two, and sends home what came of it. */
import { configure, runtimeInfo, Tensor } from 'tinygrad-ts';
import { trainedHash } from './steps.ts';

/** What the page sends: what came of each number of threads that it asked for, or what went wrong. */
export type Report = { readonly engine: string; readonly runs: readonly Run[] } | { readonly error: string };

interface Run {
  readonly threads: number;
  /** Empty on plain loops, which would take a minute. */
  readonly hash: string;
  readonly notices: Readonly<Record<string, string>>;
}

async function report(): Promise<Report> {
  const runs: Run[] = [];
  for (const threads of [1, 2]) {
    const { backend } = configure({ threads });
    if (String(Tensor.ones([2]).add(1).toArray()) !== '2,2') throw new Error('1 + 1 is not 2');
    const hash = backend === 'wasm' ? await trainedHash() : '';
    // A browser tells later if a worker could not start.
    await new Promise(resolve => setTimeout(resolve, 100));
    const { threads: count, notices } = runtimeInfo();
    runs.push({ threads: count, hash, notices });
  }
  return { engine: runtimeInfo().engine, runs };
}

const send = (body: Report) => fetch('/report', { method: 'POST', body: JSON.stringify(body) });
report().then(send, error => send({ error: String(error?.stack ?? error) }));
