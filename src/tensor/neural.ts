/** The ops that layers are made of, with all their arguments spelt out; `nn.functional` gives them PyTorch's defaults. */
import { checkOptions } from '../arguments.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { type AvgPoolArgs, avgPool2d } from '../ops/avgPool2d.ts';
import { type BatchNormArgs, batchNorm } from '../ops/batchNorm.ts';
import { type Conv2dArgs, conv2d } from '../ops/conv2d.ts';
import { type DropoutArgs, dropout } from '../ops/dropout.ts';
import { linear } from '../ops/linear.ts';
import { logSoftmax } from '../ops/logSoftmax.ts';
import { matmul } from '../ops/matmul.ts';
import { type MaxPoolArgs, maxPool2d } from '../ops/maxPool2d.ts';
import { type NllArgs, nllLoss } from '../ops/nllLoss.ts';
import { softmax } from '../ops/softmax.ts';
import { formatShape, normalizeDim } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { requireTensor } from './core.ts';
import { ShapingMethods } from './shaping.ts';

export interface RunningStats extends Omit<BatchNormArgs, 'runningMean' | 'runningVar'> {
  readonly runningMean: Tensor | null;
  readonly runningVar: Tensor | null;
}

export interface DimOptions {
  readonly dim: number;
}

export abstract class NeuralMethods extends ShapingMethods {
  /** Returns the matrix product; vectors count as a row on the left and a column on the right, as in PyTorch. */
  matmul(other: Tensor): Tensor {
    requireTensor('matmul', other);
    const shapes = [this.array.shape, other.array.shape] as const;
    if (this.ndim === 0 || other.ndim === 0) {
      throw new ShapeError(
        `matmul: both arguments need to be at least 1-D, got ${shapes.map(formatShape).join(' and ')}`,
      );
    }
    const a = this.ndim === 1 ? this.unsqueeze(0) : (this as unknown as Tensor);
    const b = other.ndim === 1 ? other.unsqueeze(1) : other;
    let y = a.run(matmul, [b], shapes);
    if (other.ndim === 1) y = y.squeeze(-1);
    return this.ndim === 1 ? y.squeeze(other.ndim === 1 ? -1 : -2) : y;
  }

  /** @internal */
  linear(weight: Tensor, bias: Tensor | null): Tensor {
    return this.run(linear, [weight, bias], undefined);
  }

  /** @internal */
  conv2d(weight: Tensor, bias: Tensor | null, args: Conv2dArgs): Tensor {
    requireArgs('conv2d', args);
    return this.run(conv2d, [weight, bias], args);
  }

  /** @internal */
  maxPool2d(args: MaxPoolArgs): Tensor {
    requireArgs('maxPool2d', args);
    return this.run(maxPool2d, [], args);
  }

  /** @internal */
  avgPool2d(args: AvgPoolArgs): Tensor {
    requireArgs('avgPool2d', args);
    return this.run(avgPool2d, [], args);
  }

  /** Returns the normalised tensor; when training, the running statistics are updated in place. @internal */
  batchNorm(weight: Tensor | null, bias: Tensor | null, args: RunningStats): Tensor {
    requireArgs('batchNorm', args);
    const { runningMean, runningVar } = args;
    const running = (x: Tensor | null) => (args.training ? x?.writableUnsaved() : x?.array) ?? null;
    return this.run(batchNorm, [weight, bias], {
      ...args,
      runningMean: running(runningMean),
      runningVar: running(runningVar),
    });
  }

  softmax(dim: number | DimOptions): Tensor {
    return this.run(softmax, [], { dim: oneDim('softmax', dim, this.ndim) });
  }

  logSoftmax(dim: number | DimOptions): Tensor {
    return this.run(logSoftmax, [], { dim: oneDim('logSoftmax', dim, this.ndim) });
  }

  /** @internal */
  nllLoss(target: Tensor, weight: Tensor | null, options: NllArgs): Tensor {
    requireArgs('nllLoss', options);
    return this.run(nllLoss, [target, weight], options);
  }

  /** @internal */
  dropout(args: DropoutArgs): Tensor {
    requireArgs('dropout', args);
    return this.run(dropout, [], args);
  }
}

/** Returns nothing; throws where the op of a layer is called as the function of nn.functional that it is not. */
function requireArgs(op: string, args: object): void {
  if (typeof args === 'object' && args !== null) return;
  throw new ArgumentError(
    `${op}: expected all arguments in one object, got ${describe(args)}; call nn.functional.${op}(x, …), which knows the defaults`,
  );
}

function oneDim(op: string, dim: number | DimOptions, rank: number): number {
  if (typeof dim !== 'object' || dim === null) return normalizeDim(op, dim, rank);
  checkOptions(op, dim, ['dim']);
  return normalizeDim(op, dim.dim, rank);
}
