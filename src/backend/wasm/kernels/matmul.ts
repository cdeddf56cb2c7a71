/**
 * Matrix product by outer products: a tile of y is summed in registers; step k adds column k of a times row k of b.
 * The loops around it are those of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
 */
import {
  f32x4,
  forRange,
  i32,
  ifElse,
  type Local,
  loop,
  type Module,
  type Scope,
  type Val,
  v128,
} from '../asm/index.ts';
import { type Matrices, matricesAt } from './matmulBatch.ts';
import { storeLanes } from './matmulLanes.ts';
import { packedBatch } from './matmulPack.ts';
import type { MatmulPlan } from './matmulPlan.ts';
import type { Product } from './matmulProduct.ts';
import { addOuterProduct, smaller, tileStart, zeroSums } from './matmulTile.ts';

type Int = Val<'i32'>;

/** A tile of y by its numbers down and across, the first step of a block of its sum, and where the blocks before wait. */
interface Place {
  readonly row: Int;
  readonly column: Int;
  readonly start: Int;
  readonly sums: Int;
}

/** Whether the sum is cut into blocks, so that the sums of tiles wait in memory between one block and the next. */
function inBlocks({ inner }: Product, { depth }: MatmulPlan): boolean {
  return inner > depth;
}

/** Returns how many bytes the kernel needs for sums that wait, [unit][column][row] tiles. */
export function waitingBytes(product: Product, plan: MatmulPlan): number {
  return inBlocks(product, plan) ? plan.units * plan.unitDown * plan.unitAcross * tileBytes(plan) : 0;
}

function tileBytes({ tile }: MatmulPlan): number {
  return 16 * tile.rows * tile.vectors;
}

/**
 * Emits y [batch][rows][columns] = a · b; a packed operand is [batch][tile][inner][rows or columns of a tile].
 * Tiles at the end may overlap others: all write the same to y.
 */
export function emitMatmul(m: Module, product: Product, plan: MatmulPlan) {
  const params = { y: i32, a: i32, b: i32, waiting: i32, begin: i32, end: i32 };
  const { down, across, unitDown, unitAcross, depth } = plan;
  const [blocksDown, blocksAcross] = [Math.ceil(down / unitDown), Math.ceil(across / unitAcross)];
  const batch = packedBatch(product, plan);
  return m.func({ name: 'matmul', params }, (f, { waiting, begin, end, ...bases }) => {
    const [unit, start, sums] = [f.local(i32, 'unit'), f.local(i32, 'start'), f.local(i32, 'sums')];
    const [row, column] = [f.local(i32, 'row'), f.local(i32, 'column')];
    forRange(f, unit, begin, end, 1, () => {
      const block = f.let(i32.divU(unit, blocksAcross), 'block');
      const at = matricesAt(f, batch, i32.divU(block, blocksDown), bases);
      const top = f.let(i32.mul(i32.remU(block, blocksDown), unitDown), 'top');
      const left = f.let(i32.mul(i32.remU(unit, blocksAcross), unitAcross), 'left');
      const bottom = f.let(smaller(i32.add(top, unitDown), i32.const(down)), 'bottom');
      const right = f.let(smaller(i32.add(left, unitAcross), i32.const(across)), 'right');
      forRange(f, start, 0, product.inner, depth, () => {
        sums.set(i32.add(waiting, i32.mul(unit, unitDown * unitAcross * tileBytes(plan))));
        forRange(f, column, left, right, 1, () => {
          forRange(f, row, top, bottom, 1, () => {
            addTile(f, product, plan, at, { row, column, start, sums });
            sums.set(i32.add(sums, tileBytes(plan)));
          });
        });
      });
    });
  });
}

/** Computes a block of the sum of a tile and adds it to the blocks before; the last one completes y. */
function addTile(f: Scope, product: Product, plan: MatmulPlan, at: Matrices, place: Place): void {
  const { rows, columns, inner, y } = product;
  const { tile, depth } = plan;
  const top = f.let(tileStart(f, place.row, tile.rows, rows), 'top');
  const left = f.let(tileStart(f, place.column, 4 * tile.vectors, columns), 'left');
  const sums = sumBlock(f, product, plan, at, place, top, left);
  const writeY = () => {
    const element = i32.add(i32.mul(top, y.row), i32.mul(left, y.column));
    const to = f.let(i32.add(at.y, i32.shl(element, 2)), 'to');
    const lanes = { stride: y.column, count: Math.min(columns, 4) };
    for (const [i, sum] of sums.entries()) {
      const [r, v] = [Math.floor(i / tile.vectors), i % tile.vectors];
      storeLanes(f, to, sum, lanes, r * y.row + 4 * v * y.column);
    }
  };
  if (!inBlocks(product, plan)) {
    writeY();
    return;
  }
  // All loads before all stores: a load between two of these keeps the engine from fusing them.
  ifElse(f, place.start, () => {
    for (const [i, sum] of sums.entries()) sum.set(f32x4.add(v128.load(place.sums, 16 * i), sum));
  });
  const wait = () => {
    for (const [i, sum] of sums.entries()) v128.store(f, place.sums, sum, 16 * i);
  };
  ifElse(f, i32.ltU(place.start, inner - depth), wait, writeY);
}

/** Returns a block of the sums of a tile. */
function sumBlock(
  f: Scope,
  { inner, a, b }: Product,
  { tile, packA, packB, depth }: MatmulPlan,
  at: Matrices,
  { row, column, start }: Place,
  top: Int,
  left: Int,
): Local<'v128'>[] {
  const width = 4 * tile.vectors;
  const aRow = packA ? 1 : a.row;
  const [aStep, bStep] = [packA ? tile.rows : a.inner, packB ? width : b.inner];
  const aTile = packA ? i32.mul(row, tile.rows * inner) : i32.mul(top, a.row);
  const bTile = packB ? i32.mul(column, width * inner) : left;
  const pointer = (base: Int, offset: Int, step: number) =>
    f.let(i32.add(base, i32.shl(i32.add(offset, i32.mul(start, step)), 2)), 'pointer');
  const [pa, pb] = [pointer(at.a, aTile, aStep), pointer(at.b, bTile, bStep)];
  const steps = smaller(i32.const(depth), i32.sub(inner, start));
  const last = f.let(i32.add(pb, i32.mul(steps, 4 * bStep)), 'last');
  const sums = zeroSums(f, tile);
  loop(f, again => {
    const factor = (r: number) => v128.load32Splat(pa, 4 * r * aRow);
    addOuterProduct(f, tile, sums, factor, v => v128.load(pb, 16 * v));
    pa.set(i32.add(pa, 4 * aStep));
    pb.set(i32.add(pb, 4 * bStep));
    again.brIf(i32.ltU(pb, last));
  });
  return sums;
}
