/** The training step beside those of the libraries that a JavaScript user would pick otherwise. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { trainingStep } from '../network.ts';
import { table, time } from '../timing.ts';

interface Peer {
  readonly name: string;
  readonly package: string;
  readonly file: string;
  /** Few where a step takes seconds. */
  readonly steps: number;
}

const peers: readonly Peer[] = [
  { name: 'jax-js, wasm', package: '@jax-js/jax', file: 'jax.ts', steps: 3 },
  { name: 'TensorFlow.js, cpu', package: '@tensorflow/tfjs', file: 'tfjs.ts', steps: 1 },
];

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the version of a package that is installed in bench/peers, or null. */
function installedVersion(name: string): string | null {
  const manifest = new URL(`../peers/node_modules/${name}/package.json`, import.meta.url);
  if (!existsSync(manifest)) return null;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** Returns milliseconds per step of a peer, in a process of its own: neither side has the other's heap. */
function runPeer({ name, file, steps }: Peer): number {
  const script = fileURLToPath(new URL(`../peers/${file}`, import.meta.url));
  const { stdout, stderr, status, error } = spawnSync(
    process.execPath,
    ['--import', 'tsx', script, String(steps)],
    { cwd: root, encoding: 'utf8' },
  );
  if (error) throw error;
  const ms = Number(stdout.trim().split('\n').at(-1));
  if (status !== 0 || !(ms > 0)) throw new Error(`${name} failed:\n${stderr || stdout}`);
  return ms;
}

export async function peersSection(): Promise<void> {
  console.log('\n## Training step of other JavaScript libraries, batch 64');
  const step = trainingStep(64);
  const rows: string[][] = [];
  for (const peer of peers) {
    const version = installedVersion(peer.package);
    if (version === null) {
      console.log(`${peer.package} is missing from this comparison. To have it: npm ci --prefix bench/peers`);
      continue;
    }
    // Before and after, so that a machine that slows down meanwhile slows both down.
    time(step, 60);
    const before = time(step, 20);
    const theirs = runPeer(peer);
    const ours = (before + time(step, 20)) / 2;
    rows.push([
      `${peer.name} (${version})`,
      theirs.toFixed(0),
      ours.toFixed(1),
      // So few steps do not carry more digits.
      `${Number((theirs / ours).toPrecision(2))}×`,
    ]);
  }
  if (rows.length > 0) console.log(table(['', 'ms per step', 'ours', 'ours faster by'], rows));
}
