import { ArgumentError, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const wrong = (value: unknown) => value as never;

describe('Sequential', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'an array of layers, and says the right call',
      () => new nn.Sequential(wrong([new nn.ReLU()])),
      /^Sequential: expected modules one by one, got an array; write new nn.Sequential\(\.\.\.layers\)$/,
    ],
    [
      'a function, and says what to do',
      () =>
        new nn.Sequential(
          new nn.ReLU(),
          wrong((x: Tensor) => x.relu()),
        ),
      /^Sequential: expected a module at 1, got a function; .*forward.*new nn\.ReLU\(\)$/,
    ],
    ['a class', () => new nn.Sequential(wrong(nn.ReLU)), /expected a module at 0, got the function ReLU/],
    ['undefined', () => new nn.Sequential(wrong(undefined)), /module at 0, got undefined/],
    ['null', () => new nn.Sequential(new nn.ReLU(), wrong(null)), /module at 1, got null/],
    ['a tensor', () => new nn.Sequential(wrong(Tensor.ones([1]))), /module at 0, got Tensor/],
    [
      'a record',
      () => new nn.Sequential(wrong({ fc: new nn.ReLU() })),
      /module at 0, got an object \{ fc \}/,
    ],
    ['an index that is none', () => new nn.Sequential(new nn.ReLU()).at(Number.NaN), /index.*integer.*NaN/],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });
});

describe('ModuleList', () => {
  const list = () => new nn.ModuleList([new nn.ReLU()]);

  it.each<[string, () => unknown, RegExp]>([
    [
      'a module in place of a list, and says the right call',
      () => new nn.ModuleList(wrong(new nn.ReLU())),
      /^ModuleList: expected a list of modules, got ReLU; write new nn.ModuleList\(\[a, b\]\)$/,
    ],
    ['a number', () => new nn.ModuleList(wrong(3)), /list of modules, got 3/],
    ['null', () => new nn.ModuleList(wrong(null)), /list of modules, got null/],
    ['a string', () => new nn.ModuleList(wrong('ab')), /list of modules, got 'ab'/],
    ['undefined in the list', () => new nn.ModuleList([wrong(undefined)]), /module at 0, got undefined/],
    ['functions in the list', () => new nn.ModuleList([wrong(() => 1)]), /module at 0, got a function/],
    ['an array pushed', () => list().push(wrong([new nn.ReLU()])), /module at 0, got \[ReLU\]/],
    ['a tensor pushed', () => list().push(new nn.ReLU(), wrong(Tensor.ones([1]))), /module at 1, got Tensor/],
    ['an index that is none', () => list().at(wrong('0')), /index.*integer.*'0'/],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(ArgumentError);
    expect(call).toThrow(message);
  });

  it('holds what it held where one of those pushed is refused', () => {
    const modules = list();
    expect(() => modules.push(new nn.ReLU(), wrong(null))).toThrow(ArgumentError);
    expect(modules.length).toBe(1);
  });

  it('takes any iterable of modules', () => {
    expect(new nn.ModuleList(new nn.Sequential(new nn.ReLU(), new nn.ReLU())).length).toBe(2);
    expect(new nn.ModuleList(new Set([new nn.ReLU()])).length).toBe(1);
  });
});
