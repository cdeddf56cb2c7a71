/** How a large matrix product is cut, and which operands are copied first. */
import type { Machine } from './machine.ts';
import { batchSize, type Product } from './matmulProduct.ts';
import { type Tile, tileFor } from './matmulTile.ts';

export interface MatmulPlan {
  readonly tile: Tile;
  /** Whether a is copied to panels [inner][rows of a tile], and b to panels [inner][columns of a tile]. */
  readonly packA: boolean;
  readonly packB: boolean;
  /** So many steps of the sum at a time: a panel of b stays in the first cache while all rows pass by. */
  readonly depth: number;
  /** Tiles of y, and of a unit. */
  readonly down: number;
  readonly across: number;
  readonly unitDown: number;
  readonly unitAcross: number;
  readonly units: number;
}

const maxDepth = 256;
/** Rows and columns of a unit: its parts of a and b stay in the second cache. */
const unitRows = 128;
const unitColumns = 64;
/** An operand of fewer elements stays in the first cache however it lies. */
const smallOperand = 8192;
/** An operand that is read by fewer tiles does not repay a copy. */
const fewTiles = 8;

export function planMatmul(product: Product, machine: Machine): MatmulPlan {
  const { rows, columns, inner, a, b } = product;
  const tile = tileFor(rows, Math.max(columns, 4), machine);
  const width = 4 * tile.vectors;
  const [down, across] = [Math.ceil(rows / tile.rows), Math.ceil(columns / width)];
  const unitDown = Math.min(down, Math.ceil(unitRows / tile.rows));
  const unitAcross = Math.min(across, Math.ceil(unitColumns / width));
  const readsRowsOfB = b.column === 1 && b.inner > 0 && columns >= 4;
  return {
    tile,
    packA: a.inner !== 1 && tile.rows === 4 && across > fewTiles && rows * inner > smallOperand,
    packB: !readsRowsOfB || (down > fewTiles && columns * inner > smallOperand),
    depth: Math.ceil(inner / Math.ceil(inner / maxDepth)),
    down,
    across,
    unitDown,
    unitAcross,
    units: batchSize(product) * Math.ceil(down / unitDown) * Math.ceil(across / unitAcross),
  };
}
