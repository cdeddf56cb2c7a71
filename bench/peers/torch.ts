/** PyTorch in a process of its own, timed on command. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Torch {
  readonly version: string;
  /** Returns the milliseconds per round of `train BATCH ROUNDS [WIDTH BLOCKS]` or `eval BATCH ROUNDS`. */
  time(command: string): Promise<number>;
  close(): void;
}

/** Memory is never given back to the system: fresh pages cost PyTorch up to half of its speed. */
const tuning = {
  MALLOC_MMAP_MAX_: '0',
  MALLOC_TRIM_THRESHOLD_: '100000000000',
  MALLOC_TOP_PAD_: '500000000',
};

/** Returns PyTorch, tuned, on so many threads; null, with a notice, where it is not installed. */
export async function startTorch(threads: number): Promise<Torch | null> {
  const { OPENBLAS_NUM_THREADS, OPENBLAS_CORETYPE, OPENBLAS_VERBOSE, ...env } = process.env;
  const python = process.env.PYTHON ?? '/usr/bin/python3';
  const script = fileURLToPath(new URL('torch_server.py', import.meta.url));
  const child = spawn(python, [script, String(threads)], {
    env: { ...env, ...tuning },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', data => {
    complaint += data;
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string | undefined;
  child.on('error', () => {});
  const version = await next();
  if (version === undefined) {
    console.log(
      `PyTorch is missing from this comparison: ${complaint.trim().split('\n').at(-1) || `${python} does not start`}. ` +
        'To have it: apt-get install python3-torch (and PYTHON=/path/to/python3 if it is not /usr/bin/python3).',
    );
    return null;
  }
  return {
    version,
    async time(command) {
      child.stdin.write(`${command}\n`);
      const answer = await next();
      if (answer === undefined) throw new Error(`PyTorch stopped at '${command}':\n${complaint}`);
      return Number(answer);
    },
    close: () => child.kill(),
  };
}
