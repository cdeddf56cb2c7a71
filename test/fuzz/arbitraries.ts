/** Pieces of random cases that several fuzzers share. */
import fc from 'fast-check';
import { type Kind, kinds, type Values } from './values.ts';

const drawn = (kind: fc.Arbitrary<Kind>): fc.Arbitrary<Values> => fc.record({ kind, seed: fc.nat(999) });

/** Numbers of every kind, the wildest among them. */
export const anyValues = drawn(fc.constantFrom(...kinds));

/** Numbers that sums and products of stay near to, and now and then others. */
export const calmValues = drawn(
  fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('ones', 'grid', 'ties', 'positive', 'noise' as const) },
    { weight: 1, arbitrary: fc.constantFrom('special', 'sparse', 'spread' as const) },
  ),
);

/** Numbers that are finite. */
export const finiteValues = drawn(fc.constantFrom('ones', 'grid', 'ties', 'positive', 'noise', 'spread'));

/** One of a few numbers three times out of four. */
export const usually = (often: readonly number[], all: fc.Arbitrary<number>): fc.Arbitrary<number> =>
  fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...often) }, { weight: 1, arbitrary: all });

/** Two numbers, mostly equal ones. */
export const pair = (one: fc.Arbitrary<number>): fc.Arbitrary<readonly [number, number]> =>
  fc.oneof(
    { weight: 2, arbitrary: one.map(n => [n, n] as const) },
    { weight: 1, arbitrary: fc.tuple(one, one) },
  );

/** The size of a dim: small ones, primes, ends of vectors; rarely 0. */
export const size: fc.Arbitrary<number> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(1, 2, 3, 4, 5, 7, 8) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constantFrom(13, 16, 17, 32, 61) },
);

/** Two in three times nothing. */
export const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: value });

/** Returns the lists with one item less. */
export const shorter = <T>(list: readonly T[]): T[][] =>
  list.length < 2 ? [] : list.map((_, dropped) => list.filter((_item, i) => i !== dropped));
