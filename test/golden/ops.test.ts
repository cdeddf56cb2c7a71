import { Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { calls, type Float } from './calls.ts';
import { expectClose, float32Numbers, numbers, type Row, type RowInput, readGolden } from './row.ts';

const { rows } = readGolden<{ rows: Row[] }>('ops.json');

// In float64 the digits kept in the file are the limit.
const tolerance = (dtype: Float, torchError: number) =>
  dtype === 'float64' ? 1e-9 : Math.max(3e-6, 4 * torchError);

function tensor({ shape, dtype, data, requiresGrad }: RowInput, float: Float): Tensor {
  if (dtype === 'int32') return Tensor.from(Int32Array.from(data, Number), { shape });
  if (dtype === 'bool') return Tensor.from(Uint8Array.from(data, Number), { shape, dtype });
  return floats(data, shape, float, requiresGrad);
}

function floats(data: RowInput['data'], shape: number[], dtype: Float, requiresGrad: boolean): Tensor {
  const values = float32Numbers(data);
  return Tensor.from(dtype === 'float32' ? values : Float64Array.from(values), {
    shape,
    dtype,
    requiresGrad,
  });
}

function check(row: Row, dtype: Float): void {
  const leaves = row.inputs.map(input => input && tensor(input, dtype));
  const [first, ...rest] = leaves;
  const inputs = row.transposeFirst && first ? [first.transpose(...row.transposeFirst), ...rest] : leaves;
  const outputs = [calls[row.op](inputs, row.args, dtype)].flat();

  expect(outputs.length, 'number of outputs').toBe(row.outputs.length);
  for (const [i, truth] of row.outputs.entries()) {
    expect(outputs[i].shape, `shape of output ${i}`).toEqual(truth.shape);
    expect(outputs[i].dtype, `dtype of output ${i}`).toBe(truth.dtype === 'float32' ? dtype : truth.dtype);
    const limit = truth.dtype === 'float32' ? tolerance(dtype, row.torchError.outputs[i]) : 0;
    expectClose(outputs[i].data, numbers(truth.data), limit, `output ${i}`);
  }

  expect(outputs[0].requiresGrad, 'requiresGrad of the output').toBe(row.cotangent !== null);
  if (!row.cotangent) return;
  outputs[0].backward(floats(row.cotangent, row.outputs[0].shape, dtype, false));
  for (const [i, truth] of row.grads.entries()) {
    const grad = leaves[i]?.grad ?? null;
    if (!truth) {
      expect(grad, `gradient of input ${i}`).toBeNull();
      continue;
    }
    expect(grad?.shape, `shape of the gradient of input ${i}`).toEqual(row.inputs[i]?.shape);
    const limit = tolerance(dtype, row.torchError.grads[i] ?? 0);
    expectClose(grad?.data ?? [], numbers(truth), limit, `gradient of input ${i}`);
  }
}

describe.each(['float32', 'float64'] as const)("PyTorch's numbers in %s", dtype => {
  for (const op of Object.keys(calls)) {
    describe(op, () => {
      for (const row of rows.filter(candidate => candidate.op === op)) it(row.name, () => check(row, dtype));
    });
  }
});

describe('the golden file', () => {
  it('knows five configurations or more of every op', () => {
    const count = (op: string) => rows.filter(row => row.op === op).length;
    expect(Object.keys(calls).filter(op => count(op) < 5)).toEqual([]);
  });

  it('has no op without a call', () => {
    expect(rows.map(row => row.op).filter(op => !(op in calls))).toEqual([]);
  });
});

describe('expectClose', () => {
  it.each([
    ['a small error', [1, 2.1], [1, 2]],
    ['a NaN', [1, Number.NaN], [1, 2]],
    ['a missing NaN', [1, 2], [1, Number.NaN]],
    ['the other infinity', [1, -Infinity], [1, Infinity]],
    ['a missing element', [1], [1, 2]],
  ])('notices %s', (_, actual, truth) => {
    expect(() => expectClose(actual, truth, 1e-3, 'this')).toThrow(/this: /);
  });
});
