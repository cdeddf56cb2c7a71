import { DataError } from 'tinygrad-ts';
import { NonFiniteLossError } from './progress.ts';

/** Runs `main`. What the user can mend ends in a message and exit code 1; any other error keeps its stack trace. */
export function run(main: () => void): void {
  try {
    main();
  } catch (error) {
    if (!(error instanceof DataError || error instanceof NonFiniteLossError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
