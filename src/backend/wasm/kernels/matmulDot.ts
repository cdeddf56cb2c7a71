/** Matrix product by dot products: vectors run along the sum, so that both operands are read as they lie. */
import {
  f32,
  f32x4,
  forAddresses,
  forRange,
  i32,
  type Module,
  type Operand,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import { type Matrices, matricesAt } from './matmulBatch.ts';
import { batchSize, type Product } from './matmulProduct.ts';
import { addOuterProduct, smaller, type Tile, tileFor, tileStart, zeroSums } from './matmulTile.ts';

type Int = Val<'i32'>;

/** So many vectors of the sum at a time: a long sum of short ones. */
const depth = 256;

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

/** Emits y [batch][rows][columns] = a · b, for `isDot`. */
export function emitDot(m: Module, product: Product) {
  const params = { y: i32, a: i32, b: i32, begin: i32, end: i32 };
  const plan = planDot(product);
  const { byRows, down, across } = plan;
  const [tiles, others] = byRows ? [down, across] : [across, down];
  return m.func({ name: 'dot', params }, (f, { begin, end, ...bases }) => {
    const [unit, other] = [f.local(i32, 'unit'), f.local(i32, 'other')];
    forRange(f, unit, begin, end, 1, () => {
      const at = matricesAt(f, product.batch, i32.divU(unit, tiles), bases);
      const own = f.let(i32.remU(unit, tiles), 'own');
      forRange(f, other, 0, others, 1, () => {
        const [row, column] = byRows ? [own, other] : [other, own];
        const top = tileStart(f, row, plan.tile.rows, product.rows);
        const left = tileStart(f, column, plan.tile.vectors, product.columns);
        writeDots(f, product, plan.tile, at, top, left);
      });
    });
  });
}

/** Writes the tile of y at row `top` and column `left`. */
function writeDots(f: Scope, product: Product, tile: Tile, at: Matrices, top: Int, left: Int): void {
  const { inner, y, a, b } = product;
  const pointer = (base: Int, offset: Int) => f.let(i32.add(base, i32.shl(offset, 2)), 'pointer');
  const pa = pointer(at.a, i32.mul(top, a.row));
  const pb = pointer(at.b, i32.mul(left, b.column));
  const to = pointer(at.y, i32.add(i32.mul(top, y.row), i32.mul(left, y.column)));
  const dots = Array.from({ length: tile.rows * tile.vectors }, () => f.let(f32.const(0), 'dot'));
  const steps = (count: Operand<'i32'>, bytes: number, load: typeof v128.load) => {
    const sums = zeroSums(f, tile);
    const end = f.let(i32.add(pa, i32.mul(count, bytes)), 'end');
    forAddresses(f, pa, pa, end, bytes, () => {
      addOuterProduct(
        f,
        tile,
        sums,
        r => load(pa, 4 * r * a.row),
        c => load(pb, 4 * c * b.column),
      );
      pb.set(i32.add(pb, bytes));
    });
    for (const [i, sum] of sums.entries()) dots[i]!.set(f32.add(dots[i]!, sumOfLanes(sum)));
  };
  const vectors = Math.floor(inner / 4);
  const start = f.local(i32, 'start');
  forRange(f, start, 0, vectors, depth, () =>
    steps(smaller(i32.const(depth), i32.sub(vectors, start)), 16, v128.load),
  );
  if (inner % 4 !== 0) steps(inner % 4, 4, v128.load32Zero);
  for (const [i, dot] of dots.entries()) {
    f32.store(f, to, dot, 4 * (Math.floor(i / tile.vectors) * y.row + (i % tile.vectors) * y.column));
  }
}

function sumOfLanes(vector: Val<'v128'>): Val<'f32'> {
  const lane = (i: number) => f32x4.extractLane(vector, i);
  return f32.add(f32.add(lane(0), lane(1)), f32.add(lane(2), lane(3)));
}
