/** Initial values, drawn as torch.nn.init draws them. Each function fills the tensor in place and returns it. */
import { checkOptions } from '../arguments.ts';
import { isFloat, newArray } from '../dtype.ts';
import { ArgumentError, DTypeError, describe, ShapeError } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { fillNormal, fillUniform } from '../random.ts';
import { formatShape, numel } from '../shape.ts';
import { Tensor } from '../tensor.ts';

export type FanMode = 'fanIn' | 'fanOut';
export type Nonlinearity = 'linear' | 'conv2d' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu';

export interface KaimingOptions {
  /** The negative slope of a leaky ReLU. */
  readonly a?: number;
  readonly mode?: FanMode;
  readonly nonlinearity?: Nonlinearity;
}

/** Draws from [low, high). */
export function uniform_(x: Tensor, low = 0, high = 1): Tensor {
  return refill(x, 'uniform_', to => fillUniform(to, low, high));
}

export function normal_(x: Tensor, mean = 0, std = 1): Tensor {
  return refill(x, 'normal_', to => fillNormal(to, mean, std));
}

export function constant_(x: Tensor, value: number): Tensor {
  return noGrad(() => x.fill_(value));
}

export function zeros_(x: Tensor): Tensor {
  return constant_(x, 0);
}

export function ones_(x: Tensor): Tensor {
  return constant_(x, 1);
}

/** Draws from ±gain · √(6 / (fanIn + fanOut)) (Glorot & Bengio 2010). */
export function xavierUniform_(x: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = calculateFans(x);
  const bound = Math.sqrt(3) * gain * Math.sqrt(2 / (fanIn + fanOut));
  return uniform_(x, -bound, bound);
}

export function xavierNormal_(x: Tensor, gain = 1): Tensor {
  const { fanIn, fanOut } = calculateFans(x);
  return normal_(x, 0, gain * Math.sqrt(2 / (fanIn + fanOut)));
}

/** Draws from ±gain · √(3 / fan) (He et al. 2015). */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd(x, options);
  return uniform_(x, -bound, bound);
}

export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  return normal_(x, 0, kaimingStd(x, options));
}

function kaimingStd(x: Tensor, options: KaimingOptions): number {
  checkOptions('kaiming', options, ['a', 'mode', 'nonlinearity']);
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options;
  if (mode !== 'fanIn' && mode !== 'fanOut') {
    throw new ArgumentError(`kaiming: mode must be 'fanIn' or 'fanOut', got ${describe(mode)}`);
  }
  return calculateGain(nonlinearity, a) / Math.sqrt(calculateFans(x)[mode]);
}

/** Returns the factor that keeps the variance through a nonlinearity. */
export function calculateGain(nonlinearity: Nonlinearity, a = 0.01): number {
  switch (nonlinearity) {
    case 'linear':
    case 'conv2d':
    case 'sigmoid':
      return 1;
    case 'tanh':
      return 5 / 3;
    case 'relu':
      return Math.SQRT2;
    case 'leakyRelu':
      return Math.sqrt(2 / (1 + a * a));
    case 'selu':
      return 3 / 4;
    default:
      throw new ArgumentError(`calculateGain: unsupported nonlinearity ${String(nonlinearity)}`);
  }
}

/** Returns how many inputs each output of a weight [out, in, ...] has, and the reverse. */
export function calculateFans(x: Tensor): { fanIn: number; fanOut: number } {
  const [out, inner, ...kernel] = x.shape;
  if (out === undefined || inner === undefined) {
    throw new ShapeError(
      `init: Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got ${formatShape(x.shape)}`,
    );
  }
  return { fanIn: inner * numel(kernel), fanOut: out * numel(kernel) };
}

function refill(x: Tensor, op: string, fill: (to: Float32Array | Float64Array) => void): Tensor {
  if (!isFloat(x.dtype)) throw new DTypeError(`${op}: expected a float tensor, got ${x.dtype}`);
  const fresh = newArray(x.dtype, x.numel()) as Float32Array | Float64Array;
  fill(fresh);
  return noGrad(() => x.copy_(Tensor.from(fresh, { shape: x.shape })));
}
