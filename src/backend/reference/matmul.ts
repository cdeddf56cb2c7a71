import type { Kernels } from '../kernels.ts';
import { walk } from './walk.ts';

export const matmul = {
  matmul(y, a, b) {
    const rank = y.shape.length;
    const [m, n] = y.shape.slice(-2) as [number, number];
    const inner = a.shape[rank - 1]!;
    const [aRow, aCol] = a.strides.slice(-2) as [number, number];
    const [bRow, bCol] = b.strides.slice(-2) as [number, number];
    const [yRow, yCol] = y.strides.slice(-2) as [number, number];
    const [Y, A, B] = [y.buffer.array, a.buffer.array, b.buffer.array];
    const row = new Float64Array(n);
    const batch = [y, a, b].map(x => ({
      ...x,
      shape: x.shape.slice(0, -2),
      strides: x.strides.slice(0, -2),
    }));
    walk(batch, (y0, a0, b0) => {
      for (let i = 0; i < m; i++) {
        row.fill(0);
        for (let k = 0; k < inner; k++) {
          const v = A[a0 + i * aRow + k * aCol]!;
          for (let j = 0; j < n; j++) row[j]! += v * B[b0 + k * bRow + j * bCol]!;
        }
        for (let j = 0; j < n; j++) Y[y0 + i * yRow + j * yCol] = row[j]!;
      }
    });
  },
} satisfies Partial<Kernels>;
