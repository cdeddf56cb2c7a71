import { writeSync } from 'node:fs';

const standardOutput = 1;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Standard output takes no more: nobody reads it, or its disk is full. */
export class OutputError extends Error {
  override name = 'OutputError';
  /** What the system calls it, EPIPE for instance. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(`Standard output cannot be written to (${message})`);
    this.code = code;
  }
}

/**
 * Writes a line to standard output; throws an OutputError if that fails. console.log would tell of the failure in an
 * event, and a synchronous loop lets no event happen before its end.
 */
export function print(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let written = 0; written < bytes.length; ) written += writeSome(bytes.subarray(written));
}

/** Returns how many bytes were written; 0 after a short sleep if a slow reader has left no room. */
function writeSome(bytes: Uint8Array): number {
  try {
    return writeSync(standardOutput, bytes);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code !== 'EAGAIN') throw new OutputError(error.message, String(error.code));
    Atomics.wait(sleeper, 0, 0, 10);
    return 0;
  }
}
