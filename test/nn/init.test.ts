import { ArgumentError, nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const { init } = nn;
const wrong = (value: unknown) => value as never;
const matrix = () => Tensor.full([2, 3], 7);

describe('nn.init', () => {
  it.each<[string, (w: Tensor) => unknown, string, RegExp]>([
    [
      'normal_(w, { std: 0.1 })',
      w => init.normal_(w, wrong({ std: 0.1 })),
      'ArgumentError',
      /^normal_: expected mean to be a finite number, got an object \{ std \}; the call is normal_\(x, mean, std\)$/,
    ],
    ['normal_(w, 0, -1)', w => init.normal_(w, 0, -1), 'ArgumentError', /expects std >= 0, but found std -1/],
    ['normal_(w, NaN)', w => init.normal_(w, Number.NaN), 'ArgumentError', /normal_.*mean.*NaN/],
    [
      'uniform_(w, { low: 0 })',
      w => init.uniform_(w, wrong({ low: 0 })),
      'ArgumentError',
      /the call is uniform_\(x, low, high\)$/,
    ],
    ['uniform_(w, 2, 1)', w => init.uniform_(w, 2, 1), 'ArgumentError', /uniform_.*low=2 > high=1/],
    ['uniform_(w, 0, NaN)', w => init.uniform_(w, 0, Number.NaN), 'ArgumentError', /uniform_.*high.*NaN/],
    ['uniform_(w, 0, Infinity)', w => init.uniform_(w, 0, Infinity), 'ArgumentError', /uniform_.*Infinity/],
    [
      'uniform_(w, 0, 1e300)',
      w => init.uniform_(w, 0, 1e300),
      'ArgumentError',
      /uniform_.*0 to 1e\+300 is out of bounds for float32/,
    ],
    [
      'xavierUniform_(w, 1e300)',
      w => init.xavierUniform_(w, 1e300),
      'ArgumentError',
      /xavierUniform_.*out of bounds/,
    ],
    ["uniform_(w, '0')", w => init.uniform_(w, wrong('0')), 'ArgumentError', /uniform_.*low.*'0'/],
    ['constant_(w)', w => init.constant_(w, wrong(undefined)), 'ArgumentError', /constant_.*undefined/],
    ["constant_(w, '1')", w => init.constant_(w, wrong('1')), 'ArgumentError', /constant_.*'1'/],
    [
      'xavierUniform_(w, { gain: 2 })',
      w => init.xavierUniform_(w, wrong({ gain: 2 })),
      'ArgumentError',
      /the call is xavierUniform_\(x, gain\)$/,
    ],
    ['xavierNormal_(w, -1)', w => init.xavierNormal_(w, -1), 'ArgumentError', /xavierNormal_.*gain.*-1/],
    ['xavierNormal_(w, NaN)', w => init.xavierNormal_(w, Number.NaN), 'ArgumentError', /xavierNormal_.*NaN/],
    [
      "a mode in Python's spelling",
      w => init.kaimingUniform_(w, { mode: wrong('fan_in') }),
      'ArgumentError',
      /^kaimingUniform_: expected mode to be 'fanIn' or 'fanOut', got 'fan_in'$/,
    ],
    [
      'an option that does not exist',
      w => init.kaimingNormal_(w, wrong({ nonlineariti: 'relu' })),
      'ArgumentError',
      /^kaimingNormal_: unknown option 'nonlineariti'/,
    ],
    [
      'a nonlinearity that does not exist',
      w => init.kaimingNormal_(w, { nonlinearity: wrong('gelu') }),
      'ArgumentError',
      /^kaimingNormal_: unsupported nonlinearity 'gelu'/,
    ],
    [
      'a slope of NaN',
      w => init.kaimingNormal_(w, { a: Number.NaN }),
      'ArgumentError',
      /kaimingNormal_.*NaN/,
    ],
    ['a number for options', w => init.kaimingNormal_(w, wrong(2)), 'ArgumentError', /options object.*got 2/],
    [
      'a vector',
      w => init.xavierUniform_(w.select(0, 0)),
      'ShapeError',
      /^xavierUniform_: .*fewer than 2 dimensions, got \[3\]/,
    ],
    ['whole numbers', () => init.normal_(matrix().to('int32')), 'DTypeError', /normal_.*float.*int32/],
  ])('refuses %s and writes nothing', (_, call, name, message) => {
    const w = matrix();
    expect(() => call(w)).toThrow(expect.objectContaining({ name, message: expect.stringMatching(message) }));
    expect(w.toArray()).toEqual(matrix().toArray());
  });

  it.each(Object.keys(init))('%s refuses what is no tensor, by name', name => {
    const call = init[name as 'zeros_'];
    for (const value of [undefined, null, 1, 'w', [[1]], {}, new nn.Linear(1, 1), () => 1]) {
      expect(() => call(wrong(value))).toThrow(ArgumentError);
      // The first argument of calculateGain is no tensor but a name.
      expect(() => call(wrong(value))).toThrow(new RegExp(`^${name}: `));
    }
  });

  it('takes undefined for the default', () => {
    const w = Tensor.zeros([4, 4]);
    expect(init.uniform_(w, undefined, undefined).max().item()).toBeLessThan(1);
    init.kaimingUniform_(w, wrong({ a: undefined, mode: undefined, nonlinearity: undefined }));
    expect(w.abs().max().item()).toBeLessThanOrEqual(Math.sqrt(6 / 4));
  });

  it('takes equal bounds, whole numbers for a constant, and weights without elements, as PyTorch does', () => {
    expect(init.uniform_(matrix(), 2, 2).toArray()).toEqual(Tensor.full([2, 3], 2).toArray());
    expect(init.constant_(matrix().to('int32'), 3).sum().item()).toBe(18);
    expect(init.kaimingUniform_(Tensor.zeros([2, 0])).shape).toEqual([2, 0]);
    expect(new nn.Linear(0, 3).call(Tensor.ones([2, 0])).toArray()).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
});
