import { DataError, OutOfMemoryError } from 'tinygrad-ts';
import { UsageError } from './options.ts';
import { OutputError } from './print.ts';
import { NonFiniteLossError } from './progress.ts';

/**
 * Runs `main`. What the user can mend ends in a message and exit code 1, or 2 for the command line; any other error
 * keeps its stack trace. An output that nobody reads any more, as that of `| head -1`, ends quietly, with the exit code
 * that a program has which SIGPIPE ends.
 */
export function run(main: () => void): void {
  // A notice that nobody reads is no reason to end.
  process.stderr.on('error', () => {});
  try {
    main();
  } catch (error) {
    const { message, exitCode } = outcome(error);
    if (message) console.error(message);
    process.exitCode = exitCode;
  }
}

function outcome(error: unknown): { message: string; exitCode: number } {
  if (error instanceof OutputError && error.code === 'EPIPE') return { message: '', exitCode: 128 + 13 };
  if (error instanceof UsageError)
    return { message: `${error.message}\nRun with --help to see the flags.`, exitCode: 2 };
  if (error instanceof OutOfMemoryError) {
    const advice = 'A smaller --batch-size or --test-batch-size takes less.';
    return { message: `${error.message}\n${advice}`, exitCode: 1 };
  }
  const known = [DataError, NonFiniteLossError, OutputError].find(type => error instanceof type);
  if (known && error instanceof Error) return { message: error.message, exitCode: 1 };
  throw error;
}
