import type { NdArray } from '../array.ts';

/** Whether all operands that are there are float32: the dtype of the fast kernels. */
export function areFloat32(...operands: readonly (NdArray | null)[]): boolean {
  return operands.every(x => !x || x.buffer.dtype === 'float32');
}
