import fc from 'fast-check';
import { ArgumentError, AutogradError, DTypeError, noGrad, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const list = (x: Tensor) => Array.from(x.data);
const wrong = (value: unknown) => value as never;
const ints = (...values: number[]) => Tensor.from(values, { dtype: 'int32' });

describe('arithmetic', () => {
  it('adds, subtracts, multiplies, divides and raises', () => {
    const [a, b] = [Tensor.from([6, -3]), Tensor.from([2, 4])];
    expect([a.add(b), a.sub(b), a.mul(b), a.div(b), a.pow(b)].map(list)).toEqual([
      [8, 1],
      [4, -7],
      [12, -12],
      [3, -0.75],
      [36, 81],
    ]);
    expect([a.add(1), a.sub(1), a.mul(2), a.div(2), a.pow(2)].map(list)).toEqual([
      [7, -2],
      [5, -4],
      [12, -6],
      [3, -1.5],
      [36, 9],
    ]);
  });

  // Each from PyTorch 2.13.
  it('of int32 wraps modulo 2³²', () => {
    const [least, most] = [-(2 ** 31), 2 ** 31 - 1];
    expect(list(ints(123456789, least, most).mul(ints(987654321, -1, most)))).toEqual([-67153019, least, 1]);
    expect(list(ints(7, 3, -2, least, 0, 2).pow(21))).toEqual([
      192061479, 1870418611, -2097152, 0, 0, 2097152,
    ]);
    expect(list(ints(7, 2, -2, 0).pow(ints(21, 31, 32, 0)))).toEqual([192061479, least, 0, 1]);
    expect(list(ints(1, -1, 2, 0, -1, -2).pow(ints(-1, -1, -1, -1, -2, -3)))).toEqual([1, -1, 0, 0, 1, 0]);
    expect(list(ints(most, least).add(ints(1, -1)))).toEqual([least, most]);
    expect(list(ints(least, 0).sub(ints(1, least)))).toEqual([most, least]);
    expect([list(ints(least).neg()), list(ints(least).abs())]).toEqual([[least], [least]]);
    expect(list(Tensor.from([true, false]).add(ints(most, 3)))).toEqual([least, 3]);
    expect(list(ints(7, 1, 0, least).div(ints(2, 0, 0, -1)))).toEqual([3.5, Infinity, Number.NaN, 2 ** 31]);
    const x = ints(most, 5);
    expect(list(x.mul_(most))).toEqual([1, 2147483643]);
    expect(list(x.sub_(-1))).toEqual([2, 2147483644]);
    expect(list(x.mul_(4).add_(ints(least, 0)))).toEqual([-2147483640, -16]);
  });

  it('of int32 products and powers is that of BigInt', () => {
    const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(int, int, fc.nat(100), (a, b, n) => {
        expect(ints(a).mul(ints(b)).item()).toBe(Number(BigInt.asIntN(32, BigInt(a) * BigInt(b))));
        expect(ints(a).pow(n).item()).toBe(Number(BigInt.asIntN(32, BigInt(a) ** BigInt(n))));
      }),
    );
  });

  it('broadcasts as the sizes are stretched one by one', () => {
    const size = fc.integer({ min: 1, max: 3 });
    const shapes = fc.array(fc.record({ size, a: fc.boolean(), b: fc.boolean() }), { maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.nat(2), (dims, cut) => {
        const out = dims.map(d => (d.a && d.b ? 1 : d.size));
        const a = Tensor.arange(dims.reduce((n, d) => n * (d.a ? 1 : d.size), 1)).reshape(
          dims.map(d => (d.a ? 1 : d.size)),
        );
        const kept = dims.map((d, i) => (i < cut || d.b ? 1 : d.size)).slice(Math.min(cut, dims.length));
        const b = Tensor.arange(kept.reduce((n, s) => n * s, 1)).reshape(kept);
        const shape = out.map((s, i) => (i < cut ? (dims[i].a ? 1 : dims[i].size) : s));
        const sum = a.add(b);
        expect(sum.shape).toEqual(shape);
        expect(list(sum)).toEqual(list(a.expand(shape).add(b.expand(shape))));
      }),
      { numRuns: 60 },
    );
  });

  it('says which shapes do not broadcast', () => {
    const [a, b] = [Tensor.zeros([2, 3]), Tensor.zeros([2, 4])];
    for (const op of ['add', 'sub', 'mul', 'div', 'pow', 'eq', 'lt'] as const) {
      expect(() => a[op](b), op).toThrow(ShapeError);
      expect(() => a[op](b), op).toThrow(
        new RegExp(
          `^${op}: the size of tensor a \\(3\\) must match the size of tensor b \\(4\\) .*\\[2, 3\\] and \\[2, 4\\]`,
        ),
      );
    }
  });

  it('works on empty tensors', () => {
    expect(Tensor.zeros([0, 3]).add(Tensor.zeros([1, 3])).shape).toEqual([0, 3]);
    expect(Tensor.zeros([0]).mul(2).shape).toEqual([0]);
    expect(() => Tensor.zeros([0]).add(Tensor.zeros([2]))).toThrow(ShapeError);
  });
});

