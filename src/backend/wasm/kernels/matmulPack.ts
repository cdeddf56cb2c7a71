/** Copies of matrices in the order in which tiles read them. */
import { forRange, i32, type Module } from '../asm/index.ts';
import { batchOffsets, type StridedDim } from './matmulBatch.ts';
import { loadLanes, storeLanes } from './matmulLanes.ts';
import type { MatmulPlan } from './matmulPlan.ts';
import type { BatchDim, Product } from './matmulProduct.ts';
import { tileStart } from './matmulTile.ts';

/** For each index of the batch a matrix [length, inner], and the width of the panels that it is cut into. */
export interface Packing {
  readonly batch: readonly StridedDim[];
  readonly length: number;
  readonly inner: number;
  /** In elements, from one to the next along `length` and along `inner`. */
  readonly along: number;
  readonly step: number;
  /** A multiple of 4; a matrix of less than 4 is filled up with zeros. */
  readonly width: number;
}

/** Returns how an operand is packed. A matrix that serves several indices of the batch is packed once. */
export function packingOf(operand: 'a' | 'b', product: Product, { tile }: MatmulPlan): Packing {
  const { batch, rows, columns, inner, a, b } = product;
  const own = batch.filter(dim => dim[operand] !== 0);
  return {
    batch: own.map(dim => ({ size: dim.size, stride: dim[operand] })),
    inner,
    ...(operand === 'a'
      ? { length: rows, along: a.row, step: a.inner, width: tile.rows }
      : { length: columns, along: b.column, step: b.inner, width: 4 * tile.vectors }),
  };
}

/** Returns the batch with the strides of the operands as they are packed. */
export function packedBatch(product: Product, plan: MatmulPlan): readonly BatchDim[] {
  const operands = [plan.packA && 'a', plan.packB && 'b'] as const;
  return operands.reduce(
    (batch, operand) => (operand ? withPanels(batch, operand, packingOf(operand, product, plan)) : batch),
    product.batch,
  );
}

function withPanels(batch: readonly BatchDim[], operand: 'a' | 'b', packing: Packing): readonly BatchDim[] {
  let stride = panelsOf(packing) * packing.inner * packing.width;
  const dims = [...batch].reverse().map(dim => {
    if (dim[operand] === 0) return dim;
    const packed = { ...dim, [operand]: stride };
    stride *= dim.size;
    return packed;
  });
  return dims.reverse();
}

/** Returns the number of panels of a matrix. */
function panelsOf({ length, width }: Packing): number {
  return Math.ceil(length / width);
}

/** Returns the number of panels of all matrices: the units. */
export function packUnits(packing: Packing): number {
  return packing.batch.reduce((count, { size }) => count * size, panelsOf(packing));
}

/** Emits y [batch][panel][inner][width] = x. */
export function emitPack(m: Module, packing: Packing) {
  const { batch, length, inner, along, step, width } = packing;
  const params = { y: i32, x: i32, begin: i32, end: i32 };
  const panels = panelsOf(packing);
  const source = { stride: along, count: Math.min(length, 4) };
  const dense = { stride: 1, count: 4 };
  return m.func({ name: 'pack', params }, (f, { y, x, begin, end }) => {
    const [unit, k] = [f.local(i32, 'unit'), f.local(i32, 'k')];
    const [from, to] = [f.local(i32, 'from'), f.local(i32, 'to')];
    forRange(f, unit, begin, end, 1, () => {
      const [matrix] = batchOffsets(f, i32.divU(unit, panels), [batch]);
      const start = tileStart(f, i32.remU(unit, panels), width, length);
      from.set(i32.add(x, i32.shl(i32.add(matrix!, i32.mul(start, along)), 2)));
      to.set(i32.add(y, i32.mul(unit, 4 * width * inner)));
      forRange(f, k, 0, inner, 1, () => {
        for (let lane = 0; lane < width; lane += 4) {
          storeLanes(f, to, loadLanes(from, source, lane * along), dense, lane);
        }
        from.set(i32.add(from, 4 * step));
        to.set(i32.add(to, 4 * width));
      });
    });
  });
}
