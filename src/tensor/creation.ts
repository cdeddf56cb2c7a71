/** New tensors: from what a user gives, by a rule, at random. Every number is checked against the dtype that is to hold it. */
import { checkBoolean, checkElement, checkFinite, checkInteger, checkOptions } from '../arguments.ts';
import { arrayOn, hostBuffer, type NdArray } from '../backend/array.ts';
import { newElements } from '../backend/select.ts';
import { arrayFrom, checkDType, checkFits, type DType, isFloat, type TypedArray } from '../dtype.ts';
import { ArgumentError, DTypeError, describe } from '../errors.ts';
import { generator } from '../random.ts';
import { checkShape, inferShape, type Shape } from '../shape.ts';
import { type Elements, flatten } from './nested.ts';

export interface TensorOptions {
  readonly dtype?: DType;
  readonly requiresGrad?: boolean;
}

export interface FromOptions extends TensorOptions {
  readonly shape?: Shape;
}

/** What a new tensor is to be. */
export interface NewTensor {
  readonly array: NdArray;
  readonly requiresGrad: boolean;
}

/** The arguments of a call that takes options behind numbers of which some may be left out. */
export type NumbersAndOptions = readonly (number | TensorOptions | undefined)[];

/** Writes the elements of a new tensor. */
type Fill = (elements: TypedArray, dtype: DType) => void;

/** Returns a copy of the given numbers. */
export function fromElements(op: string, values: Elements, options: FromOptions): NewTensor {
  checkOptions(op, options, ['shape', 'dtype', 'requiresGrad']);
  const { flat, shape: own, dtype: natural } = flatten(op, values);
  const { dtype, requiresGrad } = creation(op, natural, options);
  const shape = options.shape === undefined ? own : inferShape(op, options.shape, flat.length, own);
  return create(arrayFrom(op, flat, dtype), dtype, shape, requiresGrad);
}

/** Returns what `fill` makes of zeroed elements, whose dtype is `natural` unless the options name one. */
export function generate(
  op: string,
  shape: Shape,
  natural: DType,
  options: TensorOptions,
  fill: Fill,
): NewTensor {
  checkShape(op, shape);
  checkOptions(op, options, ['dtype', 'requiresGrad']);
  const { dtype, requiresGrad } = creation(op, natural, options);
  // What counts for a bool is whether a number is 0, and not its lowest byte.
  const elements = newElements(op, shape, dtype === 'bool' ? 'float64' : dtype);
  fill(elements, dtype);
  return create(dtype === 'bool' ? arrayFrom(op, elements, dtype) : elements, dtype, shape, requiresGrad);
}

/** Returns `value` everywhere. */
export function full(
  op: string,
  shape: Shape,
  value: number,
  natural: DType,
  options: TensorOptions,
): NewTensor {
  checkElement(op, 'value', value);
  return generate(op, shape, natural, options, (to, dtype) => to.fill(checkFits(op, value, dtype)));
}

/** Returns the numbers from a start, or 0, up to but without an end. */
export function arange(first: number, rest: NumbersAndOptions): NewTensor {
  const op = 'Tensor.arange';
  const [[second, step = 1], options] = splitOptions(op, rest, 2);
  const [start, end] = second === undefined ? [0, first] : [first, second];
  for (const [name, value] of Object.entries({ start, end, step })) checkFinite(op, name, value);
  const count = Math.ceil((end - start) / step);
  if (step === 0 || count < 0) {
    throw new ArgumentError(
      `${op}: upper bound and larger bound inconsistent with step sign, got start ${start}, end ${end}, step ${step}`,
    );
  }
  return generate(op, [count], 'float32', options, (to, dtype) => {
    for (const i of count > 0 ? [0, count - 1] : []) checkFits(op, start + i * step, dtype);
    for (let i = 0; i < count; i++) to[i] = start + i * step;
  });
}

