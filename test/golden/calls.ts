import { nn, Tensor } from 'tinygrad-ts';

const F = nn.functional;

type Inputs = readonly (Tensor | null)[];
type Result = Tensor | Tensor[];
export type Float = 'float32' | 'float64';
/** Runs an op on the inputs and options of a row; `dtype` is what floats are in this run. */
export type Call = (inputs: Inputs, args: object, dtype: Float) => Result;

/** The last argument of an op, as the library types it. */
type Options<Op extends (...args: never[]) => unknown> = NonNullable<
  Required<Parameters<Op>> extends readonly [...unknown[], infer Last] ? Last : never
>;
type Reduce = { dim?: number | number[]; keepdim?: boolean };
type ReduceOne = { dim?: number; keepdim?: boolean };

// The rows come from JSON, so what their options are is said here, once per op.
function call<Args extends object>(run: (x: Tensor, args: Args, rest: Tensor[]) => Result): Call {
  return ([x, ...rest], args) => run(x as Tensor, args as Args, rest as Tensor[]);
}

function create<Args extends object>(run: (args: Args, options: { dtype: Float }) => Result): Call {
  return (_inputs, args, dtype) => run(args as Args, { dtype });
}

const binary = (run: (x: Tensor, other: Tensor | number) => Tensor) =>
  call<{ other?: number }>((x, { other }, [y]) => run(x, other ?? y));

const extremum = (name: 'max' | 'min') =>
  call<ReduceOne>((x, { dim, ...options }) => {
    if (dim === undefined) return x[name]();
    const { values, indices } = x[name]({ dim, ...options });
    return [values, indices];
  });

/** `{ [name]: tensor }`, or nothing where the row has no such tensor. */
const given = <Name extends string>(name: Name, tensor: Tensor | null) =>
  (tensor ? { [name]: tensor } : {}) as { [Key in Name]?: Tensor };

/** From the name of an op in ops.json to its call through the public API. */
export const calls: Record<string, Call> = {
  add: binary((x, y) => x.add(y)),
  sub: binary((x, y) => x.sub(y)),
  mul: binary((x, y) => x.mul(y)),
  div: binary((x, y) => x.div(y)),
  pow: call<{ exponent?: number }>((x, { exponent }, [y]) => x.pow(exponent ?? y)),
  eq: binary((x, y) => x.eq(y)),
  ne: binary((x, y) => x.ne(y)),
  lt: binary((x, y) => x.lt(y)),
  le: binary((x, y) => x.le(y)),
  gt: binary((x, y) => x.gt(y)),
  ge: binary((x, y) => x.ge(y)),
  exp: call(x => x.exp()),
  log: call(x => x.log()),
  sqrt: call(x => x.sqrt()),
  neg: call(x => x.neg()),
  abs: call(x => x.abs()),
  relu: call(x => x.relu()),
  sigmoid: call(x => x.sigmoid()),
  tanh: call(x => x.tanh()),
  clone: call(x => x.clone()),
  detach: call(x => x.detach()),
  clamp: call<{ min?: number; max?: number }>((x, bounds) => x.clamp(bounds)),
  sum: call<Reduce>((x, options) => x.sum(options)),
  mean: call<Reduce>((x, options) => x.mean(options)),
  var: call<Reduce & { correction?: number }>((x, options) => x.var(options)),
  std: call<Reduce & { correction?: number }>((x, options) => x.std(options)),
  max: extremum('max'),
  min: extremum('min'),
  argmax: call<ReduceOne>((x, options) => x.argmax(options)),
  matmul: call((x, _, [y]) => x.matmul(y)),
  reshape: call<{ shape: number[] }>((x, { shape }) => x.reshape(shape)),
  view: call<{ shape: number[] }>((x, { shape }) => x.view(shape)),
  flatten: call<{ startDim?: number; endDim?: number }>((x, { startDim, endDim }) =>
    x.flatten(startDim, endDim),
  ),
  transpose: call<{ dim0: number; dim1: number }>((x, { dim0, dim1 }) => x.transpose(dim0, dim1)),
  permute: call<{ dims: number[] }>((x, { dims }) => x.permute(dims)),
  squeeze: call<{ dim?: number | number[] }>((x, { dim }) => x.squeeze(dim)),
  unsqueeze: call<{ dim: number }>((x, { dim }) => x.unsqueeze(dim)),
  slice: call<{ dim: number; start: number; end?: number; step?: number }>((x, { dim, start, end, step }) =>
    x.slice(dim, start, end, step),
  ),
  cat: call<{ dim: number }>((x, { dim }, rest) => Tensor.cat([x, ...rest], dim)),
  stack: call<{ dim: number }>((x, { dim }, rest) => Tensor.stack([x, ...rest], dim)),
  where: call((condition, _, [x, y]) => Tensor.where(condition, x, y)),
  conv2d: call<Options<typeof F.conv2d>>((x, options, [weight, bias]) => F.conv2d(x, weight, bias, options)),
  maxPool2d: call<Options<typeof F.maxPool2d> & { kernelSize: number | [number, number] }>(
    (x, { kernelSize, ...options }) => F.maxPool2d(x, kernelSize, options),
  ),
  avgPool2d: call<Options<typeof F.avgPool2d> & { kernelSize: number | [number, number] }>(
    (x, { kernelSize, ...options }) => F.avgPool2d(x, kernelSize, options),
  ),
  // The running statistics change in place, so they count as outputs.
  batchNorm: call<Options<typeof F.batchNorm>>((x, options, [mean, variance, weight, bias]) => {
    const y = F.batchNorm(x, mean, variance, {
      ...options,
      ...given('weight', weight),
      ...given('bias', bias),
    });
    return mean ? [y, mean, variance] : y;
  }),
  linear: call((x, _, [weight, bias]) => F.linear(x, weight, bias)),
  dropout: call<Options<typeof F.dropout>>((x, options) => F.dropout(x, options)),
  dropout2d: call<Options<typeof F.dropout2d>>((x, options) => F.dropout2d(x, options)),
  logSoftmax: call<{ dim: number }>((x, { dim }) => F.logSoftmax(x, dim)),
  softmax: call<{ dim: number }>((x, { dim }) => F.softmax(x, dim)),
  nllLoss: call<Options<typeof F.nllLoss>>((x, options, [target, weight]) =>
    F.nllLoss(x, target, { ...options, ...given('weight', weight) }),
  ),
  crossEntropy: call<Options<typeof F.crossEntropy>>((x, options, [target, weight]) =>
    F.crossEntropy(x, target, { ...options, ...given('weight', weight) }),
  ),
  arange: create<{ start?: number; end: number; step?: number }>(({ start = 0, end, step = 1 }, options) =>
    Tensor.arange(start, end, step, options),
  ),
  linspace: create<{ start: number; end: number; steps: number }>(({ start, end, steps }, options) =>
    Tensor.linspace(start, end, steps, options),
  ),
  eye: create<{ n: number }>(({ n }, options) => Tensor.eye(n, options)),
};
