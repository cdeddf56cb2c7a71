/**
 * The matrices of Winograd's (Toom and Cook's) convolution, and the emission of products with them.
 *
 * A correlation of a 6×6 tile d with a 3×3 or 5×5 kernel g is Y = Aᵀ[(G g Gᵀ) ⊙ (Bᵀ d B)]A: with 36 products in place
 * of 144 or 100. It is polynomial multiplication by values at the points 0, ±√½, ±√2 and ∞. See Lavin and Gray 2015;
 * points close to 1 in pairs p, 1/p keep the rounding errors small (Barabasz et al. 2020).
 */
import { f32x4, type Local, type Scope, type Val } from '../asm/index.ts';

export type Matrix = readonly (readonly number[])[];
/** Adjacent vectors that undergo the same; null is zero. */
export type Vectors = readonly Val<'v128'>[] | null;
/** A number in all lanes of a vector. */
export type Factors = (factor: number) => Val<'v128'>;

/** The side of a tile of the input, and of the products. */
export const tileSide = 6;

export interface Winograd {
  /** The side of a tile of outputs, m, and of the kernel, r: m + r - 1 = 6. */
  readonly outputs: number;
  readonly taps: 3 | 5;
  /** [6][6]. */
  readonly Bt: Matrix;
  /** [6][r]. */
  readonly G: Matrix;
  /** [m][6]. */
  readonly At: Matrix;
}

const [a, b] = [Math.SQRT1_2, Math.SQRT2];

/** Row p has the coefficients of Π (x - q) over the other points q; for ∞, over all. */
const Bt: Matrix = [
  [1, 0, -2.5, 0, 1, 0],
  [0, -b, -2, a, 1, 0],
  [0, b, -2, -a, 1, 0],
  [0, -a, -0.5, b, 1, 0],
  [0, a, -0.5, -b, 1, 0],
  [0, 1, 0, -2.5, 0, 1],
];

/** The finite points, and 1 / Π (p - q) over the other points q. */
const points = [0, a, -a, b, -b];
const norms = [1, -2 / 3, -2 / 3, 1 / 6, 1 / 6];

/** Returns p⁰ … pⁿ⁻¹ for each point, as rows; for ∞, the last power alone. */
function powers(n: number): number[][] {
  const exponents = Array.from({ length: n }, (_, i) => i);
  return [...points.map(p => exponents.map(i => powerOf(p, i))), exponents.map(i => Number(i === n - 1))];
}

/** Returns pⁱ, exact if it is rational: p² is 1/2 or 2. */
function powerOf(p: number, i: number): number {
  const square = Math.abs(p) === a ? 0.5 : 2;
  if (p === 0) return Number(i === 0);
  return square ** Math.floor(i / 2) * (i % 2 === 0 ? 1 : p);
}

function winograd(taps: 3 | 5): Winograd {
  const outputs = tileSide + 1 - taps;
  const G = powers(taps).map((row, p) => row.map(value => value * (norms[p] ?? 1)));
  return { outputs, taps, Bt, G, At: transposed(powers(outputs)) };
}

/** The algorithms by the side of the kernel: F(4×4, 3×3) and F(2×2, 5×5). */
export const winograds: Readonly<Record<3 | 5, Winograd>> = { 3: winograd(3), 5: winograd(5) };

export function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map(row => row[column]!));
}

/** Returns the factors that products with these matrices need, kept in locals: to be called before any loop. */
export function factorsOf(f: Scope, ...matrices: readonly Matrix[]): Factors {
  const locals = new Map<number, Local<'v128'>>();
  for (const factor of matrices.flat(2).map(Math.abs)) {
    if (factor === 0 || factor === 1 || locals.has(factor)) continue;
    locals.set(factor, f.let(f32x4.const(factor, factor, factor, factor), `factor${factor}`));
  }
  return factor => locals.get(factor)!;
}

/**
 * Returns matrix · x in new locals. Each row of x is a list of adjacent vectors; these should be locals, as they are
 * used more than once. Rows p and -p of a matrix differ in the signs of the odd powers: their common parts are shared.
 */
