/** What is the same, and what differs no more than rounding explains. */
import type { Elements, Outcome } from './execute.ts';

/** Something that is wrong: what the fuzzers look for. */
export class Finding extends Error {
  override name = 'Finding';
}

/** The parts of an outcome with a name for each. */
export function partsOf({ results, gradients }: Outcome): [string, Elements | null][] {
  return [
    ...results.map((x, i): [string, Elements] => [`result ${i}`, x]),
    ...gradients.map((x, i): [string, Elements | null] => [`gradient of operand ${i}`, x]),
  ];
}

/** Throws a Finding unless both outcomes have the same bits, or the same error; a NaN is a NaN. */
export function expectSameBits(got: Outcome, want: Outcome, context: string): void {
  if (got.error !== want.error) {
    throw new Finding(`${context}: got ${got.error ?? 'no error'}, not ${want.error ?? 'no error'}`);
  }
  const wanted = partsOf(want);
  partsOf(got).forEach(([name, x], part) => {
    const y = wanted[part]![1];
    expectSameType(x, y, `${context}, ${name}`);
    if (!x || !y) return;
    const at = x.values.findIndex((value, i) => !Object.is(value, y.values[i]));
    if (at >= 0) {
      throw new Finding(`${context}, ${name}, element ${at}: got ${x.values[at]}, not ${y.values[at]}`);
    }
  });
}

/** Throws a Finding unless both are there or not, of one shape and one kind of dtype. */
export function expectSameType(x: Elements | null, y: Elements | null, context: string): void {
  const type = (e: Elements | null) =>
    e ? `${e.dtype.replace('float64', 'float32')} [${e.shape.join(', ')}]` : 'nothing';
  if (type(x) !== type(y)) throw new Finding(`${context}: got ${type(x)}, not ${type(y)}`);
}

/** How far each element may be from the truth; null where anything goes. */
export type Tolerance = (part: number, element: number) => number | null;

/** Throws a Finding unless every element is as near to the truth as `tolerance` says; infinities and NaN are the same. */
export function expectNear(got: Outcome, truth: Outcome, tolerance: Tolerance, context: string): void {
  if (got.error !== truth.error) {
    throw new Finding(`${context}: got ${got.error ?? 'no error'}, not ${truth.error ?? 'no error'}`);
  }
  const truths = partsOf(truth);
  partsOf(got).forEach(([name, x], part) => {
    const y = truths[part]![1];
    expectSameType(x, y, `${context}, ${name}`);
    if (!x || !y) return;
    x.values.forEach((value, i) => {
      const want = y.values[i]!;
      const allowed = tolerance(part, i);
      if (allowed === null || Object.is(value, want) || value === want) return;
      if (Math.abs(value - want) <= allowed) return;
      throw new Finding(
        `${context}, ${name}, element ${i} of [${x.shape.join(', ')}]: got ${value}, not ${want} ± ${allowed.toPrecision(2)}`,
      );
    });
  });
}
