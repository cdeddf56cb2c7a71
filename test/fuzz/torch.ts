/** PyTorch beside the library: the same programs, where a Python has it. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DType } from 'tinygrad-ts';
import { expectNear, Finding, partsOf, type Tolerance } from './compare.ts';
import type { Elements, Outcome } from './execute.ts';
import { elementsOf, isLeaf, type Program } from './program.ts';
import type { Truth } from './truth.ts';
import { numbers } from './values.ts';

/** Asks a program of the Python that has PyTorch. */
type Ask = (program: object) => Promise<Outcome>;

let ask: Ask | null = null;

/** Returns the version of the PyTorch that this Python has, which the checks ask from now on, or null. */
export async function startTorch(python: string): Promise<string | null> {
  const server = fileURLToPath(new URL('torch_server.py', import.meta.url));
  const child = spawn(python, [server], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  child.unref();
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const version = await lines.next();
  if (version.done) return null;
  ask = async program => {
    child.stdin.write(`${JSON.stringify(program)}\n`);
    const answer = await lines.next();
    if (answer.done) throw new Error('PyTorch ended.');
    return decoded(JSON.parse(answer.value));
  };
  return version.value;
}

/**
 * What differs on purpose: a bool counts as a number in arithmetic, integers have a mean, what is written in place is
 * saved by other ops, and PyTorch takes no empty channels here and there, or no gradient of a permuted input.
 */
const departures =
  /bool|could not infer output dtype|result type|in-?place|not implemented for|Integers to negative|optional 0 dim|index 0 out of range for tensor of size \[0\]|got input: \[\d+, 0,|must be contiguous/i;

/** Throws a Finding unless PyTorch, if there is one, says the same in float64. */
export async function checkTorch(program: Program, { outcome, tolerance }: Truth): Promise<void> {
  if (!ask || !tolerance) return;
  const theirs = await ask(encoded(program, outcome));
  const [their, our] = [theirs.error, outcome.error];
  if ([their, our].some(error => error && departures.test(error)) || (their && our)) return;
  if (their || our)
    throw new Finding(`PyTorch says ${their ?? 'no error'}; the library says ${our ?? 'no error'}`);
  expectNear(outcome, theirs, unlessTheirsIsLost(program, theirs, tolerance), 'beside PyTorch');
}

/** PyTorch multiplies infinities by the zeros of a convolution's padding, and folds batch norm into one line. */
function unlessTheirsIsLost({ lines }: Program, theirs: Outcome, tolerance: Tolerance): Tolerance {
  if (!lines.some(line => !isLeaf(line) && /conv2d|batchNorm/.test(line.name))) return tolerance;
  const parts = partsOf(theirs);
  return (part, element) =>
    Number.isNaN(parts[part]![1]?.values[element]) ? null : tolerance(part, element);
}

function encoded(program: Program, { results }: Outcome): object {
  const { root, cotangent } = program;
  const size = root === null ? undefined : results[program.results.indexOf(root)]?.values.length;
  return {
    ...program,
    lines: program.lines.map(line => (isLeaf(line) ? { ...line, values: base64(elementsOf(line)) } : line)),
    cotangent: size === undefined ? null : base64(numbers(cotangent, size)),
  };
}

const base64 = (values: readonly number[]) =>
  Buffer.from(Float64Array.from(values).buffer).toString('base64');

interface Encoded {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly values: string;
}

interface Answer {
  readonly results: readonly Encoded[];
  readonly gradients: readonly (Encoded | null)[];
  readonly error: string | null;
}

function decoded({ results, gradients, error }: Answer): Outcome {
  const decode = ({ values, ...type }: Encoded): Elements => {
    const bytes = Uint8Array.from(Buffer.from(values, 'base64'));
    return { ...type, values: new Float64Array(bytes.buffer) };
  };
  return { results: results.map(decode), gradients: gradients.map(g => g && decode(g)), error };
}
