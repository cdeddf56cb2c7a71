import fc from 'fast-check';
import { ArgumentError, DTypeError, manualSeed, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const list = (x: Tensor) => Array.from(x.data);

/** Hands over what the types forbid, as a caller from JavaScript may. */
const wrong = (value: unknown) => value as never;

describe('Tensor.from', () => {
  it('takes a number, nested arrays and typed arrays', () => {
    expect(Tensor.from(3).shape).toEqual([]);
    expect(Tensor.from([1, 2, 3]).shape).toEqual([3]);
    const x = Tensor.from([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(x.shape).toEqual([2, 3]);
    expect(list(x)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(x.dtype).toBe('float32');
  });

  it.each([
    [new Float32Array([1.5]), 'float32'],
    [new Float64Array([1.5]), 'float64'],
    [new Int32Array([1]), 'int32'],
    [new Uint8Array([1]), 'int32'],
    [new Uint8ClampedArray([1]), 'int32'],
    [new Int8Array([-1]), 'int32'],
    [new Int16Array([-1]), 'int32'],
    [new Uint16Array([1]), 'int32'],
  ] as const)('keeps the element type of %o: %s', (values, dtype) => {
    const x = Tensor.from(values);
    expect(x.dtype).toBe(dtype);
    expect(list(x)).toEqual([...values]);
  });

  it('makes bool of booleans, and numbers of a mixture', () => {
    expect(Tensor.from([true, false]).dtype).toBe('bool');
    expect(Tensor.from(true).toArray()).toBe(true);
    const mixed = Tensor.from([true, 2]);
    expect([mixed.dtype, list(mixed)]).toEqual(['float32', [1, 2]]);
  });

  it('makes true of everything but zero, NaN too', () => {
    const x = Tensor.from([0, -0, 0.25, -3, 256, Number.NaN], { dtype: 'bool' });
    expect(list(x)).toEqual([0, 0, 1, 1, 1, 1]);
  });

  it('cuts fractions off for int32', () => {
    expect(list(Tensor.from([1.7, -1.7, 2], { dtype: 'int32' }))).toEqual([1, -1, 2]);
  });

  it('copies a typed array', () => {
    const values = new Float32Array([1, 2]);
    const x = Tensor.from(values);
    values[0] = 9;
    expect(list(x)).toEqual([1, 2]);
    x.data[1] = 7;
    expect(values[1]).toBe(2);
  });

  it('lays a flat list out anew, one size worked out', () => {
    expect(Tensor.from([1, 2, 3, 4, 5, 6], { shape: [2, -1] }).shape).toEqual([2, 3]);
    expect(Tensor.from(new Float32Array(6), { shape: [-1] }).shape).toEqual([6]);
    expect(Tensor.from([7], { shape: [] }).shape).toEqual([]);
  });

  it.each([[[2, 2]], [[-1, 4]], [[-1, -1]], [[-2, 3]], [[1.5, 4]], [[0, -1]], [[]]])(
    'refuses the shape %j for six elements',
    shape => {
      expect(() => Tensor.from([1, 2, 3, 4, 5, 6], { shape })).toThrow(ShapeError);
    },
  );

  it('refuses a shape that is no list with a typed error', () => {
    expect(() => Tensor.from([1, 2], { shape: wrong(2) })).toThrow(ShapeError);
  });

  it.each([
    ['[1, [2]]', [1, [2]], 'at depth 1'],
    ['[[1], 2]', [[1], 2], 'at dim 1'],
    ['[[1, 2], [3]]', [[1, 2], [3]], 'length 2 at dim 1 (got 1)'],
    ['[[], [1]]', [[], [1]], 'length 0 at dim 1 (got 1)'],
    [
      '[[[1], [2]], [[3], [4, 5]]]',
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
      'length 1 at dim 2 (got 2)',
    ],
  ])('says where %s is ragged', (_, values, where) => {
    expect(() => Tensor.from(values)).toThrow(ShapeError);
    expect(() => Tensor.from(values)).toThrow(where);
  });

  it('refuses what holds no numbers', () => {
    expect(() => Tensor.from(wrong([1, 'two']))).toThrow(ShapeError);
    expect(() => Tensor.from(wrong(null))).toThrow(/null/);
    expect(() => Tensor.from(new BigInt64Array(1))).toThrow(DTypeError);
    expect(() => Tensor.from(new DataView(new ArrayBuffer(4)))).toThrow(DTypeError);
  });

  it('keeps empty dims', () => {
    expect(Tensor.from([]).shape).toEqual([0]);
    expect(Tensor.from([[], []]).shape).toEqual([2, 0]);
    expect(Tensor.from([]).dtype).toBe('float32');
  });

  it('gives back the nested arrays it was made of', () => {
    const nested = fc
      .array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 })
      .filter(shape => !shape.slice(0, -1).includes(0))
      .map(shape => {
        let count = 0;
        const build = (dim: number): number | unknown[] =>
          dim === shape.length ? count++ : Array.from({ length: shape[dim] }, () => build(dim + 1));
        return { shape, values: build(0) };
      });
    fc.assert(
      fc.property(nested, ({ shape, values }) => {
        const x = Tensor.from(wrong(values));
        expect(x.shape).toEqual(shape);
        expect(x.toArray()).toEqual(values);
      }),
      { numRuns: 50 },
    );
  });

  it('makes a leaf that requires a gradient when asked', () => {
    expect(Tensor.from([1], { requiresGrad: true }).requiresGrad).toBe(true);
    expect(Tensor.from([1]).requiresGrad).toBe(false);
    expect(() => Tensor.from([1], { dtype: 'int32', requiresGrad: true })).toThrow(DTypeError);
  });
});

describe('creation functions', () => {
  const made: readonly (readonly [string, Tensor, readonly number[], string, readonly number[]])[] = [
    ['zeros', Tensor.zeros([2, 2]), [2, 2], 'float32', [0, 0, 0, 0]],
    ['ones', Tensor.ones([3], { dtype: 'int32' }), [3], 'int32', [1, 1, 1]],
    ['full', Tensor.full([2], -2.5, { dtype: 'float64' }), [2], 'float64', [-2.5, -2.5]],
    ['arange of an end', Tensor.arange(4), [4], 'float32', [0, 1, 2, 3]],
    ['arange from a start', Tensor.arange(2, 5), [3], 'float32', [2, 3, 4]],
    ['arange in steps', Tensor.arange(0, 1, 0.25), [4], 'float32', [0, 0.25, 0.5, 0.75]],
    ['arange downwards', Tensor.arange(3, 0, -2), [2], 'float32', [3, 1]],
    ['arange of nothing', Tensor.arange(0), [0], 'float32', []],
    ['arange of int32', Tensor.arange(3, { dtype: 'int32' }), [3], 'int32', [0, 1, 2]],
    ['arange with all arguments', Tensor.arange(1, 6, 2, { dtype: 'float64' }), [3], 'float64', [1, 3, 5]],
    ['linspace', Tensor.linspace(0, 1, 5), [5], 'float32', [0, 0.25, 0.5, 0.75, 1]],
    ['linspace of one', Tensor.linspace(3, 9, 1), [1], 'float32', [3]],
    ['linspace of none', Tensor.linspace(3, 9, 0), [0], 'float32', []],
    ['eye', Tensor.eye(2), [2, 2], 'float32', [1, 0, 0, 1]],
    ['eye, wide', Tensor.eye(2, 3), [2, 3], 'float32', [1, 0, 0, 0, 1, 0]],
    ['eye, tall, int32', Tensor.eye(3, 1, { dtype: 'int32' }), [3, 1], 'int32', [1, 0, 0]],
    ['eye with options second', Tensor.eye(1, { dtype: 'bool' }), [1, 1], 'bool', [1]],
    ['a scalar', Tensor.full([], 7), [], 'float32', [7]],
    ['an empty tensor', Tensor.zeros([0, 3]), [0, 3], 'float32', []],
  ];
  it.each(made)('%s', (_, x, shape, dtype, values) => {
    expect(x.shape).toEqual(shape);
    expect(x.dtype).toBe(dtype);
    expect(list(x)).toEqual(values);
  });

  it("linspace has PyTorch's numbers and ends exactly", () => {
    const x = list(Tensor.linspace(3, -2, 4));
    expect(x[1]).toBeCloseTo(1.3333334, 6);
    expect([x[0], x[3]]).toEqual([3, -2]);
  });

  const like = Tensor.zeros([2, 1], { dtype: 'float64' });
  it.each([
    ['zerosLike', () => Tensor.zerosLike(like)],
    ['onesLike', () => Tensor.onesLike(like)],
    ['fullLike', () => Tensor.fullLike(like, 4)],
    ['randLike', () => Tensor.randLike(like)],
    ['randnLike', () => Tensor.randnLike(like)],
    ['randintLike', () => Tensor.randintLike(like, 0, 9)],
  ])('%s takes shape and dtype, not the gradient', (_, make) => {
    like.requiresGrad = true;
    const x = make();
    like.requiresGrad = false;
    expect([x.shape, x.dtype, x.requiresGrad]).toEqual([[2, 1], 'float64', false]);
  });

  it('the …Like forms take another dtype', () => {
    expect(Tensor.onesLike(like, { dtype: 'bool' }).toArray()).toEqual([[true], [true]]);
  });

  it('holds only 0 and 1 in a bool tensor, whatever it is filled with', () => {
    const sums = [
      Tensor.full([2], 2, { dtype: 'bool' }),
      Tensor.full([2], 256, { dtype: 'bool' }),
      Tensor.arange(1, 3, 1, { dtype: 'bool' }),
      Tensor.linspace(2, 3, 2, { dtype: 'bool' }),
    ].map(x => x.sum().item());
    expect(sums).toEqual([2, 2, 2, 2]);
  });

  it('draws from [0, 1), and whole numbers from low up to but without high', () => {
    manualSeed(0);
    expect(list(Tensor.rand([500])).every(v => v >= 0 && v < 1)).toBe(true);
    const whole = Tensor.randint(-2, 3, [300]);
    expect(whole.dtype).toBe('int32');
    expect([...new Set(list(whole))].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2]);
    expect(Tensor.randint(0, 5, [4], { dtype: 'float32' }).dtype).toBe('float32');
  });

  it.each([
    ['step zero', () => Tensor.arange(0, 4, 0)],
    ['a step the wrong way', () => Tensor.arange(0, 4, -1)],
    ['an endless range', () => Tensor.arange(Infinity)],
    ['no number', () => Tensor.arange(Number.NaN)],
    ['low above high', () => Tensor.randint(3, 3, [1])],
    ['a fractional bound', () => Tensor.randint(0, 1.5, [1])],
  ])('refuses %s', (_, make) => {
    expect(make).toThrow(ArgumentError);
  });

  it.each([[[-1]], [[2.5]], [[Number.NaN]], [wrong(3)], [wrong('2')]])('refuses the shape %j', shape => {
    expect(() => Tensor.zeros(shape)).toThrow(ShapeError);
  });

  it('refuses sizes that are none', () => {
    expect(() => Tensor.eye(-1)).toThrow(ShapeError);
    expect(() => Tensor.linspace(0, 1, -2)).toThrow(ShapeError);
    expect(() => Tensor.linspace(0, 1, 2.5)).toThrow(ShapeError);
  });

  it('draws only float numbers with rand and randn', () => {
    expect(() => Tensor.rand([2], { dtype: 'int32' })).toThrow(DTypeError);
    expect(() => Tensor.randn([2], { dtype: 'bool' })).toThrow(DTypeError);
    expect(() => Tensor.randLike(Tensor.zeros([2], { dtype: 'int32' }))).toThrow(/int32/);
  });

  it.each([
    ['from', (o: object) => Tensor.from([1], wrong(o))],
    ['zeros', (o: object) => Tensor.zeros([1], wrong(o))],
    ['ones', (o: object) => Tensor.ones([1], wrong(o))],
    ['full', (o: object) => Tensor.full([1], 1, wrong(o))],
    ['arange', (o: object) => Tensor.arange(1, wrong(o))],
    ['linspace', (o: object) => Tensor.linspace(0, 1, 2, wrong(o))],
    ['eye', (o: object) => Tensor.eye(1, wrong(o))],
    ['rand', (o: object) => Tensor.rand([1], wrong(o))],
    ['randn', (o: object) => Tensor.randn([1], wrong(o))],
    ['randint', (o: object) => Tensor.randint(0, 2, [1], wrong(o))],
    ['zerosLike', (o: object) => Tensor.zerosLike(Tensor.zeros([1]), wrong(o))],
  ])('%s refuses an unknown option by its name, under its own name', (name, make) => {
    expect(() => make({ device: 'cpu' })).toThrow(ArgumentError);
    expect(() => make({ device: 'cpu' })).toThrow(/unknown option 'device'; the options are .*dtype/);
    expect(() => make({ device: 'cpu' })).toThrow(`Tensor.${name}:`);
    expect(() => make({ dtype: 'float16' })).toThrow(DTypeError);
    expect(() => make({ dtype: 'float16' })).toThrow(/float16.*float32, float64, int32, bool/);
  });

  it('draws nothing before an error', () => {
    const next = (fail: () => unknown) => {
      manualSeed(5);
      expect(fail).toThrow();
      return Tensor.rand([1]).item();
    };
    manualSeed(5);
    const first = Tensor.rand([1]).item();
    expect(next(() => Tensor.rand([4], { dtype: 'int32' }))).toBe(first);
    expect(next(() => Tensor.randint(0, 4, [-4]))).toBe(first);
    expect(next(() => Tensor.randint(0, 4, [4], { requiresGrad: true }))).toBe(first);
  });
});

describe('Tensor.cat', () => {
  const a = Tensor.from([[1, 2]]);
  const b = Tensor.from([
    [3, 4],
    [5, 6],
  ]);

  // PyTorch's rule for what `torch.tensor([])` is: a list to start from.
  it('passes over empty lists, whatever the shape of the others', () => {
    const none = Tensor.from([], { requiresGrad: true });
    const rows = Tensor.from([1, 2, 3, 4], { shape: [2, 2], requiresGrad: true });
    for (const dim of [0, 1, -1]) {
      expect(Tensor.cat([none, rows], dim).toArray()).toEqual(rows.toArray());
      expect(Tensor.cat([rows, none, rows], dim).shape).toEqual(Tensor.cat([rows, rows], dim).shape);
    }
    Tensor.cat([none, rows, none, rows.mul(2)], 1).backward(Tensor.arange(8).reshape(2, 4));
    expect([none.grad?.shape, rows.grad?.toArray()]).toEqual([
      [0],
      [
        [4, 7],
        [16, 19],
      ],
    ]);
    expect(Tensor.cat([none, none]).shape).toEqual([0]);
    expect(Tensor.cat([Tensor.zeros([0], { dtype: 'float64' }), rows], 1).dtype).toBe('float64');
    expect(() => Tensor.cat([none, rows], 2)).toThrow(/^cat: .*\[-2, 1\], but got 2/);
    expect(() => Tensor.cat([Tensor.zeros([1, 0]), rows])).toThrow(ShapeError);
    expect(() => Tensor.cat([none, Tensor.from(1)])).toThrow(/zero-dimensional/);
  });

  it('lays tensors one after another', () => {
    expect(Tensor.cat([a, b]).toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(Tensor.cat([b, b.neg()], -1).toArray()).toEqual([
      [3, 4, -3, -4],
      [5, 6, -5, -6],
    ]);
    expect(Tensor.cat([a]).toArray()).toEqual([[1, 2]]);
    expect(Tensor.cat([Tensor.zeros([0, 2]), a]).shape).toEqual([1, 2]);
  });

  it('takes the widest dtype', () => {
    const ints = Tensor.from([[1, 1]], { dtype: 'int32' });
    expect(Tensor.cat([ints, a]).dtype).toBe('float32');
    expect(Tensor.cat([ints.to('bool'), ints]).dtype).toBe('int32');
  });

  it('gives each operand its part of the gradient', () => {
    const [x, y] = [Tensor.ones([2], { requiresGrad: true }), Tensor.ones([1], { requiresGrad: true })];
    Tensor.cat([x, y, x]).backward(Tensor.from([1, 2, 3, 4, 5]));
    expect([x.grad?.toArray(), y.grad?.toArray()]).toEqual([[5, 7], [3]]);
  });

  it('says which shapes do not fit', () => {
    expect(() => Tensor.cat([a, Tensor.zeros([1, 3])])).toThrow(ShapeError);
    expect(() => Tensor.cat([a, Tensor.zeros([1, 3])])).toThrow(/\[1, 2\].*\[1, 3\]/);
    expect(() => Tensor.cat([a, Tensor.zeros([2])])).toThrow(ShapeError);
    expect(() => Tensor.cat([Tensor.from(1), Tensor.from(2)])).toThrow(/zero-dimensional/);
    expect(() => Tensor.cat([a, b], 2)).toThrow(/^cat: Dimension out of range/);
  });

  it('refuses a list without tensors', () => {
    expect(() => Tensor.cat([])).toThrow(ArgumentError);
    expect(() => Tensor.cat(wrong([a, [1, 2]]))).toThrow(ArgumentError);
    expect(() => Tensor.cat(wrong(a))).toThrow(ArgumentError);
  });
});

describe('Tensor.stack', () => {
  const [a, b] = [Tensor.from([1, 2]), Tensor.from([3, 4])];

  it('lays tensors side by side along a new dim', () => {
    expect(Tensor.stack([a, b]).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(Tensor.stack([a, b], 1).toArray()).toEqual([
      [1, 3],
      [2, 4],
    ]);
    expect(Tensor.stack([a, b], -1).toArray()).toEqual(Tensor.stack([a, b], 1).toArray());
    expect(Tensor.stack([Tensor.from(1), Tensor.from(2)]).toArray()).toEqual([1, 2]);
  });

  it('refuses different shapes, and dims that there are not', () => {
    expect(() => Tensor.stack([a, Tensor.zeros([3])])).toThrow(ShapeError);
    expect(() => Tensor.stack([a, Tensor.zeros([3])])).toThrow(/\[2\] and \[3\]/);
    expect(() => Tensor.stack([])).toThrow(ArgumentError);
    expect(() => Tensor.stack([a, b], 2)).toThrow(/^stack: Dimension out of range/);
  });
});

describe('Tensor.where', () => {
  const condition = Tensor.from([true, false]);

  it('chooses element by element, broadcast', () => {
    expect(Tensor.where(condition, Tensor.from([[1], [2]]), 0).toArray()).toEqual([
      [1, 0],
      [2, 0],
    ]);
    expect(Tensor.where(condition, 1, 2).toArray()).toEqual([1, 2]);
    expect(Tensor.where(Tensor.from(true), Tensor.from([5, 6]), Tensor.from(0)).toArray()).toEqual([5, 6]);
  });

  it('takes the wider dtype of the two, not that of the condition', () => {
    const ints = Tensor.from([1, 2], { dtype: 'int32' });
    expect(Tensor.where(condition, ints, 0).dtype).toBe('int32');
    expect(Tensor.where(condition, ints, 0.5).dtype).toBe('float32');
    expect(Tensor.where(condition, condition, condition).dtype).toBe('bool');
  });

  it('sends the gradient where the element came from', () => {
    const [a, b] = [Tensor.ones([2], { requiresGrad: true }), Tensor.ones([1], { requiresGrad: true })];
    Tensor.where(condition, a, b).backward(Tensor.from([3, 4]));
    expect([a.grad?.toArray(), b.grad?.toArray()]).toEqual([[3, 0], [4]]);
  });

  it('refuses a condition of numbers, shapes that do not broadcast, and what is no tensor', () => {
    expect(() => Tensor.where(Tensor.from([1, 0]), 1, 2)).toThrow(DTypeError);
    expect(() => Tensor.where(condition, Tensor.zeros([3]), 2)).toThrow(ShapeError);
    expect(() => Tensor.where(wrong(true), 1, 2)).toThrow(ArgumentError);
    expect(() => Tensor.where(wrong(null), 1, 2)).toThrow(ArgumentError);
    expect(() => Tensor.where(condition, wrong('a'), 2)).toThrow(ArgumentError);
  });
});
