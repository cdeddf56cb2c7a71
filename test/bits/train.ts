/**
 * Prints a hash of all parameters after 200 training steps: the same on every engine, for every width of SIMD.
 *
 *   node --import tsx test/bits/train.ts [--wide]
 */
import { createHash } from 'node:crypto';
import { configure, runtimeInfo } from 'tinygrad-ts';
import { trainedBytes } from './steps.ts';

const wide = process.argv.includes('--wide');
if (wide && configure({ wideSimd: true }).simdWidth !== 256) throw new Error('no wide SIMD here');

const hash = createHash('sha256').update(trainedBytes()).digest('hex');
const { engine, backend, simdWidth } = runtimeInfo();
console.log(JSON.stringify({ hash, engine, backend, simdWidth }));
