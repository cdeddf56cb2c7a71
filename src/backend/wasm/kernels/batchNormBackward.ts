/**
 * The gradients of batch norm: one pass for Σdy and Σdy·(x - mean), one for dx (Ioffe & Szegedy 2015, section 3).
 * With norm = (x - mean) / √(variance + eps), dx = scale · (dy - (Σdy + norm · Σdy·norm) / rows).
 */
import { f32, f32x4, f64, forAddresses, forRange, i32, type Module } from '../asm/index.ts';
import { forEachBlock, forEachRow, loadPerChannel } from './batchNorm.ts';
import { rowsIn, rowsPerChunk, vectorsSummed } from './batchNormStats.ts';
import { forEachPiece, loadLanes, pieceAt, repeated, storeLanes, vectorsOf } from './channels.ts';
import type { Machine } from './machine.ts';

/** dy, x [rows, C], mean [C] -> partials [chunks, 2, C]: Σdy and Σdy·(x - mean) of each chunk. The units are chunks. */
export function emitBatchNormGradientSums(m: Module, channels: number, machine: Machine) {
  const [chunkRows, rowBytes] = [rowsPerChunk(channels), channels * 4];
  const params = { partials: i32, dy: i32, x: i32, mean: i32, rows: i32, begin: i32, end: i32 };
  return m.func({ name: 'batchNormGradientSums', params }, (f, p) => {
    const chunk = f.local(i32, 'chunk');
    const apart = f.let(i32.sub(p.x, p.dy), 'apart');
    forRange(f, chunk, p.begin, p.end, 1, () => {
      const first = f.let(i32.mul(chunk, chunkRows), 'first');
      const bytes = f.let(i32.mul(rowsIn(chunkRows, i32.sub(p.rows, first)), rowBytes), 'bytes');
      const from = f.let(i32.add(p.dy, i32.mul(first, rowBytes)), 'from');
      const to = f.let(i32.add(p.partials, i32.mul(chunk, 2 * rowBytes)), 'to');
      forEachPiece(f, channels, vectorsSummed(machine), piece => {
        const means = loadPerChannel(f, piece, p.mean);
        const sums = repeated(f, piece, f32x4.splat(0), 'sum');
        const products = repeated(f, piece, f32x4.splat(0), 'product');
        const start = f.let(pieceAt(piece, from), 'start');
        const row = f.local(i32, 'row');
        forAddresses(f, row, start, f.let(i32.add(start, bytes), 'stop'), rowBytes, () => {
          const inX = f.let(i32.add(row, apart), 'inX');
          vectorsOf(piece, (at, v) => {
            const g = f.let(loadLanes(piece, row, at), 'dy');
            sums[v]!.set(f32x4.add(sums[v]!, g));
            const deviation = f32x4.sub(loadLanes(piece, inX, at), means[v]!);
            products[v]!.set(f32x4.add(products[v]!, f32x4.mul(g, deviation)));
          });
        });
        const into = f.let(pieceAt(piece, to), 'into');
        vectorsOf(piece, (at, v) => storeLanes(f, piece, into, at, sums[v]!));
        vectorsOf(piece, (at, v) => storeLanes(f, piece, into, at + rowBytes, products[v]!));
      });
    });
  });
}

/**
 * partials [chunks, 2, C], variance, weight [C] -> dWeight, dBias [C] and coefficients [3, C] of the pass for dx:
 * scale = weight / √(variance + eps), Σdy / rows, Σdy·(x - mean) / (variance + eps) / rows. The units are channels.
 */
export function emitBatchNormCoefficients(m: Module, channels: number, weight: boolean) {
  const rowBytes = channels * 4;
  const outputs = { dWeight: i32, dBias: i32, coefficients: i32 };
  const inputs = { partials: i32, variance: i32, weight: i32, eps: f32, chunks: i32, rows: i32 };
  const params = { ...outputs, ...inputs, begin: i32, end: i32 };
  return m.func({ name: 'batchNormCoefficients', params }, (f, p) => {
    const [channel, chunk] = [f.local(i32, 'channel'), f.local(i32, 'chunk')];
    forRange(f, channel, p.begin, p.end, 1, () => {
      const at = f.let(i32.shl(channel, 2), 'at');
      const sum = f.let(f64.const(0), 'sum');
      const product = f.let(f64.const(0), 'product');
      const from = f.let(i32.add(p.partials, at), 'from');
      forRange(f, chunk, 0, p.chunks, 1, () => {
        sum.set(f64.add(sum, f64.promoteF32(f32.load(from))));
        product.set(f64.add(product, f64.promoteF32(f32.load(from, rowBytes))));
        from.set(i32.add(from, 2 * rowBytes));
      });
      const variance = f64.promoteF32(f32.load(i32.add(p.variance, at)));
      const invStd = f.let(f64.div(1, f64.sqrt(f64.add(variance, f64.promoteF32(p.eps)))), 'invStd');
      const sumDyNorm = f.let(f64.mul(product, invStd), 'sumDyNorm');
      const rows = f.let(f64.convertI32U(p.rows), 'rows');
      f32.store(f, i32.add(p.dWeight, at), f32.demoteF64(sumDyNorm));
      f32.store(f, i32.add(p.dBias, at), f32.demoteF64(sum));
      const into = f.let(i32.add(p.coefficients, at), 'into');
      const scale = weight ? f64.mul(invStd, f64.promoteF32(f32.load(i32.add(p.weight, at)))) : invStd;
      const slope = f64.div(f64.mul(sumDyNorm, invStd), rows);
      for (const [i, value] of [scale, f64.div(sum, rows), slope].entries())
        f32.store(f, into, f32.demoteF64(value), i * rowBytes);
    });
  });
}

/**
 * dy [rows, C] -> dx [rows, C] = scale · dy, or with `training`, which reads x [rows, C] and mean [C],
 * scale · (dy - Σdy / rows - (x - mean) · slope); coefficients [3, C] as above. The units are rows.
 */
export function emitBatchNormBackward(m: Module, channels: number, training: boolean) {
  const rowBytes = channels * 4;
  const params = { dx: i32, dy: i32, x: i32, mean: i32, coefficients: i32, begin: i32, end: i32 };
  return m.func({ name: 'batchNormBackward', params }, (f, p) =>
    forEachBlock(f, channels, p, (first, bytes) =>
      // Four vectors per channel are needed at hand: more than two channels of them do not fit in the registers.
      forEachPiece(f, channels, training ? 2 : 4, piece => {
        const load = (i: number) => loadPerChannel(f, piece, i32.add(p.coefficients, i * rowBytes));
        const scales = load(0);
        const rows = { first, bytes, to: p.dx };
        if (!training) {
          forEachRow(f, channels, piece, { ...rows, from: [p.dy] }, ([dy]) =>
            dy!.map((g, v) => f32x4.mul(g, scales[v]!)),
          );
          return;
        }
        const [averages, slopes, means] = [load(1), load(2), loadPerChannel(f, piece, p.mean)];
        forEachRow(f, channels, piece, { ...rows, from: [p.dy, p.x] }, ([dy, x]) =>
          dy!.map((g, v) => {
            const through = f32x4.mul(f32x4.sub(x![v]!, means[v]!), slopes[v]!);
            return f32x4.mul(f32x4.sub(f32x4.sub(g, averages[v]!), through), scales[v]!);
          }),
        );
      }),
    ),
  );
}
