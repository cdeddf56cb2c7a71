/** Where the time goes: the kernels that a function calls, and how long each took. */
import { checkFunction, checkSynchronous } from './arguments.ts';
import type { NdArray } from './backend/array.ts';
import { observing } from './backend/select.ts';
import { formatShape } from './shape.ts';

/** All calls of one kernel on arrays of the same shapes. */
export interface KernelTime {
  readonly kernel: string;
  /** Shapes of its first result and its first operand. */
  readonly shapes: string;
  calls: number;
  ms: number;
}

export interface Profile<T> {
  /** What the function returned. */
  readonly result: T;
  /** The whole time, in milliseconds. */
  readonly ms: number;
  /** The longest first. What they lack of the whole is shape checks, the tape, and the function itself. */
  readonly kernels: readonly KernelTime[];
  /** Returns a line per kernel. */
  toString(): string;
}

/** Returns what `fn` returned and the time of every kernel that it called, as a table when it is printed. */
export function profile<T>(fn: () => T): Profile<T> {
  checkFunction('profile', 'its argument', fn);
  const found = new Map<string, KernelTime>();
  const start = performance.now();
  const result = observing((kernel, args, ms) => {
    const shapes = args
      .filter(isArray)
      .slice(0, 2)
      .map(x => formatShape(x.shape))
      .join(' ← ');
    const key = `${kernel} ${shapes}`;
    const entry = found.get(key) ?? { kernel, shapes, calls: 0, ms: 0 };
    entry.calls++;
    entry.ms += ms;
    found.set(key, entry);
  }, fn);
  const ms = performance.now() - start;
  checkSynchronous('profile', result);
  const kernels = [...found.values()].sort((a, b) => b.ms - a.ms);
  return { result, ms, kernels, toString: () => table(ms, kernels) };
}

function isArray(value: unknown): value is NdArray {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'strides' in value;
}

function table(ms: number, kernels: readonly KernelTime[]): string {
  const inKernels = kernels.reduce((sum, k) => sum + k.ms, 0);
  const rows = [
    ...kernels.map(k => [k.kernel, k.shapes, `${k.calls}×`, k.ms] as const),
    ['outside of kernels', '', '', ms - inKernels] as const,
    ['total', '', '', ms] as const,
  ];
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map(row => row[column].length));
  return rows
    .map(([kernel, shapes, calls, time]) =>
      [
        kernel.padEnd(width(0)),
        shapes.padEnd(width(1)),
        calls.padStart(width(2)),
        `${time.toFixed(3).padStart(9)} ms`,
        `${((100 * time) / ms).toFixed(1).padStart(5)} %`,
      ].join('  '),
    )
    .join('\n');
}
