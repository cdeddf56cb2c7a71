/** One element in, one element out. Arithmetic is JavaScript's float64, rounded when it is stored. */
import type { NdArray } from '../array.ts';
import type { BinaryOp, CompareOp, Kernels, UnaryBackwardOp, UnaryOp } from '../kernels.ts';
import { walk } from './walk.ts';

const unaryOps: Record<UnaryOp, (x: number) => number> = {
  neg: x => -x,
  abs: Math.abs,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  relu: x => Math.max(0, x),
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
};

const unaryGradients: Record<UnaryBackwardOp, (dy: number, saved: number) => number> = {
  // sign(NaN) is 0, as in PyTorch.
  abs: (dy, x) => dy * (Number(x > 0) - Number(x < 0)),
  relu: (dy, y) => (y <= 0 ? 0 : dy),
  sqrt: (dy, y) => dy / (2 * y),
  sigmoid: (dy, y) => dy * y * (1 - y),
  tanh: (dy, y) => dy * (1 - y * y),
};

const binaryOps: Record<BinaryOp, (a: number, b: number) => number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  // IEEE 754 and C say pow(1, y) = 1 and pow(-1, ±inf) = 1, where JavaScript says NaN.
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b),
};

/** What differs for int32: there float64 would round what must wrap. Sums and differences are exact, and wrap when stored. */
const intOps: Partial<Record<BinaryOp, (a: number, b: number) => number>> = { mul: Math.imul, pow: intPow };

/** Returns a ^ b modulo 2³², by repeated squaring; to a negative power, the whole part of the quotient. */
function intPow(a: number, b: number): number {
  if (b < 0) return Math.abs(a) <= 1 ? a ** b : 0;
  let power = 1;
  for (let [square, left] = [a, b]; left > 0; left >>= 1) {
    if (left & 1) power = Math.imul(power, square);
    square = Math.imul(square, square);
  }
  return power;
}

const comparisons: Record<CompareOp, (a: number, b: number) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
};

function map1(y: NdArray, x: NdArray, f: (x: number) => number): void {
  const Y = y.buffer.array;
  const X = x.buffer.array;
  walk([y, x], (i, j) => {
    Y[i] = f(X[j]!);
  });
}

function map2(y: NdArray, a: NdArray, b: NdArray, f: (a: number, b: number) => number): void {
  const Y = y.buffer.array;
  const A = a.buffer.array;
  const B = b.buffer.array;
  walk([y, a, b], (i, j, k) => {
    Y[i] = f(A[j]!, B[k]!);
  });
}

export const elementwise = {
  fill(y, value) {
    walk([y], i => {
      y.buffer.array[i] = value;
    });
  },

  copy(y, x) {
    // A number becomes a bool by being non-zero, not by its last bits.
    map1(y, x, y.buffer.dtype === 'bool' ? v => Number(v !== 0) : v => v);
  },

  unary: (op, y, x) => map1(y, x, unaryOps[op]),
  unaryBackward: (op, dx, dy, saved) => map2(dx, dy, saved, unaryGradients[op]),
  clamp(y, x, low, high) {
    // What is between the limits stays as it is: Math.max takes 0 for more than -0.
    map1(y, x, v => (v >= low && v <= high ? v : Math.min(Math.max(v, low), high)));
  },
  clampBackward: (dx, dy, x, low, high) => map2(dx, dy, x, (g, v) => (v >= low && v <= high ? g : 0)),

  binary(op, y, a, b) {
    const { dtype } = y.buffer;
    const f = (dtype === 'int32' && intOps[op]) || binaryOps[op];
    map2(y, a, b, dtype === 'bool' ? (v, w) => Number(f(v, w) !== 0) : f);
  },

  lerp: (y, x, weight) => map2(y, y, x, (v, w) => (1 - weight) * v + weight * w),

  compare(op, y, a, b) {
    const holds = comparisons[op];
    map2(y, a, b, (v, w) => Number(holds(v, w)));
  },

  where(y, condition, a, b) {
    const [Y, C, A, B] = [y, condition, a, b].map(x => x.buffer.array) as [
      typeof y.buffer.array,
      typeof y.buffer.array,
      typeof y.buffer.array,
      typeof y.buffer.array,
    ];
    walk([y, condition, a, b], (i, c, j, k) => {
      Y[i] = C[c] ? A[j]! : B[k]!;
    });
  },
} satisfies Partial<Kernels>;
