import { numel } from '../../shape.ts';
import type { NdArray } from '../array.ts';

/** Whether all operands that are there are float32: the dtype of the fast kernels. */
export function areFloat32(...operands: readonly (NdArray | null)[]): boolean {
  return operands.every(x => !x || x.buffer.dtype === 'float32');
}

/** Whether all operands that are there are float32 and have elements. */
export function areFilledFloat32(...operands: readonly (NdArray | null)[]): boolean {
  return areFloat32(...operands) && operands.every(x => !x || numel(x.shape) > 0);
}
