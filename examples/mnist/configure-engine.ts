import { ArgumentError, configure } from 'tinygrad-ts';
import { type Options, UsageError } from './options.ts';

/** Chooses what the library runs on; throws a UsageError for environment variables that ask for what is not there. */
export function configureEngine({ threads, wideSimd }: Options): void {
  try {
    configure(threads === undefined ? { wideSimd } : { threads, wideSimd });
  } catch (error) {
    throw error instanceof ArgumentError ? new UsageError(error.message) : error;
  }
}
