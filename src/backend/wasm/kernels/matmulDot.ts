/** Matrix product by dot products: vectors run along the sum, so that both operands are read as they lie. */
import {
  f32,
  f32x4,
  forAddresses,
  forRange,
  i32,
  ifElse,
  type Module,
  type Operand,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import { batchArguments } from './matmulBatch.ts';
import { batchSize, type Product } from './matmulProduct.ts';
import {
  addOuterProduct,
  multiples,
  smaller,
  type Tile,
  tileFor,
  tileStart,
  zeroSums,
} from './matmulTile.ts';
import { type IntLocals, i32Params, loopParams, seek } from './strided.ts';

type Int = Val<'i32'>;

/** So many vectors of the sum at a time: a long sum of short ones. */
const sumDepth = 256;

/** The sums of a tile are vectors: its `vectors` are columns of b. */
interface DotPlan {
  readonly tile: Tile;
  /** A unit is one tile of rows by all columns, or else one tile of columns by all rows. */
  readonly byRows: boolean;
  readonly down: number;
  readonly across: number;
}

/** Whether both operands lie along the sum, and one is too small to repay a copy of the other. */
export function isDot({ rows, columns, inner, a, b }: Product): boolean {
  return a.inner === 1 && b.inner === 1 && inner >= 16 && Math.min(rows, columns) <= 32;
}

function planDot({ rows, columns }: Product): DotPlan {
  const tile = tileFor(rows, 4 * columns, { wide: false });
  const [down, across] = [Math.ceil(rows / tile.rows), Math.ceil(columns / tile.vectors)];
  return { tile, byRows: down >= across, down, across };
}

/** Returns the number of units. */
export function dotUnits(product: Product): number {
  const { down, across } = planDot(product);
  return batchSize(product) * Math.max(down, across);
}

/** What the code of the dot products depends on. */
export interface DotForm extends Pick<DotPlan, 'tile' | 'byRows'> {
  readonly depth: number;
}

export function dotForm(product: Product): DotForm {
  const { tile, byRows } = planDot(product);
  return { tile, byRows, depth: product.batch.length };
}

/** Returns the arguments of the kernel behind the addresses. */
export function dotArguments(product: Product): number[] {
  const { rows, columns, inner, batch, y, a, b } = product;
  const { byRows, down, across } = planDot(product);
  const tiles = byRows ? [down, across] : [across, down];
  const strides = [y.row, y.column, a.row, b.column].map(stride => 4 * stride);
  return [...tiles, rows, columns, inner, ...strides, ...batchArguments(batch, arrays)];
}

const arrays = ['y', 'a', 'b'] as const;
const sizes = ['tiles', 'others', 'rows', 'columns', 'inner', 'yRow', 'yColumn', 'aRow', 'bColumn'];

/**
 * Emits y [batch][rows][columns] = a · b, for `isDot`. Params: the addresses; tiles of the kind that a unit is one of,
 * and of the other kind; rows, columns, and the length of the sum; strides in bytes; the loops over matrices.
 */
export function emitDot(m: Module, { tile, byRows, depth }: DotForm) {
  const params = i32Params(...arrays, ...sizes, ...loopParams(depth, arrays), 'begin', 'end');
  return m.func({ name: 'dot', params }, (f, p) => {
    const [unit, other] = [f.local(i32, 'unit'), f.local(i32, 'other')];
    const at = { y: f.local(i32, 'at y'), a: f.local(i32, 'at a'), b: f.local(i32, 'at b') };
    forRange(f, unit, p.begin!, p.end!, 1, () => {
      seek(f, p, depth, f.let(i32.divU(unit, p.tiles!), 'matrix'), at);
      const own = f.let(i32.remU(unit, p.tiles!), 'own');
      forRange(f, other, 0, p.others!, 1, () => {
        const [row, column] = byRows ? [own, other] : [other, own];
        const top = tileStart(f, row, tile.rows, p.rows!);
        const left = tileStart(f, column, tile.vectors, p.columns!);
        writeDots(f, p, tile, at, top, left);
      });
    });
  });
}

/** Writes the tile of y at row `top` and column `left`. */
function writeDots(f: Scope, p: IntLocals, tile: Tile, at: IntLocals, top: Int, left: Int): void {
  const pa = f.let(i32.add(at.a!, i32.mul(top, p.aRow!)), 'pa');
  const pb = f.let(i32.add(at.b!, i32.mul(left, p.bColumn!)), 'pb');
  const [inA, inB] = [multiples(f, p.aRow!, tile.rows), multiples(f, p.bColumn!, tile.vectors)];
  const dots = Array.from({ length: tile.rows * tile.vectors }, () => f.let(f32.const(0), 'dot'));
  const steps = (count: Operand<'i32'>, bytes: number, load: typeof v128.load) => {
    const sums = zeroSums(f, tile);
    const end = f.let(i32.add(pa, i32.mul(count, bytes)), 'end');
    forAddresses(f, pa, pa, end, bytes, () => {
      addOuterProduct(
        f,
        tile,
        sums,
        r => load(i32.add(pa, inA[r]!)),
        c => load(i32.add(pb, inB[c]!)),
      );
      pb.set(i32.add(pb, bytes));
    });
    for (const [i, sum] of sums.entries()) dots[i]!.set(f32.add(dots[i]!, sumOfLanes(sum)));
  };
  const vectors = f.let(i32.shrU(p.inner!, 2), 'vectors');
  const start = f.local(i32, 'start');
  forRange(f, start, 0, vectors, sumDepth, () =>
    steps(smaller(i32.const(sumDepth), i32.sub(vectors, start)), 16, v128.load),
  );
  const rest = f.let(i32.and(p.inner!, 3), 'rest');
  ifElse(f, rest, () => steps(rest, 4, v128.load32Zero));
  const to = f.let(i32.add(at.y!, i32.mul(top, p.yRow!)), 'to');
  to.set(i32.add(to, i32.mul(left, p.yColumn!)));
  const [inRows, inColumns] = [multiples(f, p.yRow!, tile.rows), multiples(f, p.yColumn!, tile.vectors)];
  for (const [i, dot] of dots.entries()) {
    const inRow = i32.add(to, inRows[Math.floor(i / tile.vectors)]!);
    f32.store(f, i32.add(inRow, inColumns[i % tile.vectors]!), dot);
  }
}

function sumOfLanes(vector: Val<'v128'>): Val<'f32'> {
  const lane = (i: number) => f32x4.extractLane(vector, i);
  return f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3)));
}
