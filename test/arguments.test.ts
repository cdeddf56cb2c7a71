import { runInNewContext } from 'node:vm';
import { ArgumentError, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import {
  checkBoolean,
  checkFinite,
  checkFunction,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
} from '../src/arguments.ts';

const message = (fn: () => unknown) => {
  try {
    return `returned ${String(fn())}`;
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    return (error as Error).message;
  }
};

describe('checkOptions', () => {
  it('takes plain objects, of another realm and without a prototype, too', () => {
    checkOptions('sum', { dim: 1 }, ['dim', 'keepdim']);
    checkOptions('sum', { dim: undefined }, ['dim']);
    checkOptions('sum', runInNewContext('({ dim: 1 })'), ['dim']);
    checkOptions('sum', Object.assign(Object.create(null), { dim: 1 }), ['dim']);
  });

  it('names the option that does not exist, and those that do', () => {
    expect(message(() => checkOptions('sum', { dims: 1 }, ['dim', 'keepdim']))).toBe(
      "sum: unknown option 'dims'; the options are dim, keepdim",
    );
  });

  it.each([
    [3, '3'],
    [null, 'null'],
    ['dim', "'dim'"],
    [[1], '[1]'],
    [() => 1, 'a function'],
    [new Map(), 'Map'],
    [Promise.resolve(), 'Promise'],
    [Tensor.ones([2]), 'Tensor'],
    [new nn.ReLU(), 'ReLU'],
    [new Float32Array(2), 'Float32Array'],
  ])('refuses what is no plain object: %o', (bad, text) => {
    expect(message(() => checkOptions('sum', bad as object, ['dim', 'keepdim']))).toBe(
      `sum: expected an options object such as { dim: … }, got ${text}`,
    );
  });
});

describe('the checks of one value', () => {
  it('return what fits', () => {
    expect(checkNumber('op', 'x', -Infinity)).toBe(-Infinity);
    expect(checkFinite('op', 'x', 0.5)).toBe(0.5);
    expect(checkInteger('op', 'x', -3)).toBe(-3);
    expect(checkInteger('op', 'x', 3, 3, 3)).toBe(3);
    expect(checkBoolean('op', 'x', false)).toBe(false);
    expect(checkOneOf('op', 'x', 'mean', ['mean', 'sum'])).toBe('mean');
    expect(checkFunction('op', 'x', Math.sin)).toBe(Math.sin);
  });

  it.each<[string, () => unknown]>([
    ['op: expected x to be a number, got NaN', () => checkNumber('op', 'x', NaN)],
    ["op: expected x to be a number, got '3'", () => checkNumber('op', 'x', '3')],
    ['op: expected x to be a number, got the bigint 1n', () => checkNumber('op', 'x', 1n)],
    ['op: expected x to be a number, got Tensor', () => checkNumber('op', 'x', Tensor.ones([]))],
    ['op: expected x to be a finite number, got Infinity', () => checkFinite('op', 'x', Infinity)],
    ['op: expected x to be an integer, got 1.5', () => checkInteger('op', 'x', 1.5)],
    ['op: expected x to be an integer >= 1, got 0', () => checkInteger('op', 'x', 0, 1)],
    ['op: expected x to be an integer from 1 to 9, got 10', () => checkInteger('op', 'x', 10, 1, 9)],
    ['op: expected x to be true or false, got 1', () => checkBoolean('op', 'x', 1)],
    [
      "op: expected x to be 'none', 'mean' or 'sum', got 'avg'",
      () => checkOneOf('op', 'x', 'avg', ['none', 'mean', 'sum']),
    ],
    ['op: expected x to be a function, got null', () => checkFunction('op', 'x', null as never)],
  ])('say %s', (expected, fn) => {
    expect(message(fn)).toBe(expected);
  });
});
