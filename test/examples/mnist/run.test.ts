import { ArgumentError, DataError, OutOfMemoryError } from 'tinygrad-ts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UsageError } from '../../../examples/mnist/options.ts';
import { OutputError } from '../../../examples/mnist/print.ts';
import { NonFiniteLossError } from '../../../examples/mnist/progress.ts';
import { run } from '../../../examples/mnist/run.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Returns what a program prints to standard error whose `main` throws, and its exit code. */
function outcomeOf(error: Error) {
  const printed = vi.spyOn(console, 'error').mockImplementation(() => {});
  run(() => {
    throw error;
  });
  return { text: printed.mock.calls.flat().join('\n'), exitCode: process.exitCode };
}

describe('run', () => {
  it.each([
    [new DataError('no data'), 1, 'no data'],
    [new NonFiniteLossError('no loss'), 1, 'no loss'],
    [new OutputError('disk full', 'ENOSPC'), 1, 'Standard output cannot be written to (disk full)'],
    [new OutputError('nobody reads', 'EPIPE'), 141, ''],
    [new UsageError('no such flag'), 2, 'no such flag\nRun with --help to see the flags.'],
    [
      new OutOfMemoryError('no memory', 9, 0),
      1,
      'no memory\nA smaller --batch-size or --test-batch-size takes less.',
    ],
  ])('ends without a stack trace for %s', (error, exitCode, text) => {
    expect(outcomeOf(error)).toEqual({ text, exitCode });
  });

  it.each([new ArgumentError('a mistake'), new TypeError('a mistake')])('throws %s on', error => {
    expect(() => outcomeOf(error)).toThrow(error);
  });
});
