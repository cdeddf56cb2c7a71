/** The plain-TypeScript backend: loops over typed arrays of any dtype. Slow, readable, and the oracle of the fast one. */
import { hostArray } from '../array.ts';
import type { Kernels } from '../kernels.ts';
import { batchNorm } from './batchNorm.ts';
import { conv2d } from './conv2d.ts';
import { dropout } from './dropout.ts';
import { elementwise } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { nllLoss } from './nllLoss.ts';
import { pool } from './pool.ts';
import { reduce } from './reduce.ts';
import { sgd } from './sgd.ts';
import { softmax } from './softmax.ts';

export const reference: Kernels = {
  empty: hostArray,
  ...elementwise,
  ...reduce,
  ...matmul,
  ...conv2d,
  ...pool,
  ...batchNorm,
  ...softmax,
  ...nllLoss,
  ...dropout,
  ...sgd,
};
