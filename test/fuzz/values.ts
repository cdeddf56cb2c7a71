/** Numbers for the operands of a program: a kind and a seed stand for as many as the shape has. */

/** The simplest first: a counterexample shrinks towards it. */
export const kinds = [
  'ones',
  'grid',
  'ties',
  'positive',
  'noise',
  'sparse',
  'spread',
  'outlier',
  'tiny',
  'special',
] as const;

export type Kind = (typeof kinds)[number];

export interface Values {
  readonly kind: Kind;
  readonly seed: number;
}

/** Whether sums and products of a few such numbers are exact in float32. */
export const isExact: Readonly<Record<Kind, boolean>> = {
  ones: true,
  grid: true,
  ties: true,
  positive: true,
  special: true,
  sparse: false,
  noise: false,
  spread: false,
  outlier: false,
  tiny: false,
};

const special = [Number.NaN, Infinity, -Infinity, -0, 0];

/** Returns whole numbers from 0 to 2³² - 1 that depend on the seed alone. */
export function integers(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) >>> 0;
  };
}

/** Returns `length` numbers, each of which float32 holds as it is. */
export function numbers({ kind, seed }: Values, length: number): number[] {
  const next = integers(seed);
  const noise = () => Math.fround(next() / 2 ** 31 - 1);
  const below = (n: number) => next() % n;
  const draw: Record<Kind, (i: number) => number> = {
    ones: () => 1,
    grid: () => (below(33) - 16) / 4,
    ties: () => below(4) - 1,
    positive: () => (1 + below(16)) / 4,
    noise,
    sparse: () => (below(5) === 0 ? noise() : 0),
    spread: () => Math.fround(noise() * 2 ** (below(40) - 20)),
    outlier: noise,
    tiny: () => Math.fround(noise() * 2 ** (-120 - below(30))),
    special: () => (below(6) === 0 ? special[below(special.length)]! : (below(33) - 16) / 4),
  };
  const drawn = Array.from({ length }, (_, i) => draw[kind](i));
  if (kind === 'outlier' && length > 0) drawn[below(length)] = [1e6, 1e9, -1e9][below(3)]!;
  return drawn;
}

/** Returns `length` whole numbers: small ones, or with kind 'spread' some near the edges of int32. */
export function wholeNumbers({ kind, seed }: Values, length: number): number[] {
  const next = integers(seed);
  const edges = [2 ** 31 - 1, -(2 ** 31), 65_536, 123_456_789];
  const small = () => (next() % 11) - 5;
  return Array.from({ length }, () => {
    if (kind === 'ones') return 1;
    return kind === 'spread' && next() % 3 === 0 ? edges[next() % edges.length]! : small();
  });
}

/** Returns `length` zeros and ones. */
export function bits({ kind, seed }: Values, length: number): number[] {
  const next = integers(seed);
  return Array.from({ length }, () => (kind === 'ones' ? 1 : next() & 1));
}
