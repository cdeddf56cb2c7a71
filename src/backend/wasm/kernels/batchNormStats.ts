/**
 * Mean and biased variance of each channel, in one pass over memory. Each chunk of rows sums up the deviations from a
 * rough mean and their squares, which do not suffer from a large mean; chunks are combined in float64 (Chan, Golub &
 * LeVeque 1983).
 */
import {
  f32,
  f32x4,
  f64,
  forAddresses,
  forRange,
  i32,
  type Local,
  type Module,
  select,
  type Val,
  v128,
} from '../asm/index.ts';
import { forEachPiece, loadLanes, pieceAt, repeated, storeLanes, vectorsOf } from './channels.ts';
import type { Machine } from './machine.ts';

/** Returns how many vectors of channels are summed at once: with two sums each, more than two leave the registers. */
export function vectorsSummed({ wide }: Machine): number {
  return wide ? 4 : 2;
}

/**
 * The rough mean is that of every fourth row of the chunk. Since these are a quarter of it, the mean square of the
 * deviations is at most four times the variance, whatever the data: so much can be lost by subtracting their mean.
 */
const sampled = 4;

/** Returns how many rows are summed in float32: few enough to be exact, and to stay in the first cache. */
export function rowsPerChunk(channels: number): number {
  return Math.max(16, Math.min(128, Math.floor(4096 / channels)));
}

/**
 * x [rows, C] -> partials [chunks, 3, C]: for each chunk its rough mean, Σ(x - rough), Σ(x - rough)².
 * The units are chunks.
 */
export function emitBatchNormMoments(m: Module, channels: number, machine: Machine) {
  const [chunkRows, rowBytes] = [rowsPerChunk(channels), channels * 4];
  const params = { partials: i32, x: i32, rows: i32, begin: i32, end: i32 };
  return m.func({ name: 'batchNormMoments', params }, (f, { partials, x, rows, begin, end }) => {
    const chunk = f.local(i32, 'chunk');
    const zero = f.let(f32x4.splat(0), 'zero');
    forRange(f, chunk, begin, end, 1, () => {
      const first = f.let(i32.mul(chunk, chunkRows), 'first');
      const count = f.let(rowsIn(chunkRows, i32.sub(rows, first)), 'count');
      const samples = i32.shrU(i32.add(count, sampled - 1), Math.log2(sampled));
      const share = f.let(f32x4.splat(f32.div(1, f32.convertI32U(samples))), 'share');
      const from = f.let(i32.add(x, i32.mul(first, rowBytes)), 'from');
      const to = f.let(i32.add(partials, i32.mul(chunk, 3 * rowBytes)), 'to');
      forEachPiece(f, channels, vectorsSummed(machine), piece => {
        const start = f.let(pieceAt(piece, from), 'start');
        const stop = f.let(i32.add(start, i32.mul(count, rowBytes)), 'stop');
        const zeros = (name: string) => repeated(f, piece, zero, name);
        const row = f.local(i32, 'row');

        const rough = zeros('rough');
        forAddresses(f, row, start, stop, sampled * rowBytes, () => {
          vectorsOf(piece, (at, v) => rough[v]!.set(f32x4.add(rough[v]!, loadLanes(piece, row, at))));
        });
        for (const mean of rough) mean.set(f32x4.mul(mean, share));
        // From an infinite mean no deviation is a number: then they are taken from 0.
        for (const mean of rough) mean.set(v128.and(mean, f32x4.eq(f32x4.sub(mean, mean), zero)));

        const [sums, squares] = [zeros('sum'), zeros('square')];
        forAddresses(f, row, start, stop, rowBytes, () => {
          vectorsOf(piece, (at, v) => {
            const d = f.let(f32x4.sub(loadLanes(piece, row, at), rough[v]!), 'deviation');
            sums[v]!.set(f32x4.add(sums[v]!, d));
            squares[v]!.set(f32x4.add(squares[v]!, f32x4.mul(d, d)));
          });
        });

        const into = f.let(pieceAt(piece, to), 'into');
        for (const [i, values] of [rough, sums, squares].entries()) {
          vectorsOf(piece, (at, v) => storeLanes(f, piece, into, at + i * rowBytes, values[v]!));
        }
      });
    });
  });
}

/** partials [chunks, 3, C] -> mean [C], variance [C]. The units are channels. */
export function emitBatchNormStats(m: Module, channels: number) {
  const [chunkRows, rowBytes] = [rowsPerChunk(channels), channels * 4];
  const params = { mean: i32, variance: i32, partials: i32, rows: i32, begin: i32, end: i32 };
  return m.func({ name: 'batchNormStats', params }, (f, { mean, variance, partials, rows, begin, end }) => {
    const [channel, first, from] = [f.local(i32, 'channel'), f.local(i32, 'first'), f.local(i32, 'from')];
    const load = (i: number) => f.let(f64.promoteF32(f32.load(from, i * rowBytes)));

    /** Runs `body` for each chunk with its number of rows, its mean, Σd and Σd². */
    const forEachChunk = (body: (...chunk: readonly [n: F64, mean: F64, sum: F64, square: F64]) => void) => {
      from.set(i32.add(partials, i32.shl(channel, 2)));
      forRange(f, first, 0, rows, chunkRows, () => {
        const n = f.let(f64.convertI32U(rowsIn(chunkRows, i32.sub(rows, first))), 'n');
        const [rough, sum, square] = [load(0), load(1), load(2)];
        body(n, f.let(f64.add(rough, f64.div(sum, n)), 'chunkMean'), sum, square);
        from.set(i32.add(from, 3 * rowBytes));
      });
    };

    forRange(f, channel, begin, end, 1, () => {
      const total = f.let(f64.const(0), 'total');
      forEachChunk((n, chunkMean) => total.set(f64.add(total, f64.mul(n, chunkMean))));
      const center = f.let(f64.div(total, f64.convertI32U(rows)), 'center');
      f32.store(f, i32.add(mean, i32.shl(channel, 2)), f32.demoteF64(center));

      total.set(0);
      forEachChunk((n, chunkMean, sum, square) => {
        const apart = f.let(f64.sub(chunkMean, center), 'apart');
        const within = f64.sub(square, f64.div(f64.mul(sum, sum), n));
        total.set(f64.add(total, f64.add(within, f64.mul(n, f64.mul(apart, apart)))));
      });
      const result = f64.max(f64.div(total, f64.convertI32U(rows)), 0);
      f32.store(f, i32.add(variance, i32.shl(channel, 2)), f32.demoteF64(result));
    });
  });
}

type F64 = Local<'f64'>;

/** Returns the rows of a chunk: all that it can have, or those that are left. */
export function rowsIn(chunkRows: number, left: Val<'i32'>): Val<'i32'> {
  return select(i32.const(chunkRows), left, i32.ltS(chunkRows, left));
}
