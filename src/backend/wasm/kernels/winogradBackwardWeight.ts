/**
 * The weight gradient of a convolution by Winograd's algorithm, the adjoint of the forward one: transformed tiles of x,
 * V = Bᵀ d B, are multiplied by transformed tiles of dy, M = A dY Aᵀ, and summed over all tiles, frequency by frequency.
 * The sums dU = Σ Vᵀ M are the gradient of the transformed weights.
 */
import {
  f32x4,
  forRange,
  i32,
  ifElse,
  type Local,
  loop,
  type Module,
  memory,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import type { Machine } from './machine.ts';
import { addOuterProduct, smaller, type Tile, tileFor, zeroSums } from './matmulTile.ts';
import { addChannelSums, channelSumBytes, outerSumsAt } from './winogradBackwardWeightEvenness.ts';
import { transformBlock } from './winogradBackwardWeightLine.ts';
import {
  frequencies,
  type WinogradWeightShape,
  type WinogradWeightTiling,
} from './winogradBackwardWeightPlan.ts';
import { channelSumsAt, type Room, roomOf, sumBytes, sumStride } from './winogradBackwardWeightRoom.ts';
import { factorsOf } from './winogradTransform.ts';

type Int = Val<'i32'>;

/**
 * Emits sums [unit][frequency][inner][outer] over the tiles of each unit, of x [N, H, W, inner] and
 * dy [N, Ho, Wo, outer], and flag = 0. `work` is a room for every unit, of which a call uses the first. Params behind the
 * addresses: lines of all images, of a unit and of a block.
 */
export function emitWinogradWeightSums(
  m: Module,
  shape: WinogradWeightShape,
  tiling: WinogradWeightTiling,
  machine: Machine,
) {
  const addresses = { sums: i32, x: i32, dy: i32, work: i32, flag: i32 };
  const params = { ...addresses, lines: i32, unitLines: i32, blockLines: i32, begin: i32, end: i32 };
  const room = roomOf(shape, tiling);
  const bytes = sumBytes(shape);
  return m.func({ name: 'winogradWeightSums', params }, (f, p) => {
    const { sums, x, dy, work, flag, begin, end } = p;
    const [unit, block, line] = [f.local(i32, 'unit'), f.local(i32, 'block'), f.local(i32, 'line')];
    // Some taps do not meet the first and last rows and columns: of dy those over padding, of x those beyond dy.
    const [down, across] = shape.padding;
    const unseen = [shape.taps - 1 - down, shape.taps - 1 - across] as const;
    const sides = [
      { side: room.x, image: x, sumsAt: 0, border: unseen },
      { side: room.dy, image: dy, sumsAt: outerSumsAt(shape), border: shape.padding },
    ].map(side => ({ ...side, factors: factorsOf(f, side.side.matrix) }));
    const own = f.let(i32.add(work, i32.mul(begin, room.bytes)), 'own');
    const to = f.let(i32.add(sums, i32.mul(begin, bytes)), 'to');
    memory.fill(f, own, 0, room.zeroed);
    i32.store(f, flag, 0);
    forRange(f, unit, begin, end, 1, () => {
      const first = f.let(i32.mul(unit, p.unitLines), 'first');
      const stop = f.let(smaller(i32.add(first, p.unitLines), p.lines), 'stop');
      const channelSums = f.let(i32.add(to, channelSumsAt(shape)), 'channelSums');
      memory.fill(f, channelSums, 0, channelSumBytes(shape));
      forRange(f, block, first, stop, p.blockLines, () => {
        const lines = f.let(smaller(i32.sub(stop, block), p.blockLines), 'lines');
        for (const { side, image, factors, sumsAt, border } of sides) {
          const sums = i32.add(channelSums, sumsAt);
          forRange(f, line, block, i32.add(block, lines), 1, () =>
            addChannelSums(f, side, border, image, line, sums),
          );
          const vectors = machine.wide && side.channels % 8 === 0 ? 2 : 1;
          transformBlock(f, side, factors, vectors, { image, work: own, first: block, lines });
        }
        const tiles = f.let(i32.mul(lines, tiling.tilesAcross), 'tiles');
        contract(f, shape, machine, room, { sums: to, work: own, tiles, isFirst: i32.eq(block, first) });
      });
      to.set(i32.add(to, bytes));
    });
  });
}

interface Block {
  /** Of the unit. */
  readonly sums: Int;
  readonly work: Int;
  readonly tiles: Int;
  readonly isFirst: Int;
}

/** sums[frequency] += Vᵀ · M over the tiles of a block. */
function contract(
  f: Scope,
  shape: WinogradWeightShape,
  machine: Machine,
  { x, dy }: Room,
  { sums, work, tiles, isFirst }: Block,
): void {
  const { inner, outer } = shape;
  const [frequency, row, column] = [f.local(i32, 'frequency'), f.local(i32, 'row'), f.local(i32, 'column')];
  const tile = wholeTile(shape, machine);
  const v = f.let(i32.add(work, x.tiles), 'v');
  const m = f.let(i32.add(work, dy.tiles), 'm');
  const rows = f.let(sums, 'rows');
  const length = f.let(i32.mul(tiles, 4 * inner), 'length');
  forRange(f, frequency, 0, frequencies, 1, () => {
    forRange(f, row, 0, 4 * inner, 4 * tile.rows, () => {
      const to = f.let(i32.add(rows, i32.mul(row, outer)), 'to');
      forRange(f, column, 0, 4 * outer, 16 * tile.vectors, () => {
        const a = f.let(i32.add(v, row), 'a');
        const b = f.let(i32.add(m, column), 'b');
        addProducts(f, shape, tile, { a, b, end: f.let(i32.add(a, length), 'end'), to, isFirst });
        to.set(i32.add(to, 16 * tile.vectors));
      });
    });
    v.set(i32.add(v, x.frequencyStride));
    m.set(i32.add(m, dy.frequencyStride));
    rows.set(i32.add(rows, sumStride(shape)));
  });
}

/** to [inner][outer] += aᵀ · b in a tile of them, over all rows of a [tile][inner] up to `end` and of b [tile][outer]. */
function addProducts(
  f: Scope,
  { inner, outer }: WinogradWeightShape,
  tile: Tile,
  { a, b, end, to, isFirst }: { a: Local<'i32'>; b: Local<'i32'>; end: Int; to: Int; isFirst: Int },
): void {
  const sums = zeroSums(f, tile);
  loop(f, again => {
    const factor = (r: number) => v128.load32Splat(a, 4 * r);
    addOuterProduct(f, tile, sums, factor, c => v128.load(b, 16 * c));
    b.set(i32.add(b, 4 * outer));
    again.brIf(i32.ltU(a.tee(i32.add(a, 4 * inner)), end));
  });
  const place = (i: number) => 4 * outer * Math.floor(i / tile.vectors) + 16 * (i % tile.vectors);
  const store = () => {
    for (const [i, sum] of sums.entries()) v128.store(f, to, sum, place(i));
  };
  ifElse(f, isFirst, store, () => {
    // All loads before all stores: a load between two of these keeps the engine from fusing them.
    for (const [i, sum] of sums.entries()) sum.set(f32x4.add(v128.load(to, place(i)), sum));
    store();
  });
}

/** Returns the tile of sums that stays in registers: channels of x by vectors of channels of dy, without remainders. */
function wholeTile({ inner, outer }: WinogradWeightShape, machine: Machine): Tile {
  const { rows, vectors } = tileFor(inner, outer, machine);
  let whole = vectors;
  while ((outer / 4) % whole !== 0) whole /= 2;
  return { rows, vectors: whole };
}
