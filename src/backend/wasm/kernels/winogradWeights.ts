/** The weights of a convolution as Winograd's algorithm multiplies by them. */
import { forRange, i32, type Local, type Module, v128 } from '../asm/index.ts';
import { storeWeightSums, weightSumBytes } from './winogradBounds.ts';
import type { WinogradPlan } from './winogradPlan.ts';
import { spaced } from './winogradTiling.ts';
import { factorsOf, tileSide, transform, type Vectors, winograds } from './winogradTransform.ts';

/** What the transformed weights depend on. */
export interface WinogradWeights {
  readonly taps: 3 | 5;
  readonly inner: number;
  readonly outer: number;
  readonly isGradient: boolean;
  readonly isFlipped: boolean;
}

/** Returns which weights a plan multiplies by. */
export function weightsOf({
  algorithm,
  input,
  output,
  isGradient,
  isFlipped,
}: WinogradPlan): WinogradWeights {
  const { taps } = algorithm;
  return { taps, inner: input.channels, outer: output.channels, isGradient, isFlipped };
}

/** Returns the size of the transformed weights with the sums behind them. */
export function weightBytes(weights: WinogradWeights): number {
  return sumsAt(weights) + weightSumBytes(weights);
}

/** Returns where the sums over the weights lie behind the transformed weights, in bytes. */
export function sumsAt({ inner, outer }: Pick<WinogradWeights, 'inner' | 'outer'>): number {
  return tileSide ** 2 * spaced(4 * inner * outer);
}

/**
 * weights [36][inner][outer] = G g Gᵀ of w [outer, inner, kh, kw] or, for the gradient, of w [inner, outer, kh, kw], and
 * the sums behind them. The last tap may come first, `isFlipped`. A unit is an inner channel.
 */
export function emitWinogradWeights(m: Module, weights: WinogradWeights) {
  const { taps, inner, outer, isGradient, isFlipped } = weights;
  const { G } = winograds[taps];
  const kernelBytes = 4 * taps ** 2;
  const [unitBytes, laneBytes] = isGradient
    ? [outer * kernelBytes, kernelBytes]
    : [kernelBytes, inner * kernelBytes];
  const params = { to: i32, w: i32, begin: i32, end: i32 };
  return m.func({ name: 'winogradWeights', params }, (f, { to: start, w, begin, end }) => {
    const factors = factorsOf(f, G);
    const zero = f.let(v128.const(new Uint8Array(16)), 'zero');
    const [unit, column] = [f.local(i32, 'unit'), f.local(i32, 'column')];
    const [from, to, sums] = [f.local(i32, 'from'), f.local(i32, 'to'), f.local(i32, 'sums')];
    const gather = (tap: number): Local<'v128'> => {
      let vector = v128.load32Zero(from, 4 * tap);
      for (let lane = 1; lane < 4; lane++)
        vector = v128.load32Lane(from, vector, lane, 4 * tap + lane * laneBytes);
      return f.let(vector, 'g');
    };
    forRange(f, unit, begin, end, 1, () => {
      from.set(i32.add(w, i32.mul(unit, unitBytes)));
      to.set(i32.add(start, i32.mul(unit, 4 * outer)));
      sums.set(
        i32.add(i32.add(start, sumsAt(weights)), i32.mul(unit, weightSumBytes({ taps, inner: 1, outer }))),
      );
      forRange(f, column, 0, outer, 4, () => {
        const g = Array.from({ length: taps ** 2 }, (_, tap) =>
          gather(isFlipped ? taps ** 2 - 1 - tap : tap),
        );
        storeWeightSums(f, sums, outer, g);
        const rows = Array.from({ length: taps }, (_, j) =>
          transform(
            f,
            factors,
            G,
            g.filter((_, tap) => tap % taps === j).map((vector): Vectors => [vector]),
          ),
        );
        for (const [i, row] of transposedRows(rows).entries()) {
          for (const [j, values] of transform(f, factors, G, row).entries())
            v128.store(f, to, values?.[0] ?? zero, (i * tileSide + j) * spaced(4 * inner * outer));
        }
        from.set(i32.add(from, 4 * laneBytes));
        to.set(i32.add(to, 16));
        sums.set(i32.add(sums, 16));
      });
    });
  });
}

function transposedRows(rows: readonly (readonly Vectors[])[]): Vectors[][] {
  return rows[0]!.map((_, i) => rows.map(row => row[i]!));
}
