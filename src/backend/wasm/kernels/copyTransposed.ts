/** The copy between layouts. */
import {
  type Func,
  forRange,
  i8x16,
  i32,
  type Local,
  type Module,
  type Scope,
  select,
  v128,
} from '../asm/index.ts';
import { type Ints, i32Params, loopParams, seek } from './strided.ts';
import type { Loop } from './stridedPlan.ts';

/** A copy between arrays in which different dims are dense, such as NCHW to NHWC. */
export interface Transpose {
  /** The loop over y in memory order. */
  readonly alongY: Loop;
  /** The loop over x in memory order. */
  readonly alongX: Loop;
  /** All others, outermost first. */
  readonly others: readonly Loop[];
}

/** Returns how to copy by tiles of 4 × 4 elements, or null if the loops (of y and x) are not of that kind. */
export function planTranspose(loops: readonly Loop[]): Transpose | null {
  const isLong = ({ size }: Loop) => size >= 4;
  const alongY = loops.find(loop => loop.strides[0] === 1 && isLong(loop));
  const alongX = loops.find(loop => loop.strides[1] === 1 && isLong(loop));
  if (!alongY || !alongX || alongX === alongY) return null;
  return { alongY, alongX, others: loops.filter(loop => loop !== alongX && loop !== alongY) };
}

/** Elements along x that a unit of work takes: a cache line. More would not fit into the cache at some strides. */
export const transposeUnit = 16;

/**
 * Emits y[…, r, c] = x[…, c, r] by tiles of 4 × 4; tiles at the end overlap those before them. Units are lines of
 * `transposeUnit` values of r, with all c. Params: y, x; how many c there are, and how many r; the bytes from r to r + 1
 * in y, and from c to c + 1 in x; the number of lines; the other loops.
 */
export function emitTranspose(m: Module, depth: number): Func<Ints, never> {
  const sizes = ['columns', 'rows', 'yRow', 'xColumn', 'lines'];
  const params = i32Params('y', 'x', ...sizes, ...loopParams(depth, ['y', 'x']), 'begin', 'end');
  return m.func({ name: 'transpose', params }, (f, p) => {
    const [unit, i, j] = [f.local(i32, 'unit'), f.local(i32, 'i'), f.local(i32, 'j')];
    const [y, x] = [f.local(i32, 'at y'), f.local(i32, 'at x')];
    const [lastRow, lastColumn] = [f.let(i32.sub(p.rows!, 4)), f.let(i32.sub(p.columns!, 4))];
    forRange(f, unit, p.begin!, p.end!, 1, () => {
      const outer = f.let(i32.divU(unit, p.lines!), 'outer');
      const line = f.let(i32.sub(unit, i32.mul(outer, p.lines!)), 'line');
      seek(f, p, depth, outer, { y, x });
      const first = f.let(i32.mul(line, transposeUnit), 'first');
      const beyond = i32.add(first, transposeUnit);
      const stop = f.let(select(beyond, p.rows!, i32.ltS(beyond, p.rows!)), 'stop');
      forRange(f, j, 0, p.columns!, 4, () => {
        const c = f.let(select(j, lastColumn, i32.ltS(j, lastColumn)), 'c');
        forRange(f, i, first, stop, 4, () => {
          const r = f.let(select(i, lastRow, i32.ltS(i, lastRow)), 'r');
          const to = i32.add(y, i32.add(i32.mul(r, p.yRow!), i32.shl(c, 2)));
          const from = i32.add(x, i32.add(i32.mul(c, p.xColumn!), i32.shl(r, 2)));
          emitTile(f, f.let(to, 'to'), p.yRow!, f.let(from, 'from'), p.xColumn!);
        });
      });
    });
  });
}

/** The numbers of 4 of the 8 lanes of two vectors as those of their bytes. */
const lanes = (...numbers: number[]) => numbers.flatMap(n => [4 * n, 4 * n + 1, 4 * n + 2, 4 * n + 3]);
const [lowLanes, highLanes] = [lanes(0, 4, 1, 5), lanes(2, 6, 3, 7)];
const [lowPairs, highPairs] = [lanes(0, 1, 4, 5), lanes(2, 3, 6, 7)];

/** Emits y[r, c] = x[c, r] for 4 × 4 elements. */
function emitTile(
  f: Scope,
  y: Local<'i32'>,
  yRow: Local<'i32'>,
  x: Local<'i32'>,
  xColumn: Local<'i32'>,
): void {
  const [a, b, c, d] = [0, 1, 2, 3].map(column => f.let(v128.load(i32.add(x, i32.mul(xColumn, column)))));
  const [ab01, ab23] = [lowLanes, highLanes].map(part => f.let(i8x16.shuffle(a!, b!, part)));
  const [cd01, cd23] = [lowLanes, highLanes].map(part => f.let(i8x16.shuffle(c!, d!, part)));
  const rows = [
    i8x16.shuffle(ab01!, cd01!, lowPairs),
    i8x16.shuffle(ab01!, cd01!, highPairs),
    i8x16.shuffle(ab23!, cd23!, lowPairs),
    i8x16.shuffle(ab23!, cd23!, highPairs),
  ];
  for (const [r, row] of rows.entries()) v128.store(f, i32.add(y, i32.mul(yRow, r)), row);
}
