/** The leading dims of a product, as loops of its kernels. */

/** A leading dim: its size, and how far apart its matrices are in each array, in elements. */
export type BatchDim<A extends string> = { readonly [N in A | 'size']: number };

/** Returns the dims as `seek` takes them, from the inside out: each its size, then its strides in bytes. */
export function batchArguments<A extends string>(
  batch: readonly BatchDim<A>[],
  arrays: readonly A[],
): number[] {
  return [...batch].reverse().flatMap(dim => [dim.size, ...arrays.map(array => 4 * dim[array])]);
}