export function transform(f: Scope, factors: Factors, matrix: Matrix, x: readonly Vectors[]): Vectors[] {
  const columns = pairsOf(transposed(matrix));
  if (columns.some(([, second]) => second !== undefined)) return foldColumns(f, factors, matrix, x, columns);
  const y = new Array<Vectors>(matrix.length).fill(null);
  for (const [first, second] of pairsOf(matrix)) {
    const row = matrix[first]!;
    if (second === undefined) {
      y[first] = combine(f, factors, row, x);
      continue;
    }
    const isEven = row.map((value, i) => value === matrix[second]![i]);
    const even = combine(f, factors, row, keep(x, isEven));
    const odd = combine(f, factors, row, keep(x, isEven, false));
    y[first] = add(f, even, odd);
    y[second] = subtract(f, even, odd);
  }
  return y;
}

/** matrix · x by the sums and differences of the x whose columns differ in signs alone. */
function foldColumns(
  f: Scope,
  factors: Factors,
  matrix: Matrix,
  x: readonly Vectors[],
  columns: readonly Pair[],
): Vectors[] {
  const folded = columns.map(([first, second]) => {
    if (second === undefined) return { column: first, even: x[first]!, odd: null, isEven: null };
    const isEven = matrix.map(row => row[first] === row[second]);
    const [even, odd] = [add(f, x[first]!, x[second]!), subtract(f, x[first]!, x[second]!)];
    return { column: first, even, odd, isEven };
  });
  return matrix.map((row, r) => {
    const values = folded.map(({ column }) => row[column]!);
    const parts = folded.map(({ even, odd, isEven }) => (isEven === null || isEven[r] ? even : odd));
    return combine(f, factors, values, parts);
  });
}

/** Two rows, or one without a partner. */
type Pair = readonly [number, number | undefined];

/** Returns the rows in pairs that differ in some signs but not in all; those next to each other. */
function pairsOf(matrix: Matrix): Pair[] {
  const pairs: Pair[] = [];
  for (let row = 0; row < matrix.length; row++) {
    const next = matrix[row + 1];
    const values = matrix[row]!;
    const isPair =
      next?.every((value, i) => Math.abs(value) === Math.abs(values[i]!)) &&
      next.some((value, i) => value !== 0 && value === values[i]) &&
      next.some((value, i) => value !== values[i]);
    pairs.push(isPair ? [row, row + 1] : [row, undefined]);
    if (isPair) row++;
  }
  return pairs;
}

function keep(x: readonly Vectors[], which: readonly boolean[], value = true): Vectors[] {
  return x.map((vectors, i) => (which[i] === value ? vectors : null));
}

/** Returns Σ values · x, beginning with a value of 1 if there is one. */
function combine(f: Scope, factors: Factors, values: readonly number[], x: readonly Vectors[]): Vectors {
  const terms = values.map((value, i) => ({ value, vectors: x[i]! })).filter(t => t.value !== 0 && t.vectors);
  const first = terms.find(({ value }) => value === 1) ?? terms.find(({ value }) => value > 0) ?? terms[0];
  if (!first) return null;
  const scaled = (value: number, x: Val<'v128'>) => (value === 1 ? x : f32x4.mul(x, factors(value)));
  return first.vectors!.map((_, v) => {
    let sum = scaled(Math.abs(first.value), first.vectors![v]!);
    if (first.value < 0) sum = f32x4.neg(sum);
    for (const term of terms) {
      if (term === first) continue;
      const part = scaled(Math.abs(term.value), term.vectors![v]!);
      sum = term.value > 0 ? f32x4.add(sum, part) : f32x4.sub(sum, part);
    }
    return f.let(sum, 'sum');
  });
}

function add(f: Scope, x: Vectors, y: Vectors): Vectors {
  if (!x || !y) return x ?? y;
  return x.map((value, v) => f.let(f32x4.add(value, y[v]!), 'even'));
}

function subtract(f: Scope, x: Vectors, y: Vectors): Vectors {
  if (!y) return x;
  return y.map((value, v) => f.let(x ? f32x4.sub(x[v]!, value) : f32x4.neg(value), 'odd'));
}