describe('dtypes', () => {
  const order = ['bool', 'int32', 'float32', 'float64'] as const;

  it('promote to the wider one', () => {
    for (const [i, a] of order.entries()) {
      for (const [j, b] of order.entries()) {
        const sum = Tensor.ones([2], { dtype: a }).mul(Tensor.ones([2], { dtype: b }));
        const wider = order[Math.max(i, j)];
        expect(sum.dtype, `${a} * ${b}`).toBe(wider);
      }
    }
  });

  it('take a number without getting wider, but for a fraction with integers', () => {
    expect(Tensor.ones([1], { dtype: 'float64' }).add(0.1).item()).toBe(1.1);
    expect([ints(1).add(2).dtype, ints(1).add(1.5).dtype, Tensor.from([true]).add(1).dtype]).toEqual([
      'int32',
      'float32',
      'int32',
    ]);
    expect(ints(1).add(1.5).item()).toBe(2.5);
  });

  it('make a float of a quotient and of functions whose results are no integers', () => {
    expect(list(ints(1, 2).div(2))).toEqual([0.5, 1]);
    for (const op of ['exp', 'log', 'sqrt', 'sigmoid', 'tanh'] as const) {
      expect(ints(1)[op]().dtype, op).toBe('float32');
    }
  });

  it('stay where the result is of the same kind', () => {
    expect([ints(-2).abs().dtype, ints(-2).neg().dtype, ints(-2).relu().dtype]).toEqual([
      'int32',
      'int32',
      'int32',
    ]);
    expect(list(ints(2, 3).pow(2))).toEqual([4, 9]);
  });

  it('are refused where PyTorch refuses them', () => {
    expect(() => ints(2, 3).pow(-1)).toThrow(/negative/);
  });
});

describe('comparison', () => {
  const a = Tensor.from([1, 2, Number.NaN]);

  it('gives bool; NaN differs from everything', () => {
    const b = Tensor.from([2, 2, Number.NaN]);
    expect([a.eq(b), a.ne(b), a.lt(b), a.le(b), a.gt(b), a.ge(b)].map(x => x.toArray())).toEqual([
      [false, true, false],
      [true, false, true],
      [true, false, false],
      [true, true, false],
      [false, false, false],
      [false, true, false],
    ]);
    expect(a.eq(1).dtype).toBe('bool');
  });

  it('works between dtypes and counts', () => {
    expect(ints(1, 2, 3).gt(1.5).toArray()).toEqual([false, true, true]);
    expect(ints(1, 2, 3).ge(2).sum().item()).toBe(2);
    expect(Tensor.from([true, false]).eq(1).toArray()).toEqual([true, false]);
  });
});

