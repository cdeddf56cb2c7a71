/**
 * The heart of every matrix product: a tile of sums that stays in registers, [rows][vectors of 4 columns], to which
 * each step adds an outer product.
 */
import { f32x4, i32, type Local, type Scope, select, type Val, v128 } from '../asm/index.ts';
import type { Machine } from './machine.ts';

export interface Tile {
  readonly rows: number;
  readonly vectors: number;
}

/**
 * Returns the tile for a product of so many rows and columns (of these at least 4). 16 registers hold 8 sums beside the
 * operands, best as four rows by two vectors; a wide machine pairs vectors and holds twice as many.
 */
export function tileFor(rows: number, columns: number, { wide }: Machine): Tile {
  const sums = wide ? 16 : 8;
  const height = Math.min(rows, 4);
  const vectors = Math.min(sums / Math.max(height, 2), columns / 4);
  return { rows: height, vectors: 2 ** Math.floor(Math.log2(vectors)) };
}

/** Returns new sums, row by row, all zero. */
export function zeroSums(f: Scope, { rows, vectors }: Tile): Local<'v128'>[] {
  return Array.from({ length: rows * vectors }, () => f.let(v128.const(new Uint8Array(16)), 'sum'));
}

/** sums[r][v] += a(r) · b(v); a(r) is one number in all lanes. Not unrolled: that costs some engines half the speed. */
export function addOuterProduct(
  f: Scope,
  { rows, vectors }: Tile,
  sums: readonly Local<'v128'>[],
  a: (row: number) => Val<'v128'>,
  b: (vector: number) => Val<'v128'>,
): void {
  const columns = Array.from({ length: vectors }, (_, v) => f.let(b(v), 'b'));
  for (let r = 0; r < rows; r++) {
    const factor = f.let(a(r), 'a');
    columns.forEach((column, v) => {
      const sum = sums[r * vectors + v]!;
      sum.set(f32x4.add(sum, f32x4.mul(factor, column)));
    });
  }
}

/**
 * Returns where tile `index` begins, of those of this size that cover `length`: the last one ends where they end. A length
 * that is not known beforehand is at least the size.
 */
export function tileStart(
  f: Scope,
  index: Val<'i32'>,
  size: number,
  length: number | Val<'i32'>,
): Val<'i32'> {
  if (typeof length !== 'number') return f.let(smaller(i32.mul(index, size), i32.sub(length, size)), 'start');
  if (length <= size) return i32.const(0);
  const start = f.let(i32.mul(index, size), 'start');
  return length % size === 0 ? start : f.let(smaller(start, i32.const(length - size)), 'start');
}

/** Returns 0, stride, 2 · stride …, so many of them. */
export function multiples(f: Scope, stride: Val<'i32'>, count: number): Val<'i32'>[] {
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? i32.const(0) : f.let(i32.mul(stride, i), 'offset'),
  );
}

export function smaller(a: Val<'i32'>, b: Val<'i32'>): Val<'i32'> {
  return select(a, b, i32.ltS(a, b));
}

export function larger(a: Val<'i32'>, b: Val<'i32'>): Val<'i32'> {
  return select(a, b, i32.gtS(a, b));
}
