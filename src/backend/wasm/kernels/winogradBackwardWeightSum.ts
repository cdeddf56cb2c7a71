/** The end of Winograd's weight gradient: dg = Gᵀ dU G, where dU is the sum of all units' sums. */
import {
  f32,
  f32x4,
  forRange,
  i32,
  ifElse,
  type Local,
  type Module,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import type { Machine } from './machine.ts';
import { emitCountOfInner, emitIsUneven } from './winogradBackwardWeightEvenness.ts';
import { storeAll } from './winogradBackwardWeightLine.ts';
import type { WinogradWeightShape } from './winogradBackwardWeightPlan.ts';
import { channelSumsAt, sumBytes, sumStride } from './winogradBackwardWeightRoom.ts';
import { loadVectors } from './winogradTiling.ts';
import {
  type Factors,
  factorsOf,
  type Matrix,
  tileSide,
  transform,
  transposed,
  winograds,
} from './winogradTransform.ts';

type Int = Val<'i32'>;

/** Bytes of a place for half-transformed weights, [r][6] vectors or pairs of vectors. */
export const halfBytes = 32 * 5 * tileSide;

/**
 * Emits dw [outer][inner][r][r] from the sums [unit][frequency][inner][outer], and flag = 1 if a weight is not
 * finite, or if the channels are not even enough.
 * A unit has the weights of one inner channel. Params behind the addresses: the units of the sums, and `leastCounts`.
 */
export function emitWinogradWeightGradient(m: Module, shape: WinogradWeightShape, machine: Machine) {
  const { inner, outer, taps } = shape;
  const Gt = transposed(winograds[taps].G);
  const vectors = machine.wide && outer % 8 === 0 ? 2 : 1;
  const sizes = { units: i32, least: f32 };
  const params = { dw: i32, sums: i32, half: i32, flag: i32, ...sizes, begin: i32, end: i32 };
  return m.func({ name: 'winogradWeightGradient', params }, (f, p) => {
    const { dw, sums, half, flag, units, begin, end } = p;
    const factors = factorsOf(f, Gt);
    const [unit, channel] = [f.local(i32, 'unit'), f.local(i32, 'channel')];
    const bad = f.let(v128.const(new Uint8Array(16)), 'bad');
    const stride = sumBytes(shape);
    const channelSums = (offset: Int) => i32.add(i32.add(sums, channelSumsAt(shape)), offset);
    const own = f.let(i32.add(half, i32.mul(begin, halfBytes)), 'own');
    const from = f.let(i32.add(sums, i32.mul(begin, 4 * outer)), 'from');
    forRange(f, unit, begin, end, 1, () => {
      const to = f.let(i32.add(dw, i32.mul(unit, 4 * taps * taps)), 'to');
      const ofInner = emitCountOfInner(f, shape, units, channelSums(i32.shl(unit, 2)), stride);
      forRange(f, channel, 0, outer, 4 * vectors, () => {
        transformSums(f, shape, units, { Gt, factors, vectors }, from, own);
        writeWeights(f, shape, { Gt, factors, vectors }, own, to, bad);
        for (let v = 0; v < vectors; v++) {
          const isUneven = emitIsUneven(
            f,
            shape,
            { units, least: p.least },
            ofInner,
            channelSums(i32.shl(i32.add(channel, 4 * v), 2)),
            stride,
          );
          bad.set(v128.or(bad, isUneven));
        }
        from.set(i32.add(from, 16 * vectors));
        to.set(i32.add(to, 16 * vectors * inner * taps * taps));
      });
    });
    ifElse(f, v128.anyTrue(f32x4.ne(bad, bad)), () => i32.store(f, flag, 1));
  });
}

/** What multiplies by G or Gᵀ, so many vectors at once. */
interface Multiplier {
  readonly Gt: Matrix;
  readonly factors: Factors;
  readonly vectors: number;
}

/** half [r][6] = Gᵀ · the sums of all units, column by column. */
function transformSums(
  f: Scope,
  shape: WinogradWeightShape,
  units: Int,
  { Gt, factors, vectors }: Multiplier,
  sums: Int,
  half: Int,
): void {
  const [column, other] = [f.local(i32, 'column'), f.local(i32, 'other')];
  const stride = sumStride(shape);
  const [start, to] = [f.let(sums, 'start'), f.let(half, 'to')];
  forRange(f, column, 0, tileSide, 1, () => {
    const totals = Gt[0]!.map((_, row) => loadVectors(f, start, row * tileSide * stride, vectors));
    const from = f.let(start, 'from');
    forRange(f, other, 1, units, 1, () => {
      from.set(i32.add(from, sumBytes(shape)));
      for (const [row, total] of totals.entries()) {
        const more = loadVectors(f, from, row * tileSide * stride, vectors);
        for (const [v, value] of more.entries()) total[v]!.set(f32x4.add(total[v]!, value));
      }
    });
    storeAll(f, to, transform(f, factors, Gt, totals), 16 * vectors * tileSide);
    to.set(i32.add(to, 16 * vectors));
    start.set(i32.add(start, stride));
  });
}

/** dw = half · G, row by row, each lane to its channel; bad becomes NaN if one is not finite. */
function writeWeights(
  f: Scope,
  { inner, taps }: WinogradWeightShape,
  { Gt, factors, vectors }: Multiplier,
  half: Int,
  dw: Int,
  bad: Local<'v128'>,
): void {
  const row = f.local(i32, 'row');
  const [from, to] = [f.let(half, 'from'), f.let(dw, 'to')];
  forRange(f, row, 0, taps, 1, () => {
    const values = Gt[0]!.map((_, column) => loadVectors(f, from, 16 * vectors * column, vectors));
    for (const [tap, weights] of transform(f, factors, Gt, values).entries()) {
      for (const [v, weight] of weights!.entries()) {
        bad.set(f32x4.add(bad, f32x4.sub(weight, weight)));
        for (let lane = 0; lane < 4; lane++) {
          v128.store32Lane(f, to, weight, lane, 4 * ((4 * v + lane) * inner * taps * taps + tap));
        }
      }
    }
    from.set(i32.add(from, 16 * vectors * tileSide));
    to.set(i32.add(to, 4 * taps));
  });
}
