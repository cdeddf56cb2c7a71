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
import { batchArguments } from './matmulBatch.ts';
import { lanesOf, storeLanes } from './matmulLanes.ts';
import { packedBatch } from './matmulPack.ts';
import type { MatmulPlan } from './matmulPlan.ts';
import type { Product } from './matmulProduct.ts';
import { addOuterProduct, multiples, smaller, type Tile, tileStart, zeroSums } from './matmulTile.ts';
import { type IntLocals, i32Params, loopParams, seek } from './strided.ts';

type Int = Val<'i32'>;

/** Whether the sum is cut into blocks, so that the sums of tiles wait in memory between one block and the next. */
function inBlocks({ inner }: Product, { depth }: MatmulPlan): boolean {
  return inner > depth;
}

/** Returns how many bytes the kernel needs for sums that wait, [unit][column][row] tiles. */
export function waitingBytes(product: Product, plan: MatmulPlan): number {
  return inBlocks(product, plan) ? plan.units * plan.unitDown * plan.unitAcross * tileBytes(plan.tile) : 0;
}

function tileBytes({ rows, vectors }: Tile): number {
  return 16 * rows * vectors;
}

/** What the code depends on; all other sizes are its parameters. */
export interface MatmulForm {
  readonly tile: Tile;
  /** How a is read: from panels, or from rows or columns that are dense, or neither. */
  readonly a: 'panels' | 'rows' | 'columns' | 'strided';
  /** b is read from panels, or else from rows. */
  readonly packB: boolean;
  readonly inBlocks: boolean;
  /** The lanes of y. */
  readonly y: ReturnType<typeof lanesOf>;
  /** Dims of the batch. */
  readonly depth: number;
}

export function matmulForm(product: Product, plan: MatmulPlan): MatmulForm {
  const { a, y, columns, batch } = product;
  const dense = a.inner === 1 ? 'rows' : a.row === 1 ? 'columns' : 'strided';
  return {
    tile: plan.tile,
    a: plan.packA ? 'panels' : dense,
    packB: plan.packB,
    inBlocks: inBlocks(product, plan),
    y: lanesOf(columns, y.column),
    depth: batch.length,
  };
}

const arrays = ['y', 'a', 'b'] as const;
const sizes = [
  ...['rows', 'columns', 'inner', 'yRow', 'yColumn', 'aRow', 'aStep', 'bStep'],
  ...['down', 'across', 'unitDown', 'unitAcross', 'blocksDown', 'blocksAcross', 'sumDepth'],
];

/** Returns the arguments of the kernel behind the addresses. */
export function matmulArguments(product: Product, plan: MatmulPlan): number[] {
  const { rows, columns, inner, y, a, b } = product;
  const { down, across, unitDown, unitAcross, depth } = plan;
  return [
    ...[rows, columns, inner, 4 * y.row, 4 * y.column, 4 * a.row, 4 * a.inner, 4 * b.inner],
    ...[down, across, unitDown, unitAcross, Math.ceil(down / unitDown), Math.ceil(across / unitAcross)],
    ...[depth, ...batchArguments(packedBatch(product, plan), arrays)],
  ];
}

/**
 * Emits y [batch][rows][columns] = a · b; a packed operand is [batch][tile][inner][rows or columns of a tile].
 * Tiles at the end may overlap others: all write the same to y. Params: the addresses; the sizes of the product and its
 * strides in bytes; tiles of y, of a unit, and units; steps of a block of the sum; the loops over matrices.
 */
