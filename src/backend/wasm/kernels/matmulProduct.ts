/** A matrix product as kernels see it: sizes and strides, in elements. */
import type { NdArray } from '../../array.ts';
import type { BatchDim } from './matmulBatch.ts';

/** y [rows, columns] = a [rows, inner] · b [inner, columns], for all indices of the batch. */
export interface Product {
  /** Leading dims; the strides are 0 where the matrices are all the same. */
  readonly batch: readonly BatchDim<'y' | 'a' | 'b'>[];
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly y: { readonly row: number; readonly column: number };
  readonly a: { readonly row: number; readonly inner: number };
  readonly b: { readonly inner: number; readonly column: number };
}

/** Returns the product of strided arrays with as few dims of the batch as possible. */
export function productOf(y: NdArray, a: NdArray, b: NdArray): Product {
  const [i, j] = [y.shape.length - 2, y.shape.length - 1];
  return foldBatch({
    batch: batchOf(y, a, b),
    rows: y.shape[i]!,
    columns: y.shape[j]!,
    inner: a.shape[j]!,
    y: { row: y.strides[i]!, column: y.strides[j]! },
    a: { row: a.strides[i]!, inner: a.strides[j]! },
    b: { inner: b.strides[i]!, column: b.strides[j]! },
  });
}

export function batchSize({ batch }: Pick<Product, 'batch'>): number {
  return batch.reduce((size, dim) => size * dim.size, 1);
}

/** Returns the leading dims; those that follow one another without a gap in all three arrays are one. */
function batchOf(y: NdArray, a: NdArray, b: NdArray): Product['batch'] {
  const dims: Product['batch'][number][] = [];
  for (let i = 0; i < y.shape.length - 2; i++) {
    const dim = { size: y.shape[i]!, y: y.strides[i]!, a: a.strides[i]!, b: b.strides[i]! };
    if (dim.size === 1) continue;
    const outer = dims.at(-1);
    const follows = outer && (['y', 'a', 'b'] as const).every(x => outer[x] === dim.size * dim[x]);
    if (follows) dims[dims.length - 1] = { ...dim, size: outer.size * dim.size };
    else dims.push(dim);
  }
  return dims;
}

/** Makes one tall product of those that share b, if their rows follow one another. */
function foldBatch(product: Product): Product {
  const { batch, rows, y, a } = product;
  const last = batch.at(-1);
  if (last?.b !== 0 || last.y !== rows * y.row || last.a !== rows * a.row) return product;
  return foldBatch({ ...product, batch: batch.slice(0, -1), rows: last.size * rows });
}
