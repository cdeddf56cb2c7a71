import { runInNewContext } from 'node:vm';
import { ArgumentError, type DType, DTypeError, nn, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const list = (x: Tensor) => Array.from(x.data);
const wrong = (value: unknown) => value as never;
const int32 = { dtype: 'int32' } as const;

describe('a typed array', () => {
  it('is known by what it is, also where it comes from another realm', () => {
    const foreign = runInNewContext('new Float32Array([0.5, 1.5, -2.7])') as Float32Array;
    expect(foreign).not.toBeInstanceOf(Float32Array);
    expect([Tensor.from(foreign).dtype, list(Tensor.from(foreign))]).toEqual([
      'float32',
      [0.5, 1.5, Math.fround(-2.7)],
    ]);
    const double = runInNewContext('new Float64Array([0.1])') as Float64Array;
    expect([Tensor.from(double).dtype, list(Tensor.from(double))]).toEqual(['float64', [0.1]]);
  });

  it.skipIf(!('Float16Array' in globalThis))('of float16 becomes float32', () => {
    const halves = new (globalThis as unknown as { Float16Array: typeof Float32Array }).Float16Array([
      0.5, 1.5,
    ]);
    expect([Tensor.from(halves).dtype, list(Tensor.from(halves))]).toEqual(['float32', [0.5, 1.5]]);
  });

  it.each([
    [new Int8Array([-128]), [-128]],
    [new Uint8Array([255]), [255]],
    [new Uint8ClampedArray([300]), [255]],
    [new Int16Array([-32768]), [-32768]],
    [new Uint16Array([65535]), [65535]],
    [new Uint32Array([2 ** 31 - 1]), [2 ** 31 - 1]],
    [Buffer.from([1, 2]), [1, 2]],
  ])('of integers becomes int32: %o', (array, values) => {
    expect([Tensor.from(array).dtype, list(Tensor.from(array))]).toEqual(['int32', values]);
  });

  it('of integers beyond int32 is an error, and has a way', () => {
    const array = new Uint32Array([1, 4294967295]);
    expect(() => Tensor.from(array)).toThrow(
      new ArgumentError(
        "Tensor.from: value 4294967295 cannot be converted to type int32 without overflow; use dtype 'float64' or 'float32'",
      ),
    );
    expect(list(Tensor.from(array, { dtype: 'float64' }))).toEqual([1, 4294967295]);
  });

  it('of no numbers is refused by name', () => {
    expect(() => Tensor.from(new BigUint64Array(1))).toThrow(
      /^Tensor.from: .*, got BigUint64Array; Float64Array.from/,
    );
    expect(() => Tensor.from(new DataView(new ArrayBuffer(8)))).toThrow(/got DataView$/);
    expect(() => Tensor.from(wrong(new ArrayBuffer(8)))).toThrow(
      /got ArrayBuffer; .*new Float32Array\(buffer\)/,
    );
  });
});

describe('what Tensor.from does not take', () => {
  const x = Tensor.ones([2]);
  const circle: unknown[] = [];
  circle.push(circle);

  it.each<[string, unknown, RegExp]>([
    ['a tensor', x, /x\.clone\(\)/],
    ['tensors', [x, x], /Tensor\.stack/],
    ['a bigint', 1n, /got the bigint 1n; convert with Number/],
    ['bigints', [1n], /got the bigint 1n; convert with Number/],
    ['strings', ['1'], /got '1'; convert with Number/],
    ['a promise', Promise.resolve([1]), /got Promise; await it first/],
    ['typed arrays in an array', [new Float32Array(2)], /got Float32Array in an array; give one/],
    ['a function', Math.sin, /got the function sin/],
    ['a module', new nn.ReLU(), /got ReLU/],
    ['an array in itself', circle, /too many dims/],
    ['nothing', undefined, /got undefined/],
  ])('%s', (_, values, message) => {
    expect(() => Tensor.from(wrong(values))).toThrow(message);
    expect(() => Tensor.from(wrong(values))).toThrow(/^Tensor\.from: /);
  });
});

describe('an option that is undefined', () => {
  it('is the default', () => {
    const double = Tensor.ones([2], { dtype: 'float64' });
    const none = wrong({ dtype: undefined, requiresGrad: undefined });
    const made = [Tensor.randLike, Tensor.randnLike, Tensor.zerosLike, Tensor.onesLike].map(like =>
      like(double, none),
    );
    expect([...made, Tensor.fullLike(double, 1, none)].map(x => x.dtype)).toEqual(Array(5).fill('float64'));
    expect(Tensor.randintLike(Tensor.ones([2], int32), 0, 2, none).dtype).toBe('int32');
    expect(Tensor.from([1, 2], wrong({ shape: undefined, dtype: undefined })).shape).toEqual([2]);
    expect(list(Tensor.arange(3, wrong(undefined)))).toEqual([0, 1, 2]);
    expect(list(Tensor.arange(1, 3, undefined, none))).toEqual([1, 2]);
  });

  it('is not null', () => {
    for (const key of ['dtype', 'requiresGrad']) {
      expect(() => Tensor.zeros([2], wrong({ [key]: null }))).toThrow(/^Tensor\.zeros: .*null/);
    }
    expect(() => Tensor.from([1], wrong({ shape: null }))).toThrow(ShapeError);
  });
});

describe('int32', () => {
  it.each([2 ** 31, -(2 ** 31) - 1, 2 ** 40, NaN, Infinity])('refuses the constant %d', value => {
    const calls = [
      () => Tensor.from([value], int32),
      () => Tensor.from(new Float64Array([value]), int32),
      () => Tensor.full([2], value, int32),
      () => Tensor.fullLike(Tensor.ones([2], int32), value),
      () => Tensor.ones([2], int32).fill_(value),
      () => Tensor.ones([2], int32).copy_(value),
    ];
    for (const call of calls)
      expect(call).toThrow(/: value .* cannot be converted to type int32 without overflow/);
  });

  it('holds its ends, and cuts fractions off as PyTorch does', () => {
    const ends = [-(2 ** 31), 2 ** 31 - 1];
    expect(list(Tensor.from(ends, int32))).toEqual(ends);
    expect(list(Tensor.from([1.5, -1.7], int32))).toEqual([1, -1]);
    expect(list(Tensor.full([1], -1.7, int32))).toEqual([-1]);
    expect(list(Tensor.ones([1], int32).fill_(1.5))).toEqual([1]);
    expect(list(Tensor.from([1.7, -1.7]).to('int32'))).toEqual([1, -1]);
  });

  it('refuses ranges that it cannot hold', () => {
    expect(() => Tensor.randint(0, 2 ** 31 + 1, [2])).toThrow(/^Tensor\.randint: value 2147483648/);
    expect(() => Tensor.randint(-(2 ** 31) - 1, 0, [2])).toThrow(/^Tensor\.randint: value -2147483649/);
    expect(() => Tensor.randint(0, 2 ** 40, [2])).toThrow(/^Tensor\.randint: .*at most 2 \*\* 32 apart/);
    expect(() => Tensor.arange(2 ** 31 - 2, 2 ** 31 + 2, 1, int32)).toThrow(
      /^Tensor\.arange: value 2147483649/,
    );
    expect(() => Tensor.linspace(0, 2 ** 40, 3, int32)).toThrow(/^Tensor\.linspace: value 1099511627776/);
    expect(list(Tensor.arange(2 ** 31 - 2, 2 ** 31, 1, int32))).toEqual([2 ** 31 - 2, 2 ** 31 - 1]);
    expect(list(Tensor.linspace(0, 5, 4, int32))).toEqual([0, 1, 3, 5]);
    expect(Tensor.randint(-(2 ** 31), 2 ** 31, [2]).dtype).toBe('int32');
  });

  it('refuses to draw a bool from more than 0 and 1', () => {
    expect(() => Tensor.randint(0, 3, [2], { dtype: 'bool' })).toThrow(ArgumentError);
    expect(Tensor.randint(1, 2, [2], { dtype: 'bool' }).toArray()).toEqual([true, true]);
  });
});

describe('arange and eye', () => {
  it('take options behind any of their numbers', () => {
    expect(Tensor.arange(3, int32).toArray()).toEqual([0, 1, 2]);
    expect(Tensor.arange(1, 3, int32).dtype).toBe('int32');
    expect(Tensor.arange(1, 6, 2, int32).toArray()).toEqual([1, 3, 5]);
    expect(Tensor.eye(1, int32).dtype).toBe('int32');
    expect(Tensor.eye(1, 2, int32).toArray()).toEqual([[1, 0]]);
  });

  it.each<[() => unknown, RegExp]>([
    [() => Tensor.arange(wrong('3')), /expected end to be a finite number, got '3'/],
    [() => Tensor.arange(NaN), /expected end to be a finite number, got NaN/],
    [() => Tensor.arange(0, wrong('3')), /expected an options object such as { dtype: … }, got '3'/],
    [() => Tensor.arange(0, wrong('3'), 1), /expected end to be a finite number, got '3'/],
    [() => Tensor.arange(0, 3, 0), /inconsistent with step sign/],
    [() => Tensor.arange(0, 3, 1, wrong(2)), /expected options as the last argument/],
    [() => Tensor.eye(2, wrong('3')), /expected an options object/],
    [() => Tensor.linspace(0, wrong('1'), 3), /expected end to be a finite number, got '1'/],
    [() => Tensor.randint(wrong('0'), 3, [1]), /expected low to be an integer, got '0'/],
    [() => Tensor.randint(0, 3.5, [1]), /expected high to be an integer, got 3.5/],
    [() => Tensor.full([2], wrong(undefined)), /expected value to be a number, got undefined/],
    [() => Tensor.full([2], wrong('3')), /expected value to be a number, got '3'/],
  ])('refuse what is no number: %s', (call, message) => {
    expect(call).toThrow(message);
  });
});

describe('a shape', () => {
  it.each<[unknown, RegExp]>([
    [2, /got 2$/],
    ['2', /got '2'$/],
    [[[2, 3]], /got \[\[2, 3\]\]$/],
    [new Int32Array([2]), /got Int32Array; write \[\.\.\.shape\]$/],
    [new Array(2), /got/],
    [['2'], /got \['2'\]$/],
    [[NaN], /got \[NaN\]$/],
    [Tensor.ones([2]), /got Tensor$/],
    [null, /got null$/],
  ])('that is none is told: %o', (shape, message) => {
    const makers: ((shape: never) => Tensor)[] = [Tensor.zeros, Tensor.ones, Tensor.rand, Tensor.randn];
    for (const make of [...makers, (s: never) => Tensor.full(s, 1), (s: never) => Tensor.randint(0, 2, s)]) {
      expect(() => make(wrong(shape))).toThrow(ShapeError);
      expect(() => make(wrong(shape))).toThrow(message);
      expect(() => make(wrong(shape))).toThrow(/expected a shape of non-negative integers such as \[2, 3\]/);
    }
  });

  it('may be that of another tensor', () => {
    expect(Tensor.zeros(Tensor.ones([2, 3]).shape).shape).toEqual([2, 3]);
  });
});

describe('what is not of its kind is told by name', () => {
  it.each<DType>(['int32', 'bool'])('%s needs no gradient and draws no fractions', dtype => {
    expect(() => Tensor.zeros([1], { dtype, requiresGrad: true })).toThrow(DTypeError);
    expect(() => Tensor.rand([1], { dtype })).toThrow(/^Tensor\.rand: expected dtype float32 or float64/);
    expect(() => Tensor.randnLike(Tensor.ones([1], { dtype }))).toThrow(/^Tensor\.randnLike: expected dtype/);
  });

  it('where a tensor is wanted', () => {
    const likes = ['zerosLike', 'onesLike', 'fullLike', 'randLike', 'randnLike', 'randintLike'] as const;
    for (const name of likes) {
      const like = Tensor[name] as (...args: unknown[]) => Tensor;
      expect(() => like([2], 1, 2)).toThrow(
        `Tensor.${name}: expected a tensor, got [2]; make one with Tensor.from`,
      );
    }
  });

  it('where the constructor is called', () => {
    expect(() => new Tensor(wrong([1, 2]))).toThrow(/make a tensor with Tensor\.from/);
    expect(() => new Tensor(wrong(undefined))).toThrow(ArgumentError);
  });
});
