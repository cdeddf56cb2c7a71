import { configure } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { help, parseOptions, UsageError } from '../../../examples/mnist/options.ts';

const defaults = {
  epochs: 10,
  batchSize: 64,
  testBatchSize: 1000,
  lr: 0.01,
  momentum: 0.5,
  seed: 1,
  logInterval: 10,
  data: undefined,
  trainLimit: Number.POSITIVE_INFINITY,
  testLimit: Number.POSITIVE_INFINITY,
  dropout: false,
  threads: undefined,
  wideSimd: true,
};

describe('parseOptions', () => {
  it('has the defaults of the whole job', () => {
    expect(parseOptions([])).toEqual(defaults);
  });

  it('reads every flag', () => {
    const flags =
      '--epochs 2 --batch-size 32 --test-batch-size=50 --lr 1e-3 --momentum 0 --seed 0 --log-interval 5 --data dir ' +
      '--train-limit 640 --test-limit 100 --dropout --threads 3 --no-wide-simd';
    expect(parseOptions(flags.split(' '))).toEqual({
      epochs: 2,
      batchSize: 32,
      testBatchSize: 50,
      lr: 0.001,
      momentum: 0,
      seed: 0,
      logInterval: 5,
      data: 'dir',
      trainLimit: 640,
      testLimit: 100,
      dropout: true,
      threads: 3,
      wideSimd: false,
    });
  });

  it('makes a dry run one batch of training, one of testing, with a line', () => {
    const short = { epochs: 1, logInterval: 1, trainLimit: 64, testLimit: 1000 };
    expect(parseOptions(['--dry-run'])).toEqual({ ...defaults, ...short });
    expect(parseOptions(['--dry-run', '--test-limit', '5'])).toMatchObject({ testLimit: 5, trainLimit: 64 });
  });

  it('asks for help before it looks at the values', () => {
    expect(parseOptions(['--help'])).toBe('help');
    expect(parseOptions(['-h', '--epochs', 'x'])).toBe('help');
  });

  it.each([
    [['--epoch', '3'], "Unknown option '--epoch'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--lr'], "Option '--lr <value>' argument missing"],
    [['--dropout=yes'], "Option '--dropout' does not take an argument"],
    [['--epochs', '0'], "--epochs must be an integer of at least 1, got '0'"],
    [['--batch-size', '1.5'], "--batch-size must be an integer of at least 1, got '1.5'"],
    [['--test-batch-size', ''], "--test-batch-size must be an integer of at least 1, got ''"],
    [['--log-interval=-1'], "--log-interval must be an integer of at least 1, got '-1'"],
    [['--train-limit', '1e3'], "--train-limit must be an integer of at least 1, got '1e3'"],
    [['--test-limit', '99999999999999999999'], '--test-limit must be an integer of at least 1'],
    [['--seed', 'one'], "--seed must be an integer of at least 0, got 'one'"],
    [['--lr', 'fast'], "--lr must be a number of at least 0, got 'fast'"],
    [['--lr=-0.1'], "--lr must be a number of at least 0, got '-0.1'"],
    [['--momentum', 'Infinity'], "--momentum must be a number of at least 0, got 'Infinity'"],
    [['--lr', '-1e-3'], "--lr must be a number of at least 0, got '-1e-3'"],
    [['--lr', 'NaN'], "--lr must be a number of at least 0, got 'NaN'"],
    [['--lr', '--momentum', '0'], "Option '--lr' argument is ambiguous"],
    [['--seed', '-1'], "--seed must be an integer of at least 0, got '-1'"],
    [['--dropout', '-1'], "Unknown option '-1'"],
    [['--epochs', '1e9'], "--epochs must be an integer of at least 1, got '1e9'"],
    [['--threads', '0'], "--threads must be an integer from 1 to 64, got '0'"],
    [['--threads', '65'], "--threads must be an integer from 1 to 64, got '65'"],
    [['--threads', 'x'], "--threads must be an integer from 1 to 64, got 'x'"],
    [['--data', ''], "--data must name a folder, got ''"],
    [['--momentum', ' '], "--momentum must be a number of at least 0, got ' '"],
  ])('rejects %j', (argv, message) => {
    expect(() => parseOptions(argv)).toThrow(UsageError);
    expect(() => parseOptions(argv)).toThrow(message);
  });
});

describe('--threads', () => {
  it('takes as many threads as the library does', () => {
    expect(parseOptions(['--threads', '64'])).toMatchObject({ threads: 64 });
    expect(() => configure({ threads: 65 })).toThrow(/from 1 to 64/);
  });
});

describe('help', () => {
  it('explains every flag and fits a terminal', () => {
    const flags =
      'epochs batch-size test-batch-size lr momentum seed log-interval data train-limit test-limit dropout';
    for (const flag of [...flags.split(' '), 'dry-run', 'help']) expect(help).toContain(`--${flag}`);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
