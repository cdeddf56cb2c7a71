/** From the number of a matrix in a batch to where it is. */
import { i32, type Scope, type Val } from '../asm/index.ts';
import type { BatchDim } from './matmulProduct.ts';

export interface StridedDim {
  readonly size: number;
  readonly stride: number;
}

/** Addresses of the matrices of one product. */
export interface Matrices {
  readonly y: Val<'i32'>;
  readonly a: Val<'i32'>;
  readonly b: Val<'i32'>;
}

/** Returns, in elements, where matrix number `index` begins in each array, given its dims; the last runs fastest. */
export function batchOffsets(
  f: Scope,
  index: Val<'i32'>,
  arrays: readonly (readonly StridedDim[])[],
): Val<'i32'>[] {
  const sizes = arrays[0]!.map(({ size }) => size);
  const offsets = arrays.map((): Val<'i32'> => i32.const(0));
  let rest = sizes.length > 0 ? f.let(index, 'rest') : index;
  for (let dim = sizes.length - 1; dim >= 0; dim--) {
    const at = dim === 0 ? rest : f.let(i32.remU(rest, sizes[dim]!), 'at');
    if (dim > 0) rest = f.let(i32.divU(rest, sizes[dim]!), 'rest');
    for (const [i, dims] of arrays.entries()) {
      const { stride } = dims[dim]!;
      if (stride !== 0) offsets[i] = i32.add(offsets[i]!, i32.mul(at, stride));
    }
  }
  return offsets;
}

/** Returns the addresses of the matrices number `index`, given those of the first ones. */
export function matricesAt(
  f: Scope,
  batch: readonly BatchDim[],
  index: Val<'i32'>,
  first: Matrices,
): Matrices {
  const names = ['y', 'a', 'b'] as const;
  const dims = names.map(name => batch.map(dim => ({ size: dim.size, stride: dim[name] })));
  const offsets = batchOffsets(f, index, dims);
  const [y, a, b] = names.map((name, i) => f.let(i32.add(first[name], i32.shl(offsets[i]!, 2)), name));
  return { y: y!, a: a!, b: b! };
}
