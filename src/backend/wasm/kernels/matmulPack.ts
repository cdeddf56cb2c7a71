/** Copies of matrices in the order in which tiles read them. */
import { forRange, i32, type Module, v128 } from '../asm/index.ts';
import { type BatchDim, batchArguments } from './matmulBatch.ts';
import { lanesOf, loadLanes } from './matmulLanes.ts';
import type { MatmulPlan } from './matmulPlan.ts';
import type { Product } from './matmulProduct.ts';
import { tileStart } from './matmulTile.ts';
import { i32Params, loopParams, seek } from './strided.ts';

/** For each index of the batch a matrix [length, inner], and the width of the panels that it is cut into. */
export interface Packing {
  readonly batch: readonly BatchDim<'x'>[];
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
    batch: own.map(dim => ({ size: dim.size, x: dim[operand] })),
    inner,
    ...(operand === 'a'
      ? { length: rows, along: a.row, step: a.inner, width: tile.rows }
      : { length: columns, along: b.column, step: b.inner, width: 4 * tile.vectors }),
  };
}

/** Returns the batch with the strides of the operands as they are packed. */
export function packedBatch(product: Product, plan: MatmulPlan): Product['batch'] {
  const operands = [plan.packA && 'a', plan.packB && 'b'] as const;
  return operands.reduce(
    (batch, operand) => (operand ? withPanels(batch, operand, packingOf(operand, product, plan)) : batch),
    product.batch,
  );
}

function withPanels(batch: Product['batch'], operand: 'a' | 'b', packing: Packing): Product['batch'] {
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

/** What the code of a packing depends on. */
export interface PackForm extends ReturnType<typeof lanesOf> {
  readonly depth: number;
  readonly width: number;
}

export function packForm({ batch, length, along, width }: Packing): PackForm {
  return { depth: batch.length, width, ...lanesOf(length, along) };
}

/** Returns the arguments of the kernel behind the addresses. */
export function packArguments(packing: Packing): number[] {
  const { batch, length, inner, along, step } = packing;
  const sizes = [panelsOf(packing), length, inner, 4 * along, 4 * step];
  return [...sizes, ...batchArguments(batch, ['x'])];
}

/**
 * Emits y [batch][panel][inner][width] = x. A unit is a panel. Params: the addresses; the panels of a matrix, its length
 * and its inner length; the bytes from one to the next along both; the loops over matrices.
 */
export function emitPack(m: Module, { depth, width, count, isDense }: PackForm) {
  const sizes = ['panels', 'length', 'inner', 'along', 'step'];
  const params = i32Params('y', 'x', ...sizes, ...loopParams(depth, ['x']), 'begin', 'end');
  return m.func({ name: 'pack', params }, (f, p) => {
    const [unit, k] = [f.local(i32, 'unit'), f.local(i32, 'k')];
    const [from, to] = [f.local(i32, 'from'), f.local(i32, 'to')];
    const lanes = { count, stride: isDense ? null : p.along! };
    forRange(f, unit, p.begin!, p.end!, 1, () => {
      seek(f, p, depth, f.let(i32.divU(unit, p.panels!), 'matrix'), { x: from });
      const panel = i32.remU(unit, p.panels!);
      const start = count < 4 ? i32.const(0) : tileStart(f, panel, width, p.length!);
      from.set(i32.add(from, i32.mul(start, p.along!)));
      to.set(i32.add(p.y!, i32.mul(unit, i32.mul(p.inner!, 4 * width))));
      forRange(f, k, 0, p.inner!, 1, () => {
        for (const [v, vector] of loadLanes(f, from, lanes, width / 4).entries())
          v128.store(f, to, vector, 16 * v);
        from.set(i32.add(from, p.step!));
        to.set(i32.add(to, 4 * width));
      });
    });
  });
}
