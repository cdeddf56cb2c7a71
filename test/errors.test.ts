import { ArgumentError, AutogradError, DataError, DTypeError, ShapeError, TensorError } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { checkOptions, describe as text } from '../src/errors.ts';

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

  it('name the option that does not exist, and those that do', () => {
    expect(() => checkOptions('sum', { dims: 1 }, ['dim', 'keepdim'])).toThrow(
      new ArgumentError("sum: unknown option 'dims'; the options are dim, keepdim"),
    );
    for (const bad of [3, null, [1], 'dim']) {
      expect(() => checkOptions('sum', bad as object, ['dim'])).toThrow(
        /sum: expected an options object, got/,
      );
    }
  });

  it('describe values briefly', () => {
    expect([1, 'a', null, undefined, [1, ['b']], new Map(), Object.create(null)].map(text)).toEqual([
      '1',
      "'a'",
      'null',
      'undefined',
      "[1, ['b']]",
      'Map',
      'an object',
    ]);
  });
});
