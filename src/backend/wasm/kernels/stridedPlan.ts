/** Which loops run over strided arrays: as few as possible, the innermost over memory in order. */

/** One loop: its number of steps, and how far one goes in each array, in elements. */
export interface Loop {
  readonly size: number;
  readonly strides: readonly number[];
}

/** A loop this short is not worth vectors. */
const short = 8;

/**
 * Returns the loops, outermost first, over arrays of one shape with these strides, the first array being written to:
 * dims of one element are dropped, dims that lie in memory as one are one.
 */
export function planLoops(shape: readonly number[], strides: readonly (readonly number[])[]): Loop[] {
  const loops: Loop[] = [];
  for (const [dim, size] of shape.entries()) {
    if (size !== 1) loops.push({ size, strides: strides.map(s => s[dim]!) });
  }
  loops.sort((a, b) => b.strides[0]! - a.strides[0]!);
  const merged: Loop[] = [];
  for (const inner of loops) {
    const outer = merged.at(-1);
    if (outer?.strides.every((stride, i) => stride === inner.size * inner.strides[i]!)) {
      merged[merged.length - 1] = { size: outer.size * inner.size, strides: inner.strides };
    } else merged.push(inner);
  }
  return merged;
}

/** Returns the loops with the longest as the innermost, if the innermost is far too short. */
export function withLongestInside(loops: readonly Loop[]): readonly Loop[] {
  const inner = loops.at(-1);
  if (!inner || inner.size >= short) return loops;
  const longest = loops.reduce((a, b) => (b.size > a.size ? b : a));
  return longest.size < 4 * inner.size ? loops : [...loops.filter(loop => loop !== longest), longest];
}

/** Returns how often the body of these loops runs. */
export function countOf(loops: readonly Loop[]): number {
  return loops.reduce((count, { size }) => count * size, 1);
}

/** Returns the loops from the inside out as arguments of a kernel: each its size, then its strides in bytes. */
export function loopArguments(loops: readonly Loop[]): number[] {
  return [...loops].reverse().flatMap(({ size, strides }) => [size, ...strides.map(stride => 4 * stride)]);
}
