import type { Fuzzer } from '../fuzz.ts';
import { batchNorm } from './batchNorm.ts';
import { convolutions } from './convolution.ts';
import { lifetimes } from './lifetimes.ts';
import { matmul } from './matmul.ts';
import { pooling } from './pooling.ts';
import { programs } from './programs.ts';
import { reductions } from './reductions.ts';
import { sgd } from './sgd.ts';
import { softmax } from './softmax.ts';

/** Each with its own kind of case. */
export const fuzzers = [
  programs,
  convolutions,
  pooling,
  batchNorm,
  matmul,
  softmax,
  reductions,
  sgd,
  lifetimes,
] as unknown as readonly Fuzzer[];
