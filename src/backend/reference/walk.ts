/** Loops over strided arrays. */

import { broadcastStrides } from '../../shape.ts';
import { type NdArray, sameLayout } from '../array.ts';

type Visit = (a: number, b: number, c: number, d: number) => void;

/**
 * Calls `visit` with the positions, in their buffers, of corresponding elements. The first array gives the shape;
 * the others (at most three) are broadcast to it.
 */
export function walk(arrays: readonly NdArray[], visit: Visit): void {
  const [first] = arrays as [NdArray];
  if (sameLayout(first, ...arrays.slice(1))) {
    for (let i = 0; i < first.buffer.length; i++) visit(i, i, i, i);
    return;
  }
  const { shape } = first;
  const last = shape.length - 1;
  if (shape.includes(0)) return;
  const strides = arrays.map(x => broadcastStrides(x.shape, x.strides, shape));
  const position = arrays.map(x => x.offset);
  const index = new Array<number>(shape.length).fill(0);
  const step = [0, 1, 2, 3].map(a => strides[a]?.[last] ?? 0) as [number, number, number, number];
  const inner = shape[last] ?? 1;
  for (;;) {
    let [a, b = 0, c = 0, d = 0] = position as [number, number?, number?, number?];
    for (let i = 0; i < inner; i++) {
      visit(a, b, c, d);
      a += step[0];
      b += step[1];
      c += step[2];
      d += step[3];
    }
    let dim = last - 1;
    for (; dim >= 0; dim--) {
      const size = shape[dim]!;
      const wrap = ++index[dim]! === size;
      if (wrap) index[dim] = 0;
      for (let a = 0; a < position.length; a++) position[a]! += strides[a]![dim]! * (wrap ? 1 - size : 1);
      if (!wrap) break;
    }
    if (dim < 0) return;
  }
}
