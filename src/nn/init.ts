/** Initial values, drawn as torch.nn.init draws them. Each function fills the tensor in place and returns it. */
import { checkFinite, checkOneOf, checkOptions } from '../arguments.ts';
import { isFloat, newArray } from '../dtype.ts';
import { ArgumentError, DTypeError, describe, ShapeError } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { fillNormal, fillUniform } from '../random.ts';
import { formatShape, numel } from '../shape.ts';
import { requireTensor, Tensor } from '../tensor.ts';

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
  checkFinites('uniform_(x, low, high)', { low, high });
  if (low > high) {
    throw new ArgumentError(
      `uniform_: expects to return a [low, high) range, but found low=${low} > high=${high}`,
    );
  }
  return drawUniform('uniform_', x, low, high);
}

export function normal_(x: Tensor, mean = 0, std = 1): Tensor {
  checkFinites('normal_(x, mean, std)', { mean, std });
  if (std < 0) throw new ArgumentError(`normal_: expects std >= 0, but found std ${std}`);
  return refill(x, 'normal_', to => fillNormal(to, mean, std));
}

export function constant_(x: Tensor, value: number): Tensor {
  return fill('constant_', x, value);
}

export function zeros_(x: Tensor): Tensor {
  return fill('zeros_', x, 0);
}

export function ones_(x: Tensor): Tensor {
  return fill('ones_', x, 1);
}

/** Draws from ±gain · √(6 / (fanIn + fanOut)) (Glorot & Bengio 2010). */
export function xavierUniform_(x: Tensor, gain = 1): Tensor {
  const bound = Math.sqrt(3) * xavierStd('xavierUniform_', x, gain);
  return drawUniform('xavierUniform_', x, -bound, bound);
}

export function xavierNormal_(x: Tensor, gain = 1): Tensor {
  const std = xavierStd('xavierNormal_', x, gain);
  return refill(x, 'xavierNormal_', to => fillNormal(to, 0, std));
}

/** Draws from ±gain · √(3 / fan) (He et al. 2015). */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd('kaimingUniform_', x, options);
  return drawUniform('kaimingUniform_', x, -bound, bound);
}

export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  const std = kaimingStd('kaimingNormal_', x, options);
  return refill(x, 'kaimingNormal_', to => fillNormal(to, 0, std));
}

function xavierStd(op: string, x: Tensor, gain: number): number {
  checkFinites(`${op}(x, gain)`, { gain });
  if (gain < 0) throw new ArgumentError(`${op}: expected a gain >= 0, got ${gain}`);
  const { fanIn, fanOut } = fansOf(op, x);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
}

function kaimingStd(op: string, x: Tensor, options: KaimingOptions): number {
  checkOptions(op, options, ['a', 'mode', 'nonlinearity']);
  const { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' } = options;
  checkOneOf(op, 'mode', mode, ['fanIn', 'fanOut']);
  return gainOf(op, nonlinearity, checkFinite(op, 'a', a)) / Math.sqrt(fansOf(op, x)[mode]);
}

/** Returns the factor that keeps the variance through a nonlinearity. */
export function calculateGain(nonlinearity: Nonlinearity, a = 0.01): number {
  return gainOf('calculateGain', nonlinearity, checkFinite('calculateGain', 'a', a));
}

function gainOf(op: string, nonlinearity: Nonlinearity, a: number): number {
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
      throw new ArgumentError(`${op}: unsupported nonlinearity ${describe(nonlinearity)}`);
  }
}

/** Returns how many inputs each output of a weight [out, in, ...] has, and the reverse. */
export function calculateFans(x: Tensor): { fanIn: number; fanOut: number } {
  return fansOf('calculateFans', x);
}

function fansOf(op: string, x: Tensor): { fanIn: number; fanOut: number } {
  requireTensor(op, x);
  const [out, inner, ...kernel] = x.shape;
  if (out === undefined || inner === undefined) {
    throw new ShapeError(
      `${op}: Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got ${formatShape(x.shape)}`,
    );
  }
  return { fanIn: inner * numel(kernel), fanOut: out * numel(kernel) };
}

function drawUniform(op: string, x: Tensor, low: number, high: number): Tensor {
  return refill(x, op, to => {
    const round = to instanceof Float32Array ? Math.fround : Number;
    if (to.length > 0 && !Number.isFinite(round(high - low))) {
      throw new ArgumentError(`${op}: the range from ${low} to ${high} is out of bounds for ${x.dtype}`);
    }
    fillUniform(to, low, high);
  });
}

function refill(x: Tensor, op: string, draw: (to: Float32Array | Float64Array) => void): Tensor {
  requireTensor(op, x);
  if (!isFloat(x.dtype)) throw new DTypeError(`${op}: expected a float tensor, got ${x.dtype}`);
  const fresh = newArray(x.dtype, x.numel()) as Float32Array | Float64Array;
  draw(fresh);
  return noGrad(() => x.copy_(Tensor.from(fresh, { shape: x.shape })));
}

function fill(op: string, x: Tensor, value: number): Tensor {
  requireTensor(op, x);
  if (typeof value !== 'number') {
    throw new ArgumentError(`${op}: expected value to be a number, got ${describe(value)}`);
  }
  return noGrad(() => x.fill_(value));
}

/** Returns nothing; throws unless all settings are finite numbers. `usage` is the call that an error shows. */
function checkFinites(usage: string, settings: Readonly<Record<string, number>>): void {
  const op = usage.slice(0, usage.indexOf('('));
  for (const [name, value] of Object.entries(settings)) {
    if (Number.isFinite(value)) continue;
    throw new ArgumentError(
      `${op}: expected ${name} to be a finite number, got ${describe(value)}; the call is ${usage}`,
    );
  }
}
