/** The lines of strided arrays along one dim, and where they start in each of them. */
import type { NdArray } from '../../array.ts';

/** All dims but one, outermost first; what is contiguous in every array is one dim. */
export interface Lines {
  readonly count: number;
  readonly sizes: readonly number[];
  /** For each array, how many bytes lie between neighbours along each dim. */
  readonly steps: readonly (readonly number[])[];
}

/** Returns the lines along `dim` of arrays of one shape; a scalar is one line. */
export function linesAlong(dim: number, ...arrays: readonly NdArray[]): Lines {
  return collapsed(
    arrays[0]!.shape.filter((_, i) => i !== dim),
    arrays.map(({ strides }) => strides.filter((_, i) => i !== dim)),
  );
}

/** Returns one line for each index of `shape`, in arrays with these strides. */
export function collapsed(shape: readonly number[], strides: readonly (readonly number[])[]): Lines {
  const sizes: number[] = [];
  const steps = strides.map((): number[] => []);
  for (const [i, size] of shape.entries()) {
    if (size === 1) continue;
    const continues = sizes.length > 0 && steps.every((s, a) => s.at(-1) === strides[a]![i]! * 4 * size);
    if (continues) sizes.push(sizes.pop()! * size);
    else sizes.push(size);
    for (const [a, s] of steps.entries()) {
      if (continues) s.pop();
      s.push(strides[a]![i]! * 4);
    }
  }
  return { count: shape.reduce((n, size) => n * size, 1), sizes, steps };
}

/** Returns the dims from the inside out, as `seek` takes them: each its size, then its steps. */
export function lineArguments({ sizes, steps }: Lines): number[] {
  return sizes
    .flatMap((size, dim) => [[size, ...steps.map(s => s[dim]!)]])
    .reverse()
    .flat();
}