describe('clamp', () => {
  const x = Tensor.from([1, 5, 3]);

  it('takes either bound or both; max wins where they cross', () => {
    expect(
      [
        x.clamp({ min: 2 }),
        x.clamp({ max: 2 }),
        x.clamp({ min: 2, max: 4 }),
        x.clamp({ min: 4, max: 2 }),
      ].map(list),
    ).toEqual([
      [2, 5, 3],
      [1, 2, 2],
      [2, 4, 3],
      [2, 2, 2],
    ]);
    expect(list(Tensor.from([Number.NaN]).clamp({ min: 0 }))).toEqual([Number.NaN]);
  });

  it('needs a bound, and knows its options', () => {
    expect(() => x.clamp({})).toThrow(ArgumentError);
    expect(() => x.clamp(wrong({ low: 1 }))).toThrow(/unknown option 'low'; the options are min, max/);
    expect(() => x.clamp(wrong(3))).toThrow(ArgumentError);
  });

  it('lets the gradient through where it holds nothing back, bounds included', () => {
    const leaf = Tensor.from([1, 2, 3, 4, 5], { requiresGrad: true });
    leaf.clamp({ min: 2, max: 4 }).sum().backward();
    expect(leaf.grad?.toArray()).toEqual([0, 1, 1, 1, 0]);
  });

  it('lets no gradient through where the bounds cross', () => {
    const leaf = Tensor.from([-1, 0, 1, Number.NaN], { requiresGrad: true });
    leaf.clamp({ min: 1, max: -1 }).sum().backward();
    expect(leaf.grad?.toArray()).toEqual([0, 0, 0, 0]);
  });

  it.each(['float32', 'float64'] as const)('keeps the sign of a zero on a bound in %s', dtype => {
    const zeros = Tensor.from([0, -0], { dtype });
    expect(list(zeros.clamp({ min: 0 }))).toEqual([0, -0]);
    expect(list(zeros.clamp({ max: 0 }))).toEqual([0, -0]);
  });

  // PyTorch 2.13: an infinity that is no open side, or NaN, is a float.
  it('gives floats for whole numbers held by what no integer is', () => {
    expect(ints(1, 5).clamp({ min: Infinity }).toArray()).toEqual([Infinity, Infinity]);
    expect(ints(1, 5).clamp({ max: -Infinity }).toArray()).toEqual([-Infinity, -Infinity]);
    expect(ints(1, 5).clamp({ min: Number.NaN }).toArray()).toEqual([Number.NaN, Number.NaN]);
    expect(ints(1, 5).clamp({ min: -Infinity, max: 3 }).dtype).toBe('int32');
    expect(Tensor.from([true, false]).clamp({ min: 5 }).toArray()).toEqual([5, 5]);
  });

  // PyTorch: torch.tensor([-1, 0, 2], dtype=torch.int32).clamp(min=0.5) is tensor([0.5000, 0.5000, 2.0000])
  it('gives floats for whole numbers held by a fraction', () => {
    expect(list(ints(-1, 0, 2).clamp({ min: 0.5 }))).toEqual([0.5, 0.5, 2]);
    expect(ints(-1, 0, 2).clamp({ min: 1 }).dtype).toBe('int32');
  });
});

describe('functions', () => {
  it.each([
    ['exp', [0, 1, -Infinity], [1, Math.E, 0]],
    ['log', [1, 0, -1], [0, -Infinity, Number.NaN]],
    ['sqrt', [4, 0, -1], [2, 0, Number.NaN]],
    ['relu', [-2, 0, 3], [0, 0, 3]],
    ['sigmoid', [0, 100, -100], [0.5, 1, 0]],
    ['tanh', [0, 100, -100], [0, 1, -1]],
    ['abs', [-2, 0, -Infinity], [2, 0, Infinity]],
    ['neg', [-2, 3, Infinity], [2, -3, -Infinity]],
  ] as const)('%s', (op, input, output) => {
    const result = list(Tensor.from([...input])[op]());
    for (const [i, value] of output.entries()) {
      if (Number.isFinite(value)) expect(result[i]).toBeCloseTo(value, 6);
      else expect(result[i]).toBe(value);
    }
  });

  it('relu lets NaN through', () => {
    expect(Tensor.from([Number.NaN]).relu().item()).toBeNaN();
  });
});

describe('allclose', () => {
  it('compares within tolerances', () => {
    const x = Tensor.from([1, 100]);
    expect(x.allclose(Tensor.from([1.000001, 100.0005]))).toBe(true);
    expect(x.allclose(Tensor.from([1.1, 100]))).toBe(false);
    expect(x.allclose(Tensor.from([1.1, 100]), { atol: 0.2 })).toBe(true);
    expect(x.allclose(Tensor.from([1.1, 100]), { rtol: 0.2 })).toBe(true);
  });

  it('needs equal shapes, takes equal infinities, and nothing is close to NaN', () => {
    expect(Tensor.zeros([2, 1]).allclose(Tensor.zeros([1, 2]))).toBe(false);
    expect(Tensor.zeros([0]).allclose(Tensor.zeros([0]))).toBe(true);
    const odd = Tensor.from([Infinity, -Infinity]);
    expect(odd.allclose(odd.clone())).toBe(true);
    expect(odd.allclose(odd.neg())).toBe(false);
    const nan = Tensor.from([Number.NaN]);
    expect(nan.allclose(nan)).toBe(false);
  });

  it('knows a finite number from infinity', () => {
    expect(Tensor.from([1]).allclose(Tensor.from([Infinity]))).toBe(false);
  });

  it('refuses unknown options and what is no tensor', () => {
    const x = Tensor.zeros([1]);
    expect(() => x.allclose(x, wrong({ tol: 1 }))).toThrow(/unknown option 'tol'/);
    expect(() => x.allclose(wrong(3))).toThrow(ArgumentError);
  });
});

