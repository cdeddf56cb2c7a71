/**
 * What a backend must be able to do: one documented signature per kernel, outputs first.
 *
 * Ops see memory only through these functions: they allocate with `empty`, and never look at an element
 * themselves, so a backend may keep its memory where it likes and run a call when it likes.
 * An array may be strided unless its kernel says more; "NHWC" means dense, channels last. No output overlaps
 * an input, except that `unary` and `binary` may write over an input of the same layout.
 */
import type { DType } from '../dtype.ts';
import type { Format, Pair, Shape } from '../shape.ts';
import type { NdArray } from './array.ts';

export type UnaryOp = 'neg' | 'abs' | 'exp' | 'log' | 'sqrt' | 'relu' | 'sigmoid' | 'tanh';
/** The unary ops whose gradient is a kernel, with the value that it is computed from. */
export type UnaryBackwardOp = 'abs' | 'relu' | 'sqrt' | 'sigmoid' | 'tanh';
export type BinaryOp = 'add' | 'sub' | 'mul' | 'div' | 'pow';
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';
export type Reduction = 'none' | 'mean' | 'sum';

export interface ConvGeometry {
  readonly stride: Pair;
  /** Zeros before the first row and column; those after the last follow from the size of the output. */
  readonly padding: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

export interface PoolGeometry {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
  readonly dilation: Pair;
}

export interface AvgPoolGeometry extends PoolGeometry {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
}

export interface NllOptions {
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
}

export interface SgdOptions {
  readonly lr: number;
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly maximize: boolean;
}

/** One parameter of a step. `fresh`: its momentum buffer holds nothing yet and becomes the gradient. */
export interface SgdItem {
  readonly param: NdArray;
  readonly grad: NdArray;
  readonly momentumBuffer: NdArray | null;
  readonly fresh: boolean;
}

export interface Kernels {
  /** Returns a dense array whose elements are undefined until a kernel writes them. */
  empty(shape: Shape, dtype: DType, format?: Format): NdArray;

  fill(y: NdArray, value: number): void;
  /** y = x, of the same shape; converts between dtypes and layouts. */
  copy(y: NdArray, x: NdArray): void;

  /** y = op(x). */
  unary(op: UnaryOp, y: NdArray, x: NdArray): void;
  /** dx = dy · op'; `saved` is x for abs, else y. */
  unaryBackward(op: UnaryBackwardOp, dx: NdArray, dy: NdArray, saved: NdArray): void;
  /** y = min(max(x, low), high); NaN stays. */
  clamp(y: NdArray, x: NdArray, low: number, high: number): void;
  /** dx = dy where low <= x <= high, else 0. */
  clampBackward(dx: NdArray, dy: NdArray, x: NdArray, low: number, high: number): void;
  /** y = op(a, b); a and b are broadcast to the shape of y. */
  binary(op: BinaryOp, y: NdArray, a: NdArray, b: NdArray): void;
  /** y = (1 - weight) · y + weight · x, of the same shape. */
  lerp(y: NdArray, x: NdArray, weight: number): void;
  /** y (bool) = a ? b; a and b are broadcast. */
  compare(op: CompareOp, y: NdArray, a: NdArray, b: NdArray): void;
  /** y = condition ? a : b; all are broadcast. */
  where(y: NdArray, condition: NdArray, a: NdArray, b: NdArray): void;

  /** y = the sum of x over the dims where y has size 1 and x has not. Returns the first sum that an int32 y cannot hold, or null. */
  sum(y: NdArray, x: NdArray): number | null;
  /** indices (int32), sized 1 along `dim` = where x is largest (smallest) along it: the first of equals, NaN before all. */
  argExtremum(which: 'max' | 'min', indices: NdArray, x: NdArray, dim: number): void;
  /** y[.., i, ..] = x[.., indices[.., i, ..], ..] along `dim`. */
  gather(y: NdArray, x: NdArray, indices: NdArray, dim: number): void;
  /** dx = 0, then dx[.., indices[.., i, ..], ..] += dy[.., i, ..] along `dim`. */
  gatherBackward(dx: NdArray, dy: NdArray, indices: NdArray, dim: number): void;

