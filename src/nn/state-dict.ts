/** What a module's state is outside of it, and how it is taken over: checked whole before anything is written. */
import { isPlainObject } from '../arguments.ts';
import { ArgumentError, describe, ShapeError } from '../errors.ts';
import { noGrad } from '../grad-mode.ts';
import { formatShape, sameShape } from '../shape.ts';
import { Tensor } from '../tensor.ts';

export type StateDict = Record<string, Tensor>;

export interface LoadReport {
  readonly missingKeys: readonly string[];
  readonly unexpectedKeys: readonly string[];
}

/** Returns the keys that did not match after writing `state` to the tensors of `own`; `name` is the module's. */
export function load(
  name: string,
  own: ReadonlyMap<string, Tensor>,
  state: Readonly<StateDict>,
  strict: boolean,
): LoadReport {
  if (!isPlainObject(state)) {
    throw new ArgumentError(
      `loadStateDict: expected an object of tensors by key such as stateDict() returns, got ${describe(state)}`,
    );
  }
  // Read once: what was checked is what is written.
  const given = new Map<string, unknown>(Object.entries(state));
  const missingKeys = [...own.keys()].filter(key => !given.has(key));
  const unexpectedKeys = [...given.keys()].filter(key => !own.has(key));
  const problems = [...own].flatMap(([key, to]) => (given.has(key) ? misfit(key, to, given.get(key)) : []));
  if (strict) {
    if (unexpectedKeys.length)
      problems.unshift(`Unexpected key(s) in state_dict: ${quoted(unexpectedKeys)}.`);
    if (missingKeys.length) problems.unshift(`Missing key(s) in state_dict: ${quoted(missingKeys)}.`);
  }
  if (problems.length > 0) {
    const ErrorType = problems.some(problem => problem.startsWith('size')) ? ShapeError : ArgumentError;
    throw new ErrorType(`Error(s) in loading state_dict for ${name}:\n\t${problems.join('\n\t')}`);
  }
  copyAll([...own].flatMap(([key, to]) => (given.has(key) ? [[to, given.get(key) as Tensor]] : [])));
  return { missingKeys, unexpectedKeys };
}

/** Returns what keeps `from` from being loaded into `to`, if anything does. */
function misfit(key: string, to: Tensor, from: unknown): string[] {
  if (!(from instanceof Tensor)) {
    return [`While copying the parameter named '${key}', expected a tensor, got ${describe(from)}.`];
  }
  if (sameShape(to.shape, from.shape)) return [];
  return [
    `size mismatch for ${key}: copying a param with shape ${formatShape(from.shape)} from checkpoint, the shape in current model is ${formatShape(to.shape)}.`,
  ];
}

function copyAll(pairs: readonly (readonly [Tensor, Tensor])[]): void {
  noGrad(() => {
    // All values are read and converted first. One that is gone throws here, and one that is itself a parameter of
    // the module keeps its value while others are written.
    const values = pairs.map(([to, from]) => {
      void from.array.buffer.array;
      return from.detach().to(to.dtype);
    });
    for (const [i, [to]] of pairs.entries()) to.copy_(values[i]!);
  });
}

function quoted(keys: readonly string[]): string {
  return keys.map(describe).join(', ');
}
