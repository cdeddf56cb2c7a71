import type { ArrayType, NdArray } from '../backend/array.ts';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, formatShape, type Shape } from '../shape.ts';
import { defineOp } from './op.ts';
import { permuted, requireFloat, throughBroadcast } from './operands.ts';
import { expanded } from './reduce.ts';

/**
 * a [.., m, k] · b [.., k, n]; the leading dims are broadcast. At least two dims each. The arguments are the shapes
 * that the user had, where a vector has one dim, for messages.
 */
export const matmul = defineOp<
  readonly [NdArray, NdArray],
  readonly [Shape, Shape],
  { a: NdArray; b: NdArray }
>({
  name: 'matmul',
  infer([a, b], shapes) {
    requireFloat('matmul', a, b);
    return { shape: productShape(a, b, shapes), dtype: a.dtype, format: 'contiguous' };
  },
  forward(k, y, [a, b]) {
    k.matmul(y, batched(a, y.shape), batched(b, y.shape));
    return { a, b };
  },
  backward(k, [da, db], dy, saved) {
    if (da) {
      const { b } = saved;
      const full = [...dy.shape.slice(0, -1), b.shape.at(-2)!];
      throughBroadcast(k, da, full, product => k.matmul(product, dy, transposed(batched(b, dy.shape))));
    }
    if (db) {
      const { a } = saved;
      const full = [...dy.shape.slice(0, -2), a.shape.at(-1)!, dy.shape.at(-1)!];
      throughBroadcast(k, db, full, product => k.matmul(product, transposed(batched(a, dy.shape)), dy));
    }
  },
});

function productShape(a: ArrayType, b: ArrayType, given: readonly [Shape, Shape]): Shape {
  const [m, inner] = a.shape.slice(-2) as [number, number];
  const [rows, n] = b.shape.slice(-2) as [number, number];
  if (inner !== rows) {
    throw new ShapeError(
      `matmul: mat1 and mat2 shapes cannot be multiplied (${given.map(formatShape).join(' and ')}: ${inner} != ${rows})`,
    );
  }
  return [...broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2), given), m, n];
}

/** Returns x with its leading dims repeated to those of `like`. */
function batched(x: NdArray, like: Shape): NdArray {
  return expanded(x, [...like.slice(0, -2), ...x.shape.slice(-2)]);
}

function transposed(x: NdArray): NdArray {
  const rank = x.shape.length;
  return permuted(x, [...Array(rank - 2).keys(), rank - 1, rank - 2]);
}
