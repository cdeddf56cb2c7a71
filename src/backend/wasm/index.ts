/**
 * The fast backend: float32 kernels in WebAssembly SIMD, emitted at run time for the shapes that come. What has no fast
 * kernel runs on the reference one, on the same memory.
 */
import type { DType } from '../../dtype.ts';
import { type Format, numel, type Shape } from '../../shape.ts';
import { arrayOn, Buffer, HostStorage, hostArray, type NdArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { reference } from '../reference/index.ts';
import { batchNorm } from './batchNorm.ts';
import { conv2d } from './conv2d.ts';
import { conv2dBackwardWeight } from './conv2dBackwardWeight.ts';
import { dropout } from './dropout.ts';
import { elementwise } from './elementwise.ts';
import { allocateIn, inScope } from './lifetimes.ts';
import { matmul } from './matmul.ts';
import { checkLength } from './memory.ts';
import { nllLoss } from './nllLoss.ts';
import { pool } from './pool.ts';
import { reduce } from './reduce.ts';
import { sgd } from './sgd.ts';
import { softmax } from './softmax.ts';
import { dropCall, endCall } from './stage.ts';

function empty(shape: Shape, dtype: DType, format: Format = 'contiguous'): NdArray {
  if (dtype !== 'float32' && dtype !== 'int32') return hostArray(shape, dtype, format);
  const length = numel(shape);
  checkLength(length);
  if (!inScope()) return hostArray(shape, dtype, format);
  const buffer = new Buffer(dtype, length, nowhere);
  allocateIn(buffer);
  return arrayOn(buffer, { shape, format });
}

const nowhere = new HostStorage(new Float32Array(0));

/** Returns the kernel with an end to its call: its results are copied out and its scratch is freed. */
function asCall<A extends unknown[], R>(kernel: (...args: A) => R): (...args: A) => R {
  return (...args) => {
    try {
      const result = kernel(...args);
      endCall();
      return result;
    } catch (error) {
      dropCall();
      throw error;
    }
  };
}

const kernels: Omit<Kernels, 'empty'> = {
  ...reference,
  ...elementwise,
  ...reduce,
  ...batchNorm,
  ...pool,
  ...softmax,
  ...nllLoss,
  ...dropout,
  ...sgd,
  ...conv2d,
  ...conv2dBackwardWeight,
  ...matmul,
};

export const wasm = {
  ...Object.fromEntries(Object.entries(kernels).map(([name, f]) => [name, asCall(f as never)])),
  empty,
} as unknown as Kernels;
