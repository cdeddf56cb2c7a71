/**
 * The weight gradient of a convolution: dw[o, c, ky, kx] = Σ dy[n, o, oy, ox] · x[n, c, oy·s - p + ky·d, …] over all
 * pixels of dy. A unit is a tile of weights. It sees all pixels, so there are no partial sums to combine.
 */
import { f32, forRange, i32, type Module, memory, type Scope, type Val } from '../asm/index.ts';
import { addBlock } from './conv2dBackwardWeightBlock.ts';
import { type BackwardWeightPlan, tapsOf, type WeightShape } from './conv2dBackwardWeightPlan.ts';
import { tileStart } from './matmulTile.ts';
import { emitOnlyIf } from './onlyIf.ts';

type Int = Val<'i32'>;

/** Which weights a unit computes. */
export interface Weights {
  readonly group: Int;
  /** The first of its columns, channels of dy, counted from the first of the group. */
  readonly column: Int;
  /** Channel (of the group) and tap of each row; with `byTap` of the first only, the others have the next channels. */
  readonly rows: readonly { readonly channel: Int; readonly tap: Int }[];
}

/** Returns how many bytes of `sums` a unit needs. */
export function sumBytes({ tile }: BackwardWeightPlan): number {
  return 16 * tile.rows * tile.vectors;
}

/**
 * Emits dw [O, C/groups, kh, kw] from x [N, H, W, C] and dy [N, Ho, Wo, groups · outerStep]. Each block of pixels is
 * summed in registers and then added to `sums` [unit][row][column], so a long sum is one of short ones.
 */
export function emitConv2dBackwardWeight(m: Module, shape: WeightShape, plan: BackwardWeightPlan) {
  const params = { dw: i32, dy: i32, x: i32, sums: i32, images: i32, begin: i32, end: i32 };
  return m.func({ name: 'conv2dBackwardWeight', params }, (f, { dw, dy, x, sums, images, begin, end }) => {
    const [unit, image, row] = [f.local(i32, 'unit'), f.local(i32, 'image'), f.local(i32, 'row')];
    const bytes = sumBytes(plan);
    const sumsOf = (index: Int) => i32.add(sums, i32.mul(index, bytes));
    memory.fill(f, sumsOf(begin), 0, i32.mul(i32.sub(end, begin), bytes));
    forRange(f, image, 0, images, plan.blockImages, () => {
      forRange(f, row, 0, shape.outSize[0], plan.blockRows, () => {
        forRange(f, unit, begin, end, 1, () => {
          const weights = weightsOf(f, shape, plan, unit);
          addBlock(
            f,
            shape,
            plan,
            weights,
            { image, images, row },
            { x, dy, sums: f.let(sumsOf(unit), 'to') },
          );
        });
      });
    });
    forRange(f, unit, begin, end, 1, () => {
      writeWeights(f, shape, plan, weightsOf(f, shape, plan, unit), sumsOf(unit), dw);
    });
  });
}

/** Emits the same with one parameter before its own: the address of a word, and it does nothing if that is 0. */
export function emitConv2dBackwardWeightIf(m: Module, shape: WeightShape, plan: BackwardWeightPlan) {
  return emitOnlyIf(m, emitConv2dBackwardWeight(m, shape, plan));
}

/** Units are ordered by group, column and row, the order of dw. */
function weightsOf(f: Scope, shape: WeightShape, plan: BackwardWeightPlan, unit: Int): Weights {
  const { tile, byTap, rowTiles, columnTiles } = plan;
  const { inner, outerStep } = shape;
  const taps = tapsOf(shape);
  const rowTile = f.let(i32.remU(unit, rowTiles), 'rowTile');
  const rest = f.let(i32.divU(unit, rowTiles), 'rest');
  const column = tileStart(f, i32.remU(rest, columnTiles), 4 * tile.vectors, outerStep);
  const group = f.let(i32.divU(rest, columnTiles), 'group');
  if (byTap) {
    const tap = f.let(i32.remU(rowTile, taps), 'tap');
    const channel = tileStart(f, i32.divU(rowTile, taps), tile.rows, inner);
    return { group, column, rows: [{ channel, tap }] };
  }
  const start = tileStart(f, rowTile, tile.rows, inner * taps);
  const rows = Array.from({ length: tile.rows }, (_, r) => {
    const row = f.let(i32.add(start, r), 'row');
    return { channel: f.let(i32.divU(row, taps), 'channel'), tap: f.let(i32.remU(row, taps), 'tap') };
  });
  return { group, column, rows };
}

/** Writes the sums of a unit to where they belong in dw, whose rows are (channel, tap). */
function writeWeights(
  f: Scope,
  shape: WeightShape,
  plan: BackwardWeightPlan,
  { group, column, rows }: Weights,
  sums: Int,
  dw: Int,
): void {
  const { inner, outer } = shape;
  const taps = tapsOf(shape);
  const width = 4 * plan.tile.vectors;
  const { channel, tap } = rows[0]!;
  const out = i32.add(i32.mul(group, outer), column);
  const weight = i32.add(i32.mul(i32.add(i32.mul(out, inner), channel), taps), tap);
  const to = f.let(i32.add(dw, i32.shl(weight, 2)), 'to');
  const from = f.let(sums, 'from');
  const lane = f.local(i32, 'lane');
  forRange(f, lane, 0, Math.min(width, outer), 1, () => {
    for (let r = 0; r < plan.tile.rows; r++) {
      f32.store(f, to, f32.load(from, 4 * width * r), 4 * r * (plan.byTap ? taps : 1));
    }
    to.set(i32.add(to, 4 * inner * taps));
    from.set(i32.add(from, 4));
  });
}
