import { type GradcheckOptions, gradcheck, manualSeed, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

/** One configuration: its title, its inputs (made under a fixed seed), the function, and what differs from the tolerances. */
export type Row = readonly [
  title: string,
  inputs: () => readonly Tensor[],
  fn: (...inputs: Tensor[]) => Tensor,
  options?: GradcheckOptions,
];

/** Ops whose name is not that of their file. */
const renamed: Readonly<Record<string, string>> = { variance: 'var' };

function recordName(op: string): string {
  const name = renamed[op] ?? op;
  return `${name[0].toUpperCase()}${name.slice(1)}Backward`;
}

/**
 * Checks the gradients of every row. `op` is the op's file in src/ops: each row must leave its record on the tape,
 * so that a table cannot pass for an op that it never reaches.
 */
export function checkOp(op: string, method: string, rows: readonly Row[]): void {
  describe(method, () => {
    it('has five configurations or more, each with its own title', () => {
      expect(new Set(rows.map(([title]) => title)).size).toBe(rows.length);
      expect(rows.length).toBeGreaterThanOrEqual(5);
    });

    for (const [title, make, fn, options] of rows) {
      it(title, () => {
        manualSeed(1);
        const inputs = make();
        expect(fn(...inputs).tape()).toContain(`= ${recordName(op)}(`);
        expect(gradcheck(fn, inputs, { rtol: 1e-3, atol: 1e-5, ...options })).toBe(true);
      });
    }
  });
}

const float = { dtype: 'float64', requiresGrad: true } as const;

/** Returns given numbers as a float64 leaf. */
export function leaf(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return Tensor.from([...values], { ...float, shape });
}

/** Returns a normally distributed float64 leaf. */
export function normal(...shape: number[]): Tensor {
  return Tensor.randn(shape, float);
}

/** Returns a float64 leaf of numbers from 0.5 to 1.5. */
export function positive(...shape: number[]): Tensor {
  return leaf(
    Array.from(Tensor.rand(shape, { dtype: 'float64' }).data, v => v + 0.5),
    shape,
  );
}

/** Returns a shuffled float64 leaf whose elements are 0.1 from each other and 0.05 from 0: far from every kink. */
export function apart(...shape: number[]): Tensor {
  const keys = Tensor.rand(shape).data;
  const order = Array.from(keys, (key, i) => ({ key, i })).sort((a, b) => a.key - b.key);
  const values = new Array<number>(order.length);
  order.forEach(({ i }, rank) => {
    values[i] = (rank - Math.floor(order.length / 2) + 0.5) * 0.1;
  });
  return leaf(values, shape);
}

/** Returns float64 numbers that need no gradient. */
export function fixed(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return Tensor.from([...values], { dtype: 'float64', shape });
}

/** Returns class indices. */
export function classes(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  return Tensor.from([...values], { dtype: 'int32', shape });
}

/** Returns x [N, C, H, W] with its channels innermost in memory, as convolution leaves it. */
export function channelsLast(x: Tensor): Tensor {
  return nn.functional.avgPool2d(x, 1);
}