describe('in place', () => {
  it('writes over the elements and returns the tensor', () => {
    const x = Tensor.from([1, 2]);
    expect(x.add_(1)).toBe(x);
    expect(list(x)).toEqual([2, 3]);
    expect(list(x.mul_(Tensor.from([2, 3])))).toEqual([4, 9]);
    expect(list(x.sub_(5))).toEqual([-1, 4]);
    expect(list(x.div_(2))).toEqual([-0.5, 2]);
    expect(list(x.relu_())).toEqual([0, 2]);
    expect(list(x.clamp_({ max: 1 }))).toEqual([0, 1]);
    expect(list(x.copy_(Tensor.from([[7]]).squeeze(0)))).toEqual([7, 7]);
    expect(list(x.fill_(3))).toEqual([3, 3]);
    expect(list(x.zero_())).toEqual([0, 0]);
  });

  it('broadcasts the operand, never the tensor', () => {
    expect(list(Tensor.zeros([2, 2]).add_(Tensor.from([1, 2])))).toEqual([1, 2, 1, 2]);
    const x = Tensor.ones([2, 1]);
    expect(() => x.add_(Tensor.ones([2, 3]))).toThrow(ShapeError);
    expect(() => x.add_(Tensor.ones([2, 3]))).toThrow(
      "add_: output with shape [2, 1] doesn't match the broadcast shape [2, 3]",
    );
    expect(() => x.copy_(Tensor.ones([2, 3]))).toThrow(ShapeError);
    expect(() => x.add_(Tensor.ones([1, 2, 1]))).toThrow(ShapeError);
    expect([x.shape, list(x)]).toEqual([
      [2, 1],
      [1, 1],
    ]);
  });

  it('keeps the dtype, and refuses a result that would not fit', () => {
    const x = ints(1, 2);
    expect(() => x.add_(1.5)).toThrow(DTypeError);
    expect(() => x.div_(2)).toThrow(/float32 can't be cast to int32/);
    expect([x.dtype, list(x)]).toEqual(['int32', [1, 2]]);
    expect(list(x.copy_(Tensor.from([2.7, -2.7])))).toEqual([2, -2]);
    expect(list(Tensor.zeros([2]).add_(ints(1, 2)))).toEqual([1, 2]);
  });

  // PyTorch: result type Long can't be cast to the desired output type Bool
  it('refuses to put numbers into a bool tensor', () => {
    const x = Tensor.from([true, false]);
    expect(() => x.add_(1)).toThrow(DTypeError);
    expect(x.sum().item()).toBe(1);
  });

  it('leaves 0 and 1 in a bool tensor', () => {
    const x = Tensor.from([true, false]);
    x.add_(Tensor.from([true, true]));
    expect(x.sum().item()).toBe(2);
    expect(
      Tensor.from([true, true])
        .mul_(Tensor.from([true, false]))
        .toArray(),
    ).toEqual([true, false]);
    expect(Tensor.from([true, false]).fill_(2).sum().item()).toBe(2);
  });

  it('is refused on a leaf that requires a gradient, outside noGrad', () => {
    const x = Tensor.ones([2], { requiresGrad: true });
    expect(() => x.add_(1)).toThrow(AutogradError);
    expect(() => x.add_(1)).toThrow(/leaf Variable that requires grad.*noGrad/);
    expect(list(x)).toEqual([1, 1]);
    noGrad(() => x.add_(1));
    expect(list(x)).toEqual([2, 2]);
    expect(x.requiresGrad).toBe(true);
  });

  it('carries the gradient of what was written', () => {
    const x = Tensor.from([1, 2], { requiresGrad: true });
    const y = x.mul(3);
    y.add_(x).mul_(2);
    y.sum().backward();
    expect(x.grad?.toArray()).toEqual([8, 8]);
  });

  it('takes the tensor itself as operand', () => {
    const x = Tensor.from([1, 2]);
    expect(list(x.add_(x))).toEqual([2, 4]);
    const square = Tensor.from([
      [1, 2],
      [3, 4],
    ]);
    expect(list(square.add_(square.t()))).toEqual([2, 5, 5, 8]);
  });

  it('knows its options', () => {
    const x = Tensor.from([1, 2]);
    expect(() => x.clamp_(wrong({ min: 2, maximum: 3 }))).toThrow(/unknown option 'maximum'/);
    expect(list(x)).toEqual([1, 2]);
  });
});