export function emitMatmul(m: Module, form: MatmulForm) {
  const { tile, depth } = form;
  const params = i32Params(...arrays, 'waiting', ...sizes, ...loopParams(depth, arrays), 'begin', 'end');
  return m.func({ name: 'matmul', params }, (f, p) => {
    const [unit, start, sums] = [f.local(i32, 'unit'), f.local(i32, 'start'), f.local(i32, 'sums')];
    const [row, column] = [f.local(i32, 'row'), f.local(i32, 'column')];
    const at = { y: f.local(i32, 'at y'), a: f.local(i32, 'at a'), b: f.local(i32, 'at b') };
    const unitBytes = f.let(i32.mul(i32.mul(p.unitDown!, p.unitAcross!), tileBytes(tile)), 'unitBytes');
    // Where the rows of a tile are in a, and what lies between two steps of the sum.
    const rows = form.a === 'panels' || form.a === 'columns' ? null : multiples(f, p.aRow!, tile.rows);
    const steps = {
      a: form.a === 'panels' ? i32.const(4 * tile.rows) : form.a === 'rows' ? i32.const(4) : p.aStep!,
      b: form.packB ? i32.const(16 * tile.vectors) : p.bStep!,
    };
    forRange(f, unit, p.begin!, p.end!, 1, () => {
      const block = f.let(i32.divU(unit, p.blocksAcross!), 'block');
      seek(f, p, depth, f.let(i32.divU(block, p.blocksDown!), 'matrix'), at);
      const top = f.let(i32.mul(i32.remU(block, p.blocksDown!), p.unitDown!), 'top');
      const left = f.let(i32.mul(i32.remU(unit, p.blocksAcross!), p.unitAcross!), 'left');
      const bottom = f.let(smaller(i32.add(top, p.unitDown!), p.down!), 'bottom');
      const right = f.let(smaller(i32.add(left, p.unitAcross!), p.across!), 'right');
      forRange(f, start, 0, p.inner!, p.sumDepth!, () => {
        sums.set(i32.add(p.waiting!, i32.mul(unit, unitBytes)));
        forRange(f, column, left, right, 1, () => {
          forRange(f, row, top, bottom, 1, () => {
            addTile(f, form, p, { ...at, row, column, start, sums, rows, steps });
            sums.set(i32.add(sums, tileBytes(tile)));
          });
        });
      });
    });
  });
}

/** A tile of y, and a block of its sum. */
interface Place {
  /** The addresses of the matrices. */
  readonly y: Int;
  readonly a: Int;
  readonly b: Int;
  /** The numbers of the tile down and across. */
  readonly row: Int;
  readonly column: Int;
  /** The first step of the block, and where the blocks before wait. */
  readonly start: Int;
  readonly sums: Int;
  /** Bytes to each row of the tile in a, if they do not lie side by side. */
  readonly rows: readonly Int[] | null;
  /** Bytes from one step of the sum to the next. */
  readonly steps: { readonly a: Int; readonly b: Int };
}

/** Computes a block of the sum of a tile and adds it to the blocks before; the last one completes y. */
function addTile(f: Scope, form: MatmulForm, p: IntLocals, place: Place): void {
  const { tile, y } = form;
  const top = tileStart(f, place.row, tile.rows, p.rows!);
  const left = y.count < 4 ? i32.const(0) : tileStart(f, place.column, 4 * tile.vectors, p.columns!);
  const sums = sumBlock(f, form, p, place, top, left);
  const writeY = () => {
    const to = f.let(i32.add(place.y, i32.mul(top, p.yRow!)), 'to');
    to.set(i32.add(to, i32.mul(left, p.yColumn!)));
    const lanes = { count: y.count, stride: y.isDense ? null : p.yColumn! };
    for (let r = 0; r < tile.rows; r++) {
      if (r > 0) to.set(i32.add(to, p.yRow!));
      storeLanes(f, to, lanes, sums.slice(r * tile.vectors, (r + 1) * tile.vectors));
    }
  };
  if (!form.inBlocks) {
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
  ifElse(f, i32.ltU(i32.add(place.start, p.sumDepth!), p.inner!), wait, writeY);
}

/** Returns a block of the sums of a tile. */
function sumBlock(
  f: Scope,
  { tile, a, packB }: MatmulForm,
  p: IntLocals,
  { row, column, start, rows, steps, ...at }: Place,
  top: Int,
  left: Int,
): Local<'v128'>[] {
  const panel = (index: Int, step: Int) => i32.mul(index, i32.mul(p.inner!, step));
  const aTile = a === 'panels' ? panel(row, steps.a) : i32.mul(top, p.aRow!);
  const bTile = packB ? panel(column, steps.b) : i32.shl(left, 2);
  const pa = f.let(i32.add(i32.add(at.a, aTile), i32.mul(start, steps.a)), 'pa');
  const pb = f.let(i32.add(i32.add(at.b, bTile), i32.mul(start, steps.b)), 'pb');
  const count = smaller(p.sumDepth!, i32.sub(p.inner!, start));
  const last = f.let(i32.add(pb, i32.mul(count, steps.b)), 'last');
  const sums = zeroSums(f, tile);
  loop(f, again => {
    const factor = (r: number) =>
      rows ? v128.load32Splat(i32.add(pa, rows[r]!)) : v128.load32Splat(pa, 4 * r);
    addOuterProduct(f, tile, sums, factor, v => v128.load(pb, 16 * v));
    pa.set(i32.add(pa, steps.a));
    pb.set(i32.add(pb, steps.b));
    again.brIf(i32.ltU(pb, last));
  });
  return sums;
}
