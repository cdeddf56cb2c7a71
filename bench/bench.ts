/**
 * Measures this machine: kernels, the training step, inference, sizes, threads, other libraries, the process.
 *
 *   npm run bench                              everything
 *   npm run bench -- --only step,eval --wide   some of it, with 256-bit SIMD
 */
import { parseArgs } from 'node:util';
import { configure } from 'tinygrad-ts';
import { header } from './machine.ts';
import { startTorch } from './peers/torch.ts';
import { evalSection } from './sections/eval.ts';
import { kernelsSection } from './sections/kernels.ts';
import { peersSection } from './sections/peers.ts';
import { processSection } from './sections/process.ts';
import { sizesSection } from './sections/sizes.ts';
import { stepSection } from './sections/step.ts';
import { threadsSection } from './sections/threads.ts';

const sections = ['kernels', 'step', 'eval', 'sizes', 'threads', 'peers', 'process'] as const;
type Section = (typeof sections)[number];

const help = `Measures this machine. Compare ratios: both sides run in turn, medians of many rounds.

Usage: npm run bench -- [flags]

  --only LIST     of ${sections.join(', ')} (default: all)
  --threads N     threads of both sides (default: 1)
  --rounds N      rounds of each comparison (default: 15)
  --wide          256-bit SIMD (V8 12 or later: npx -y node@24 --import tsx bench/bench.ts --wide)
  -h, --help      show this text`;

function readFlags() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: sections.join(',') },
      threads: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '15' },
      wide: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const only = values.only.split(',');
  const unknown = only.find(name => !(sections as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new Error(`unknown section '${unknown}'; the sections are ${sections.join(', ')}`);
  const positive = (name: 'rounds' | 'threads') => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name} must be a positive integer, got '${values[name]}'`);
  };
  const { wide, help } = values;
  return {
    only: new Set(only as Section[]),
    rounds: positive('rounds'),
    threads: positive('threads'),
    wide,
    help,
  };
}

async function main(): Promise<void> {
  const flags = readFlags();
  if (flags.help) {
    console.log(help);
    return;
  }
  const { threads } = configure({ threads: flags.threads, wideSimd: flags.wide });
  console.log(header());
  if (flags.only.has('kernels')) kernelsSection(flags.rounds);
  const beside = [
    ['step', stepSection],
    ['eval', evalSection],
    ['sizes', sizesSection],
  ] as const;
  if (beside.some(([name]) => flags.only.has(name))) {
    const torch = await startTorch(threads);
    for (const [name, section] of beside) if (flags.only.has(name)) await section(torch, flags.rounds);
    torch?.close();
  }
  if (flags.only.has('threads')) threadsSection(flags.rounds);
  if (flags.only.has('peers')) await peersSection();
  if (flags.only.has('process')) processSection(threads);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
