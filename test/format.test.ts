import { Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';
import { formatTensor } from '../src/format.ts';

// The texts are PyTorch's own (1.13), with our names: requiresGrad, gradFn, dtype=int32, size=[0, 3].
describe('printing numbers', () => {
  it.each([
    ['a scalar', Tensor.from(3.5), ['tensor(3.5000)']],
    ['a whole scalar', Tensor.from(2), ['tensor(2.)']],
    ['negative numbers', Tensor.from([-1, 2.5, -300.25]), ['tensor([  -1.0000,    2.5000, -300.2500])']],
    ['whole numbers', Tensor.from([1, 2, -30]), ['tensor([  1.,   2., -30.])']],
    ['zeros', Tensor.zeros([3]), ['tensor([0., 0., 0.])']],
    ['negative zero', Tensor.from([-0, 0]), ['tensor([-0., 0.])']],
    ['negative zero among fractions', Tensor.from([-0, 0.5]), ['tensor([-0.0000, 0.5000])']],
    ['negative zero among whole numbers', Tensor.from([-0, 1]), ['tensor([-0., 1.])']],
    ['a tie, rounded to even', Tensor.from([0.03125, 0.5]), ['tensor([0.0312, 0.5000])']],
    ['a tie in scientific form', Tensor.from([1.03125, 5000.5]), ['tensor([1.0312e+00, 5.0005e+03])']],
    ['float64', Tensor.from([1.5, 2], { dtype: 'float64' }), ['tensor([1.5000, 2.0000], dtype=float64)']],
    ['the last number before 1001 makes it scientific', Tensor.from([1, 1000]), ['tensor([   1., 1000.])']],
    ['large whole numbers', Tensor.from([12345678, 87654320]), ['tensor([12345678., 87654320.])']],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing scientific form', () => {
  it.each([
    ['small numbers', Tensor.from([1e-5, 1]), ['tensor([1.0000e-05, 1.0000e+00])']],
    ['a wide range', Tensor.from([0.5, 1234.5]), ['tensor([5.0000e-01, 1.2345e+03])']],
    [
      'large fractions',
      Tensor.from([123456789.5, 1.5], { dtype: 'float64' }),
      ['tensor([1.2346e+08, 1.5000e+00], dtype=float64)'],
    ],
    ['whole numbers of a wide range', Tensor.from([1, 2000]), ['tensor([1.0000e+00, 2.0000e+03])']],
    ['large whole numbers', Tensor.from([2e8, 1.5e8]), ['tensor([2.0000e+08, 1.5000e+08])']],
    ['tiny numbers', Tensor.from([1e-10, -2e-10]), ['tensor([ 1.0000e-10, -2.0000e-10])']],
    [
      'three digits of exponent',
      Tensor.from([1e-150, 1e200], { dtype: 'float64' }),
      ['tensor([1.0000e-150, 1.0000e+200], dtype=float64)'],
    ],
    ['zero among them', Tensor.from([-1e-5, 0, 1]), ['tensor([-1.0000e-05,  0.0000e+00,  1.0000e+00])']],
    ['negative zero among them', Tensor.from([-0, 1e-5]), ['tensor([-0.0000e+00, 1.0000e-05])']],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing int32 and bool', () => {
  it.each([
    ['int32', Tensor.from([1, -20, 300], { dtype: 'int32' }), ['tensor([  1, -20, 300], dtype=int32)']],
    ['an int32 scalar', Tensor.from(7, { dtype: 'int32' }), ['tensor(7, dtype=int32)']],
    ['bool', Tensor.from([true, false]), ['tensor([ True, False])']],
    ['only true', Tensor.from([true, true]), ['tensor([True, True])']],
    ['a bool scalar', Tensor.from(true), ['tensor(True)']],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing NaN and infinity', () => {
  it.each([
    ['NaN among whole numbers', Tensor.from([Number.NaN, 1]), ['tensor([nan, 1.])']],
    ['NaN among fractions', Tensor.from([Number.NaN, 1.5, -Infinity]), ['tensor([   nan, 1.5000,   -inf])']],
    ['infinities', Tensor.from([Infinity, -Infinity, 2]), ['tensor([inf, -inf, 2.])']],
    ['nothing finite but zero', Tensor.from([Number.NaN, Infinity, 0]), ['tensor([nan, inf, 0.])']],
    ['NaN in scientific form', Tensor.from([Number.NaN, 1e-6]), ['tensor([       nan, 1.0000e-06])']],
    ['a scalar', Tensor.from(Number.NaN), ['tensor(nan)']],
    [
      'a matrix',
      Tensor.from([Number.NaN, -Infinity, 1, 0], { shape: [2, 2] }),
      ['tensor([[nan, -inf],', '        [1., 0.]])'],
    ],
    [
      'wrapped lines',
      Tensor.cat([Tensor.from([Number.NaN]), Tensor.arange(1, 30)]),
      [
        'tensor([nan,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,',
        '        14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,',
        '        28., 29.])',
      ],
    ],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing dims', () => {
  it.each([
    ['a matrix', Tensor.arange(4).reshape(2, 2), ['tensor([[0., 1.],', '        [2., 3.]])']],
    [
      'three dims, with a blank line',
      Tensor.arange(8).reshape(2, 2, 2),
      ['tensor([[[0., 1.],', '         [2., 3.]],', '', '        [[4., 5.],', '         [6., 7.]]])'],
    ],
    [
      'four dims, with two',
      Tensor.arange(8).reshape(2, 1, 2, 2),
      [
        'tensor([[[[0., 1.],',
        '          [2., 3.]]],',
        '',
        '',
        '        [[[4., 5.],',
        '          [6., 7.]]]])',
      ],
    ],
    ['nested ones', Tensor.ones([1, 1, 1]), ['tensor([[[1.]]])']],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing lines of at most 80', () => {
  it.each([
    [
      'whole numbers',
      Tensor.arange(30),
      [
        'tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,',
        '        14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,',
        '        28., 29.])',
      ],
    ],
    [
      'fractions',
      Tensor.arange(20).div(8),
      [
        'tensor([0.0000, 0.1250, 0.2500, 0.3750, 0.5000, 0.6250, 0.7500, 0.8750, 1.0000,',
        '        1.1250, 1.2500, 1.3750, 1.5000, 1.6250, 1.7500, 1.8750, 2.0000, 2.1250,',
        '        2.2500, 2.3750])',
      ],
    ],
    [
      'int32',
      Tensor.arange(40, { dtype: 'int32' }),
      [
        'tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,',
        '        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,',
        '        36, 37, 38, 39], dtype=int32)',
      ],
    ],
    [
      'rows of a matrix',
      Tensor.arange(60).reshape(2, 30),
      [
        'tensor([[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,',
        '         14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,',
        '         28., 29.],',
        '        [30., 31., 32., 33., 34., 35., 36., 37., 38., 39., 40., 41., 42., 43.,',
        '         44., 45., 46., 47., 48., 49., 50., 51., 52., 53., 54., 55., 56., 57.,',
        '         58., 59.]])',
      ],
    ],
    [
      'bool',
      Tensor.arange(20).gt(10),
      [
        'tensor([False, False, False, False, False, False, False, False, False, False,',
        '        False,  True,  True,  True,  True,  True,  True,  True,  True,  True])',
      ],
    ],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing more than 1000 elements', () => {
  it.each([
    ['a vector', Tensor.arange(1001), ['tensor([   0.,    1.,    2.,  ...,  998.,  999., 1000.])']],
    [
      'a matrix',
      Tensor.zeros([40, 40]),
      [
        'tensor([[0., 0., 0.,  ..., 0., 0., 0.],',
        '        [0., 0., 0.,  ..., 0., 0., 0.],',
        '        [0., 0., 0.,  ..., 0., 0., 0.],',
        '        ...,',
        '        [0., 0., 0.,  ..., 0., 0., 0.],',
        '        [0., 0., 0.,  ..., 0., 0., 0.],',
        '        [0., 0., 0.,  ..., 0., 0., 0.]])',
      ],
    ],
    [
      'a long last dim',
      Tensor.ones([2, 3, 500]),
      [
        'tensor([[[1., 1., 1.,  ..., 1., 1., 1.],',
        '         [1., 1., 1.,  ..., 1., 1., 1.],',
        '         [1., 1., 1.,  ..., 1., 1., 1.]],',
        '',
        '        [[1., 1., 1.,  ..., 1., 1., 1.],',
        '         [1., 1., 1.,  ..., 1., 1., 1.],',
        '         [1., 1., 1.,  ..., 1., 1., 1.]]])',
      ],
    ],
    [
      'a long first dim',
      Tensor.zeros([500, 3]),
      [
        'tensor([[0., 0., 0.],',
        '        [0., 0., 0.],',
        '        [0., 0., 0.],',
        '        ...,',
        '        [0., 0., 0.],',
        '        [0., 0., 0.],',
        '        [0., 0., 0.]])',
      ],
    ],
    [
      'a row that wraps',
      Tensor.arange(10000).reshape(100, 100),
      [
        'tensor([[0.0000e+00, 1.0000e+00, 2.0000e+00,  ..., 9.7000e+01, 9.8000e+01,',
        '         9.9000e+01],',
        '        [1.0000e+02, 1.0100e+02, 1.0200e+02,  ..., 1.9700e+02, 1.9800e+02,',
        '         1.9900e+02],',
        '        [2.0000e+02, 2.0100e+02, 2.0200e+02,  ..., 2.9700e+02, 2.9800e+02,',
        '         2.9900e+02],',
        '        ...,',
        '        [9.7000e+03, 9.7010e+03, 9.7020e+03,  ..., 9.7970e+03, 9.7980e+03,',
        '         9.7990e+03],',
        '        [9.8000e+03, 9.8010e+03, 9.8020e+03,  ..., 9.8970e+03, 9.8980e+03,',
        '         9.8990e+03],',
        '        [9.9000e+03, 9.9010e+03, 9.9020e+03,  ..., 9.9970e+03, 9.9980e+03,',
        '         9.9990e+03]])',
      ],
    ],
    [
      'three long dims',
      Tensor.zeros([7, 12, 13]),
      [
        'tensor([[[0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         ...,',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.]],',
        '',
        '        [[0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         ...,',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.]],',
        '',
        '        [[0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         ...,',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.]],',
        '',
        '        ...,',
        '',
        '        [[0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         ...,',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.]],',
        '',
        '        [[0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         ...,',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.]],',
        '',
        '        [[0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         ...,',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.],',
        '         [0., 0., 0.,  ..., 0., 0., 0.]]])',
      ],
    ],
    [
      'a form chosen by what is shown',
      Tensor.cat([Tensor.ones([500]), Tensor.full([1], 1e6), Tensor.ones([500])]),
      ['tensor([1., 1., 1.,  ..., 1., 1., 1.])'],
    ],
    [
      'int32',
      Tensor.arange(2000, { dtype: 'int32' }),
      ['tensor([   0,    1,    2,  ..., 1997, 1998, 1999], dtype=int32)'],
    ],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing no elements', () => {
  it.each([
    ['a vector', Tensor.zeros([0]), ['tensor([])']],
    ['a matrix', Tensor.zeros([0, 3]), ['tensor([], size=[0, 3])']],
    ['int32', Tensor.zeros([0], { dtype: 'int32' }), ['tensor([], dtype=int32)']],
    ['bool', Tensor.zeros([2, 0], { dtype: 'bool' }), ['tensor([], size=[2, 0], dtype=bool)']],
    ['float64', Tensor.zeros([0], { dtype: 'float64' }), ['tensor([], dtype=float64)']],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('printing what follows the numbers', () => {
  it.each([
    ['requiresGrad', Tensor.from([1, 2], { requiresGrad: true }), ['tensor([1., 2.], requiresGrad=true)']],
    [
      'requiresGrad of a matrix',
      Tensor.ones([2, 2], { requiresGrad: true }),
      ['tensor([[1., 1.],', '        [1., 1.]], requiresGrad=true)'],
    ],
    ['the op', Tensor.ones([2], { requiresGrad: true }).mul(2), ['tensor([2., 2.], gradFn=<MulBackward>)']],
    [
      'dtype and requiresGrad',
      Tensor.ones([1], { dtype: 'float64', requiresGrad: true }),
      ['tensor([1.], dtype=float64, requiresGrad=true)'],
    ],
    [
      'on the last line, where it fits',
      Tensor.arange(12).div(8).requiresGrad_(),
      [
        'tensor([0.0000, 0.1250, 0.2500, 0.3750, 0.5000, 0.6250, 0.7500, 0.8750, 1.0000,',
        '        1.1250, 1.2500, 1.3750], requiresGrad=true)',
      ],
    ],
    ['nothing after detach', Tensor.ones([2], { requiresGrad: true }).detach(), ['tensor([1., 1.])']],
  ] as const)('%s', (_, x, lines) => {
    expect(x.toString().split('\n')).toEqual([...lines]);
  });
});

describe('a suffix that does not fit on the last line', () => {
  // PyTorch starts a new line, indented as the numbers are, where the line would pass 80.
  it('stands on a line of its own', () => {
    const x = Tensor.arange(100000, 100009, 1, { dtype: 'int32' });
    expect(x.toString()).toBe(
      'tensor([100000, 100001, 100002, 100003, 100004, 100005, 100006, 100007, 100008],\n       dtype=int32)',
    );
  });

  it('stands there for requiresGrad too', () => {
    const x = Tensor.arange(9).div(8).requiresGrad_();
    expect(x.toString()).toBe(
      'tensor([0.0000, 0.1250, 0.2500, 0.3750, 0.5000, 0.6250, 0.7500, 0.8750, 1.0000],\n       requiresGrad=true)',
    );
  });
});

describe('printing', () => {
  it('is what a template, String and console.log show', () => {
    const x = Tensor.from([1, 2]);
    expect(`${x}`).toBe('tensor([1., 2.])');
    const inspect: unknown = Reflect.get(x, Symbol.for('nodejs.util.inspect.custom'));
    expect(typeof inspect === 'function' && inspect.call(x)).toBe('tensor([1., 2.])');
  });

  it('follows the order of dims, not of memory', () => {
    expect(Tensor.arange(4).reshape(2, 2).t().toString()).toBe('tensor([[0., 2.],\n        [1., 3.]])');
  });

  it('changes nothing', () => {
    const x = Tensor.arange(4).reshape(2, 2).t();
    const { data } = x;
    x.toString();
    expect(x.data).toBe(data);
  });
});

describe('formatTensor', () => {
  it('writes shape, dtype, values and suffix', () => {
    expect(formatTensor([2], 'float32', new Float32Array([1, 2]), 'note')).toBe('tensor([1., 2.], note)');
    expect(formatTensor([], 'int32', new Int32Array([3]), '')).toBe('tensor(3, dtype=int32)');
  });
});
