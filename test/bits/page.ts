/** The program of the page: trains in its main thread, on one thread and on two, and sends home what came of it. */
import { configure, runtimeInfo } from 'tinygrad-ts';
import { trainedHash } from './steps.ts';

/** What the page sends: a hash for each number of threads that it asked for, or what went wrong. */
export type Report =
  | { readonly engine: string; readonly runs: readonly { readonly threads: number; readonly hash: string }[] }
  | { readonly error: string };

async function report(): Promise<Report> {
  const runs = [];
  for (const threads of [1, 2]) {
    configure({ threads });
    const hash = await trainedHash();
    runs.push({ threads: runtimeInfo().threads, hash });
  }
  return { engine: runtimeInfo().engine, runs };
}

const send = (body: Report) => fetch('/report', { method: 'POST', body: JSON.stringify(body) });
report().then(send, error => send({ error: String(error?.stack ?? error) }));
