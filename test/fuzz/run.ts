/** Looks for faults by random programs: `npm run test:fuzz -- --seconds 60`. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { start } from './checks.ts';
import { type Counterexample, type Fuzzer, fuzz } from './fuzz.ts';
import { fuzzers } from './fuzzers/index.ts';
import { startTorch } from './torch.ts';

const names = fuzzers.map(({ name }) => name);
const help = `Looks for faults by random programs: the same bits in every way to run them, and near to float64.

Usage: npm run test:fuzz -- [flags]

  --seconds N       how long, in all (default: 60)
  --seed S          where the random numbers begin (default: another each time; it is printed)
  --only A,B        these fuzzers only: ${names.join(', ')}
  --path P          this case of the seed alone, as a failure prints it; with --only and --seed
  --torch PYTHON    a Python with PyTorch to compare with (default: TINYGRAD_TORCH of the environment)
  --wide-simd       256-bit instructions, where they can be had
  -h, --help        show this text`;

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 30)) },
    only: { type: 'string', default: names.join(',') },
    path: { type: 'string', default: '' },
    torch: { type: 'string', default: process.env.TINYGRAD_TORCH ?? '' },
    'wide-simd': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
const [seed, seconds] = [Number(flags.seed), Number(flags.seconds)];
const unknown = flags.only.split(',').find(name => !names.includes(name));
if (flags.help) finish(help, 0);
if (unknown !== undefined) finish(`There is no fuzzer '${unknown}'.\n\n${help}`, 2);
if (!Number.isInteger(seed) || !(seconds > 0))
  finish(`A seed is a whole number, and seconds are more than 0.\n\n${help}`, 2);

start({ wideSimd: flags['wide-simd'] });
const version = flags.torch ? await startTorch(flags.torch) : null;
console.log(`Seed ${seed}.${version ? ` Beside PyTorch ${version}.` : ''}`);
if (!version) {
  const why = flags.torch
    ? `${flags.torch} has no PyTorch`
    : 'give --torch or TINYGRAD_TORCH, a Python that has it';
  console.log(`NOT CHECKED beside PyTorch: ${why}.`);
}

const chosen = fuzzers.filter(({ name }) => flags.only.split(',').includes(name));
let findings = 0;
for (const fuzzer of chosen) findings += Number(await found(fuzzer));
process.exit(findings > 0 ? 1 : 0);

/** Runs a fuzzer for its part of the time, and tells of what it found; returns whether there is something. */
async function found(fuzzer: Fuzzer): Promise<boolean> {
  const limits = { seed, seconds: seconds / chosen.length, path: flags.path };
  const { runs, counterexample } = await fuzz(fuzzer, limits);
  console.log(`${fuzzer.name}: ${runs} cases${counterexample ? ', and a finding' : ''}`);
  if (counterexample) tell(counterexample);
  return counterexample !== null;
}

function tell({ fuzzer, message, code, seed: at, path }: Counterexample): void {
  const again = ['--only', fuzzer, '--seed', String(at), '--path', path];
  console.log(`\n${message}\nAgain: npm run test:fuzz -- ${again.join(' ')}`);
  if (!flags.path && !fails(again)) {
    console.log(
      `By itself this case passes: it needs what ran before it, with --only ${flags.only} --seed ${seed} and as much time.`,
    );
  }
  console.log(`\n${code}`);
}

/** Whether a process that runs only this fails. */
function fails(again: readonly string[]): boolean {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...again, '--torch', flags.torch];
  return spawnSync(process.execPath, args, { stdio: 'ignore' }).status === 1;
}

function finish(text: string, code: number): never {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