  /** y[.., m, n] = Σk a[.., m, k] · b[.., k, n] for every leading index; a and b are strided as they like. */
  matmul(y: NdArray, a: NdArray, b: NdArray): void;

  /** y = x ⋆ w + bias. x [N, C, H, W] and y [N, O, Ho, Wo] NHWC; w [O, C/groups, kh, kw] contiguous. */
  conv2d(y: NdArray, x: NdArray, w: NdArray, bias: NdArray | null, geometry: ConvGeometry): void;
  conv2dBackwardInput(dx: NdArray, dy: NdArray, w: NdArray, geometry: ConvGeometry): void;
  conv2dBackwardWeight(dw: NdArray, dy: NdArray, x: NdArray, geometry: ConvGeometry): void;

  /** y = the largest of each window, the first of equals, NaN before all; padding counts as -inf. NHWC.
   *  indices (int32, NHWC) = where it was, h · W + w, as in PyTorch; -1 for a window that has no tap on the image. */
  maxPool2d(y: NdArray, indices: NdArray, x: NdArray, geometry: PoolGeometry): void;
  maxPool2dBackward(dx: NdArray, dy: NdArray, indices: NdArray, geometry: PoolGeometry): void;
  avgPool2d(y: NdArray, x: NdArray, geometry: AvgPoolGeometry): void;
  avgPool2dBackward(dx: NdArray, dy: NdArray, geometry: AvgPoolGeometry): void;

  /** mean [C], variance [C] (biased) of x over all dims but the second. x NHWC. */
  batchNormStats(mean: NdArray, variance: NdArray, x: NdArray): void;
  /** y = (x - mean) / √(variance + eps) · weight + bias, per channel. x and y NHWC. */
  batchNorm(
    y: NdArray,
    x: NdArray,
    mean: NdArray,
    variance: NdArray,
    weight: NdArray | null,
    bias: NdArray | null,
    eps: number,
  ): void;
  /** The gradients of `batchNorm`; with `training`, through the mean and the variance too. null is not computed. */
  batchNormBackward(
    dx: NdArray | null,
    dWeight: NdArray | null,
    dBias: NdArray | null,
    dy: NdArray,
    x: NdArray,
    mean: NdArray,
    variance: NdArray,
    weight: NdArray | null,
    eps: number,
    training: boolean,
  ): void;

  softmax(y: NdArray, x: NdArray, dim: number): void;
  /** dx = y · (dy - Σ dy · y). */
  softmaxBackward(dx: NdArray, dy: NdArray, y: NdArray, dim: number): void;
  logSoftmax(y: NdArray, x: NdArray, dim: number): void;
  /** dx = dy - exp(y) · Σ dy. */
  logSoftmaxBackward(dx: NdArray, dy: NdArray, y: NdArray, dim: number): void;

  /** Returns the first element of `target` (int32) outside 0 … classes-1 that is not `ignoreIndex`, or null. */
  findBadTarget(target: NdArray, classes: number, ignoreIndex: number): number | null;
  /** loss = -Σ weight[t] · x[n, t, …], by `reduction`; totalWeight = Σ weight[t] over the targets not ignored. */
  nllLoss(
    loss: NdArray,
    totalWeight: NdArray,
    x: NdArray,
    target: NdArray,
    weight: NdArray | null,
    options: NllOptions,
  ): void;
  nllLossBackward(
    dx: NdArray,
    dLoss: NdArray,
    totalWeight: NdArray,
    target: NdArray,
    weight: NdArray | null,
    options: NllOptions,
  ): void;

  /** mask = 0 with probability p, else 1 / (1 - p); element i depends on (seed, i) alone. Contiguous. */
  dropoutMask(mask: NdArray, p: number, seed: number): void;

  /** One step of stochastic gradient descent over all parameters, as torch.optim.SGD. All contiguous. */
  sgd(items: readonly SgdItem[], options: SgdOptions): void;
}
