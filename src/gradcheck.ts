/** Numerical gradient check: does backward agree with what small changes of the inputs do to the output? */
import { checkAtLeast, checkBoolean, checkFunction, checkOptions } from './arguments.ts';
import { ArgumentError, AutogradError, DTypeError, describe } from './errors.ts';
import { noGrad } from './grad-mode.ts';
import { Generator, generator } from './random.ts';
import { formatShape } from './shape.ts';
import { Tensor } from './tensor.ts';

export interface GradcheckOptions {
  /** How far an input is moved to either side. */
  readonly eps?: number;
  readonly atol?: number;
  readonly rtol?: number;
  /** Return false instead of throwing where the gradients disagree. */
  readonly raiseException?: boolean;
}

type Fn = (...inputs: Tensor[]) => Tensor;

interface Tolerance {
  readonly eps: number;
  readonly atol: number;
  readonly rtol: number;
}

/** Outputs of more elements than this are checked along random directions alone: a full Jacobian costs their square. */
const fullJacobianLimit = 4096;
const randomDirections = 3;

/**
 * Returns true if the gradients of `fn` agree with central differences, else throws and says where they differ.
 *
 * `inputs` are float64; those that require a gradient are checked. `fn` must be deterministic (seed a dropout inside it).
 * Every element of the Jacobian is compared, |analytic - numeric| <= atol + rtol · |numeric|, and then the whole along
 * random directions with random weights on the outputs. As torch.autograd.gradcheck, with its defaults.
 */
export function gradcheck(fn: Fn, inputs: readonly Tensor[], options: GradcheckOptions = {}): boolean {
  checkOptions('gradcheck', options, ['eps', 'atol', 'rtol', 'raiseException']);
  checkFunction('gradcheck', 'its first argument', fn);
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3, raiseException = true } = options;
  for (const [name, value] of Object.entries({ eps, atol, rtol })) checkAtLeast('gradcheck', name, value, 0);
  checkBoolean('gradcheck', 'raiseException', raiseException);
  const checked = checkInputs(inputs);
  // A generator of its own: `fn` may seed the library's, and must find it as it was.
  const before = generator.state;
  const directions = new Generator(0);
  try {
    const y = fn(...inputs);
    if (!(y instanceof Tensor)) {
      throw new ArgumentError(`gradcheck: expected the function to return a tensor, got ${describe(y)}`);
    }
    const tolerance = { eps, atol, rtol };
    for (const i of checked) {
      if (y.numel() * inputs[i]!.numel() <= fullJacobianLimit)
        checkJacobian(fn, inputs, i, y.numel(), tolerance);
    }
    for (let n = 0; n < randomDirections; n++) checkDirection(fn, inputs, checked, y, directions, tolerance);
    return true;
  } catch (error) {
    if (error instanceof Mismatch && !raiseException) return false;
    throw error;
  } finally {
    generator.state = before;
  }
}

/** The analytic and the numerical gradient disagree. */
class Mismatch extends AutogradError {}

function checkInputs(inputs: readonly Tensor[]): number[] {
  if (!Array.isArray(inputs) || inputs.some(x => !(x instanceof Tensor))) {
    throw new ArgumentError(`gradcheck: expected an array of tensors such as [x], got ${describe(inputs)}`);
  }
  const checked = inputs.flatMap((x, i) => (x.requiresGrad ? [i] : []));
  if (checked.length === 0) {
    throw new AutogradError(
      'gradcheck: expected at least one input tensor to require a gradient; use { requiresGrad: true }',
    );
  }
  for (const i of checked) {
    const x = inputs[i]!;
    if (x.dtype !== 'float64') {
      throw new DTypeError(
        `gradcheck: expected input ${i} to be float64, got ${x.dtype}: differences of ${x.dtype} are too coarse. Use x.to('float64')`,
      );
    }
    if (!x.isLeaf)
      throw new AutogradError(`gradcheck: expected input ${i} to be a leaf; use x.detach().requiresGrad_()`);
  }
  return checked;
}