/** Returns `steps` numbers from `start` to `end`, the second half counted from the end. */
export function linspace(start: number, end: number, steps: number, options: TensorOptions): NewTensor {
  const op = 'Tensor.linspace';
  for (const [name, value] of Object.entries({ start, end })) checkFinite(op, name, value);
  checkShape(op, [steps]);
  const step = (end - start) / (steps - 1);
  const at = (i: number) => (i < steps / 2 ? start + i * step : end - (steps - 1 - i) * step);
  return generate(op, [steps], 'float32', options, (to, dtype) => {
    for (const value of [start, end]) checkFits(op, value, dtype);
    for (let i = 0; i < steps; i++) to[i] = steps === 1 ? start : at(i);
  });
}

/** Returns a matrix of `rows` rows, and as many columns unless `rest` tells. */
export function eye(rows: number, rest: NumbersAndOptions): NewTensor {
  const op = 'Tensor.eye';
  const [[columns = rows], options] = splitOptions(op, rest, 1);
  return generate(op, [rows, columns], 'float32', options, to => {
    for (let i = 0; i < Math.min(rows, columns); i++) to[i * columns + i] = 1;
  });
}

/** Returns floats that `fill` draws. */
export function draw(
  op: string,
  shape: Shape,
  natural: DType,
  options: TensorOptions,
  fill: (elements: Float32Array | Float64Array) => void,
): NewTensor {
  return generate(op, shape, natural, options, (to, dtype) => {
    if (!isFloat(dtype)) throw new DTypeError(`${op}: expected dtype float32 or float64, got ${dtype}`);
    fill(to as Float32Array | Float64Array);
  });
}

/** Returns whole numbers drawn evenly from low … high - 1. */
export function drawWhole(
  op: string,
  [low, high]: readonly [number, number],
  shape: Shape,
  natural: DType,
  options: TensorOptions,
): NewTensor {
  for (const [name, value] of Object.entries({ low, high })) checkInteger(op, name, value);
  // The generator gives 32 bits at a time.
  if (!(low < high && high - low <= 2 ** 32)) {
    throw new ArgumentError(
      `${op}: expected low < high, at most 2 ** 32 apart, got low ${low} and high ${high}`,
    );
  }
  return generate(op, shape, natural, options, (to, dtype) => {
    for (const value of [low, high - 1]) checkFits(op, value, dtype);
    if (dtype === 'bool' && (low < 0 || high > 2)) {
      throw new ArgumentError(`${op}: a bool is 0 or 1, got low ${low} and high ${high}`);
    }
    for (let i = 0; i < to.length; i++) to[i] = low + generator.below(high - low);
  });
}

function creation(op: string, natural: DType, options: TensorOptions): Required<TensorOptions> {
  const { dtype = natural, requiresGrad = false } = options;
  checkDType(op, dtype);
  if (checkBoolean(op, 'requiresGrad', requiresGrad) && !isFloat(dtype)) {
    throw new DTypeError(`${op}: only Tensors of floating point dtype can require gradients, got ${dtype}`);
  }
  return { dtype, requiresGrad };
}

function create(elements: TypedArray, dtype: DType, shape: Shape, requiresGrad: boolean): NewTensor {
  const array = arrayOn(hostBuffer(dtype, elements), { shape: [...shape], format: 'contiguous' });
  return { array, requiresGrad };
}

/** Returns the numbers of a call, at most `most` of them, and the options behind them. */
function splitOptions(
  op: string,
  args: NumbersAndOptions,
  most: number,
): [(number | undefined)[], TensorOptions] {
  const given = [...args];
  while (given.length > 0 && given.at(-1) === undefined) given.pop();
  const last = given.length === 0 || typeof given.at(-1) === 'number' ? {} : given.pop();
  if (given.length > most) {
    throw new ArgumentError(`${op}: expected options as the last argument, got ${describe(given[most])}`);
  }
  return [given as (number | undefined)[], last as TensorOptions];
}
