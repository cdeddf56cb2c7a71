import { ArgumentError, AutogradError, DataError, DTypeError, ShapeError, TensorError } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { describe as text } from '../src/errors.ts';

describe('errors', () => {
  it.each([ArgumentError, AutogradError, DataError, DTypeError, ShapeError])(
    '%o is a TensorError and an Error',
    Type => {
      const error = new Type('what');
      expect(error).toBeInstanceOf(TensorError);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).toBe(`${Type.name}: what`);
    },
  );

  it('describe values briefly', () => {
    class Net {}
    const circle: unknown[] = [];
    circle.push(circle);
    expect(
      [1, 'a', null, undefined, [1, ['b']], new Map(), new Net(), Promise.resolve(), Symbol('s'), 12n].map(
        text,
      ),
    ).toEqual([
      '1',
      "'a'",
      'null',
      'undefined',
      "[1, ['b']]",
      'Map',
      'Net',
      'Promise',
      'Symbol(s)',
      'the bigint 12n',
    ]);
    expect([{ lr: 1, eps: 2 }, {}, Object.create(null), function step() {}, () => 1].map(text)).toEqual([
      'an object { lr, eps }',
      'an empty object',
      'an empty object',
      'the function step',
      'a function',
    ]);
    expect(text(circle)).toBe('[[[[[…]]]]]');
    expect(text(Array(1000).fill(0))).toBe('[0, 0, 0, 0, 0, 0, 0, 0, …]');
    expect(text('x'.repeat(1000))).toHaveLength(63);
  });
});