function checkJacobian(
  fn: Fn,
  inputs: readonly Tensor[],
  i: number,
  outputs: number,
  tolerance: Tolerance,
): void {
  const x = inputs[i]!;
  const numeric = Array.from({ length: x.numel() }, (_, j) => differences(fn, inputs, i, j, tolerance.eps));
  for (let o = 0; o < outputs; o++) {
    const analytic = gradients(fn, inputs, y => oneHot(y, o))[i]!;
    for (let j = 0; j < x.numel(); j++) {
      compare(
        `output ${o} by input ${i} ${formatShape(x.shape)} element ${j}`,
        analytic[j]!,
        numeric[j]![o]!,
        tolerance,
      );
    }
  }
}

/** Returns ∂y/∂x[j] for every output by central differences. */
function differences(fn: Fn, inputs: readonly Tensor[], i: number, j: number, eps: number): Float64Array {
  const direction = inputs.map(x => new Float64Array(x.numel()));
  direction[i]![j] = 1;
  return alongDirection(fn, inputs, direction, eps);
}

function alongDirection(
  fn: Fn,
  inputs: readonly Tensor[],
  direction: readonly Float64Array[],
  eps: number,
): Float64Array {
  const [above, below] = [eps, -eps].map(step =>
    noGrad(() => {
      const moved = inputs.map((x, i) => {
        if (!x.requiresGrad) return x;
        const values = Float64Array.from(x.detach().clone().data, (v, k) => v + step * direction[i]![k]!);
        return Tensor.from(values, { shape: x.shape });
      });
      return Float64Array.from(
        fn(...moved)
          .detach()
          .clone().data,
      );
    }),
  ) as [Float64Array, Float64Array];
  return above.map((v, k) => (v - below[k]!) / (2 * eps));
}

/** Returns the gradient of each input for the given gradient of the output. */
function gradients(fn: Fn, inputs: readonly Tensor[], cotangent: (y: Tensor) => Tensor): Float64Array[] {
  const fresh = inputs.map(x => (x.requiresGrad ? x.detach().clone().requiresGrad_() : x));
  const y = fn(...fresh);
  if (y.requiresGrad) y.backward(cotangent(y));
  return fresh.map(x => Float64Array.from(x.grad?.data ?? new Float64Array(x.numel())));
}

function oneHot(y: Tensor, o: number): Tensor {
  const values = new Float64Array(y.numel());
  values[o] = 1;
  return Tensor.from(values, { shape: y.shape });
}

/** Compares Σ u · (∂y/∂x · v) for random u and v: one number that every element of the Jacobian has a part in. */
function checkDirection(
  fn: Fn,
  inputs: readonly Tensor[],
  checked: readonly number[],
  output: Tensor,
  generator: Generator,
  tolerance: Tolerance,
): void {
  const normal = (n: number) => Float64Array.from({ length: n }, () => generator.normal());
  const direction = inputs.map((x, i) => (checked.includes(i) ? normal(x.numel()) : new Float64Array(0)));
  const weights = normal(output.numel());
  const analytic = gradients(fn, inputs, y => Tensor.from(weights, { shape: y.shape }));
  const numeric = alongDirection(fn, inputs, direction, tolerance.eps).reduce(
    (sum, d, o) => sum + d * weights[o]!,
    0,
  );
  const dot = checked.reduce(
    (sum, i) => sum + analytic[i]!.reduce((s, g, k) => s + g * direction[i]![k]!, 0),
    0,
  );
  compare('a random direction', dot, numeric, tolerance);
}

function compare(where: string, analytic: number, numeric: number, { atol, rtol }: Tolerance): void {
  if (Math.abs(analytic - numeric) <= atol + rtol * Math.abs(numeric)) return;
  throw new Mismatch(
    `gradcheck: backward does not agree with central differences for ${where}: analytic ${analytic}, numeric ${numeric}`,
  );
}
