/** Runs a program by the library, in one of several ways, and says what came of it. */
import {
  configure,
  type DType,
  nn,
  noGrad,
  type Shape,
  Tensor,
  TensorError,
  type TypedArray,
} from 'tinygrad-ts';
import { elementsOf, isLeaf, type Leaf, mapRefs, type Program, type Step, sizeOf } from './program.ts';
import { numbers } from './values.ts';

export interface Elements {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly values: TypedArray;
}

export interface Outcome {
  readonly results: readonly Elements[];
  /** Those of the operands, null where there is none. */
  readonly gradients: readonly (Elements | null)[];
  /** The library's own error that ended the program. */
  readonly error: string | null;
}

export type Float = 'float32' | 'float64';
/** Is told of the value of a step, and may put another in its place, unless it is the value of another line, too. */
export type Watch = (value: Tensor, line: number, step: Step) => Tensor;

export interface Setting {
  readonly float?: Float;
  readonly watch?: Watch;
  /** Returns what a step takes for the value of another line. */
  readonly operand?: (value: Tensor, from: number, step: Step) => Tensor;
  /** How the steps are run: `straight` unless given. */
  readonly way?: Way;
}

/** Runs `forward` on some lines of a program after the other. */
export type Way = (steps: Steps, values: (Tensor | null)[], results: readonly number[]) => (Tensor | null)[];

export interface Steps {
  readonly count: number;
  /** Runs the steps [from, to), which read and write `values`. */
  run(values: (Tensor | null)[], from: number, to: number): void;
}

/** Op by op, outside of any module. */
export const straight: Way = (steps, values) => {
  steps.run(values, 0, steps.count);
  return values;
};

/** Selects the backend; does nothing where it is the one. */
export function on(backend: 'wasm' | 'reference'): void {
  if (backend !== selected) configure({ backend });
  selected = backend;
}
let selected = '';

/** Returns what came of a program; an error that is not the library's own is thrown. */
export function execute(program: Program, setting: Setting = {}): Outcome {
  const { float = 'float32', way = straight } = setting;
  const { lines, results, root } = program;
  const leaves = lines.map((line, i) => {
    if (!isLeaf(line)) return null;
    return tensorOf(
      i === 0 && program.only !== undefined ? imageOf(line, program.only.image) : line,
      float,
      program.absolute,
    );
  });
  try {
    const values = way(stepsOf(program, setting), [...leaves], results);
    if (root !== null) goBack(values[root]!, program);
    return {
      results: results.map(line => elements(values[line]!)),
      gradients: leaves.map(leaf => (leaf?.grad ? elements(leaf.grad) : null)),
      error: null,
    };
  } catch (error) {
    if (!(error instanceof TensorError)) throw error;
    return {
      results: [],
      gradients: [],
      error: `${error.name}: ${error.message.replaceAll('float64', 'float32')}`,
    };
  }
}

export function tensorOf(leaf: Leaf, float: Float, absolute = false): Tensor {
  const { shape, requiresGrad } = leaf;
  const dtype = leaf.dtype === 'float32' ? float : leaf.dtype;
  const values = elementsOf(leaf);
  const taken = absolute && leaf.dtype === 'float32' ? values.map(Math.abs) : values;
  return Tensor.from([...taken], { shape, dtype, requiresGrad });
}

/** Returns one image of a batch. */
function imageOf(leaf: Leaf, image: number): Leaf {
  const shape = [1, ...leaf.shape.slice(1)];
  const size = sizeOf(shape);
  return { ...leaf, shape, values: elementsOf(leaf).slice(image * size, (image + 1) * size) };
}

function goBack(root: Tensor, { cotangent, twice, absolute, only = { image: 0, of: 1 } }: Program): void {
  if (!root.requiresGrad) return;
  const size = root.numel();
  const values = numbers(cotangent, only.of * size).slice(only.image * size, (only.image + 1) * size);
  const taken = absolute ? values.map(Math.abs) : values;
  const gradient = Tensor.from(taken, { shape: root.shape, dtype: root.dtype });
  if (twice) root.backward(gradient, { retainGraph: true });
  root.backward(gradient);
}

function stepsOf({ lines }: Program, { float = 'float32', watch, operand }: Setting): Steps {
  return {
    count: lines.length,
    run(values, from, to) {
      for (let i = from; i < to; i++) {
        const line = lines[i]!;
        if (isLeaf(line)) continue;
        const result = runStep(line, values, float, operand && ((x, from) => operand(x, from, line)));
        const shared = values.includes(result);
        // Quotients and means of integers are float32 in any case.
        const value = float === 'float64' && result.dtype === 'float32' ? result.to('float64') : result;
        const other = watch?.(value, i, line) ?? value;
        values[i] = shared ? result : other;
      }
    },
  };
}

/** Returns what one step computes. */
export function runStep(
  step: Step,
  values: readonly (Tensor | null)[],
  float: Float,
  operand?: (x: Tensor, from: number) => Tensor,
): Tensor {
  const args: unknown[] = step.args.map(arg => {
    const value = mapRefs(arg, from => operand?.(values[from]!, from) ?? values[from]!);
    // In float64 every float is one.
    return value === 'float32' ? float : value;
  });
  const [target, rest] =
    step.on === 'method'
      ? [args[0], args.slice(1)]
      : [step.on === 'functional' ? nn.functional : Tensor, args];
  const method = (target as Record<string, (...args: unknown[]) => unknown>)[step.name]!;
  const result = method.call(target, ...rest);
  return (step.take ? (result as Record<string, unknown>)[step.take] : result) as Tensor;
}

/** Returns a copy of the elements, row by row. */
export function elements(x: Tensor): Elements {
  // A detached tensor would share its elements, and a write to them would then go elsewhere.
  const { data } = noGrad(() => x.clone());
  return { shape: [...x.shape], dtype: x.dtype, values: data.slice() };
}
