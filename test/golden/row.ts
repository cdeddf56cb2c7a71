import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** JSON has no NaN and no infinities: they are written as strings, which `Number` reads. */
type Digits = readonly (number | string)[];

export type RowDType = 'float32' | 'int32' | 'bool';

export interface RowInput {
  readonly shape: number[];
  readonly dtype: RowDType;
  readonly data: Digits;
  readonly requiresGrad: boolean;
}

export interface RowOutput {
  readonly shape: number[];
  readonly dtype: RowDType;
  readonly data: Digits;
}

/** One configuration of one op: what goes in, and what PyTorch computes from it in float64. */
export interface Row {
  readonly name: string;
  readonly op: string;
  /** Two dims of the first input that are exchanged before the op, so that it meets a tensor that is not dense. */
  readonly transposeFirst?: [number, number];
  readonly inputs: readonly (RowInput | null)[];
  readonly args: object;
  readonly outputs: readonly RowOutput[];
  /** The gradient of the first output; null where there is nothing to differentiate. */
  readonly cotangent: Digits | null;
  readonly grads: readonly (Digits | null)[];
  /** Error of PyTorch's own float32 run, relative to the largest value. */
  readonly torchError: { readonly outputs: readonly number[]; readonly grads: readonly (number | null)[] };
}

/** Returns the content of a golden file of this folder. */
export function readGolden<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8')) as Content;
}

/** Returns the numbers of a row. Those that went into PyTorch are float32 numbers written in short. */
export const numbers = (digits: Digits) => Float64Array.from(digits, Number);
export const float32Numbers = (digits: Digits) => Float32Array.from(digits, Number);

/**
 * Fails unless `actual` has the length of `truth`, NaN and infinities are in the same places, and no other element
 * is off by more than `tolerance` times the largest finite value of `truth` (times 1 if that value is 0).
 */
export function expectClose(
  actual: ArrayLike<number>,
  truth: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  expect(actual.length, `${what}: length`).toBe(truth.length);
  const values = Array.from(truth);
  const largest = values.reduce(
    (max, value) => (Number.isFinite(value) ? Math.max(max, Math.abs(value)) : max),
    0,
  );
  const limit = tolerance * (largest || 1);
  const wrong = values.flatMap((value, index) => {
    const got = actual[index];
    // Not `> limit`: an error of NaN has to fail.
    const right = Number.isFinite(value) ? Math.abs(got - value) <= limit : Object.is(got, value);
    return right ? [] : [`[${index}] expected ${value}, got ${got}`];
  });
  const list = wrong.slice(0, 5).join('\n  ');
  expect(
    wrong.length,
    `${what}: ${wrong.length} of ${values.length} off by more than ${limit}\n  ${list}`,
  ).toBe(0);
}
