import { ArgumentError, AutogradError, DTypeError, nn, noGrad, ShapeError, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const F = nn.functional;
const list = (x: Tensor) => Array.from(x.data);
const wrong = (value: unknown) => value as never;

/** A feature map as a convolution leaves it: [1, 2, 2, 2] with channel 1 the negative of channel 0. */
function featureMap(): Tensor {
  const x = Tensor.from([1, 2, 3, 4], { shape: [1, 1, 2, 2] });
  return F.conv2d(x, Tensor.from([1, -1], { shape: [2, 1, 1, 1] }));
}
const rows = [1, 2, 3, 4, -1, -2, -3, -4];

describe('shape, dtype, ndim, numel, size', () => {
  it('describe the tensor', () => {
    const x = Tensor.zeros([2, 0, 3], { dtype: 'int32' });
    expect([x.shape, x.dtype, x.ndim, x.numel(), x.size(0), x.size(-1)]).toEqual([
      [2, 0, 3],
      'int32',
      3,
      0,
      2,
      3,
    ]);
    expect(Tensor.from(1).numel()).toBe(1);
    expect(() => x.size(3)).toThrow(/^size: Dimension out of range .*\[-3, 2\], but got 3/);
  });

  it('do not follow a shape array that is changed later', () => {
    const shape = [2, 3];
    const x = Tensor.zeros(shape);
    shape[0] = 9;
    expect(x.shape).toEqual([2, 3]);
  });
});

describe('data', () => {
  it('is the memory of the tensor: writes are seen by the next op', () => {
    const x = Tensor.from([1, 2]);
    const { data } = x;
    data[0] = 10;
    expect(list(x.add(1))).toEqual([11, 3]);
    expect(x.data).toBe(data);
  });

  it('is an array of the dtype', () => {
    const types = (['float32', 'float64', 'int32', 'bool'] as const).map(
      dtype => Tensor.zeros([1], { dtype }).data.constructor,
    );
    expect(types).toEqual([Float32Array, Float64Array, Int32Array, Uint8Array]);
  });

  it('is row by row for a feature map too, and stays live', () => {
    const y = featureMap();
    expect(list(y)).toEqual(rows);
    y.data[1] = 20;
    expect(y.data[1]).toBe(20);
    expect(list(y.add(0))[1]).toBe(20);
    expect(y.select(1, 0).toArray()).toEqual([
      [
        [1, 20],
        [3, 4],
      ],
    ]);
    expect(F.maxPool2d(y, 2).toArray()).toEqual([[[[20]], [[-1]]]]);
    expect(y.sum().item()).toBe(18);
  });

  it('is row by row after ops that keep the feature map layout', () => {
    expect(list(featureMap().mul(2).neg())).toEqual(rows.map(v => -2 * v));
    expect(
      list(
        featureMap().add(
          Tensor.from([
            [10, 20],
            [30, 40],
          ]),
        ),
      ),
    ).toEqual([11, 22, 33, 44, 9, 18, 27, 36]);
    expect(list(featureMap().reshape(8))).toEqual(rows);
    expect(list(featureMap().add_(1))).toEqual(rows.map(v => v + 1));
    expect(featureMap().permute(0, 2, 3, 1).toArray()).toEqual([
      [
        [
          [1, -1],
          [2, -2],
        ],
        [
          [3, -3],
          [4, -4],
        ],
      ],
    ]);
  });

  it('keeps backward right when it is looked at between forward and backward', () => {
    const weight = Tensor.from([1, -1], { shape: [2, 1, 1, 1], requiresGrad: true });
    const y = F.conv2d(Tensor.from([1, 2, 3, 4], { shape: [1, 1, 2, 2] }), weight);
    const z = y.mul(y);
    expect([list(y), list(z)]).toEqual([rows, rows.map(v => v * v)]);
    z.backward(Tensor.ones([1, 2, 2, 2]));
    // Σ 2 y · x
    expect(weight.grad?.toArray()).toEqual([[[[60]]], [[[-60]]]]);
  });

  it('of a result never writes to the operand', () => {
    const x = Tensor.from([1, 2, 3, 4]);
    const results = [
      x.reshape(2, 2),
      x.view(4),
      x.flatten(),
      x.squeeze(),
      x.unsqueeze(0),
      x.detach(),
      x.clone(),
      x.slice(0),
      x.select(0, 0),
      x.expand(4),
      x.expand(2, 4),
      x.permute(0),
      x.reshape(2, 2).t(),
      Tensor.cat([x]),
      x.add(0),
      x.relu(),
    ];
    for (const y of results) y.data.fill(9);
    expect(list(x)).toEqual([1, 2, 3, 4]);
  });

  it('of the operand never writes to a result', () => {
    const x = Tensor.from([1, 2, 3, 4]);
    const results = [x.reshape(2, 2), x.detach(), x.unsqueeze(0), x.flatten()];
    x.data.fill(9);
    x.add_(1);
    for (const y of results) expect(list(y)).toEqual([1, 2, 3, 4]);
  });
});

describe('item', () => {
  it('is the one element, whatever the shape', () => {
    expect(Tensor.from(2.5).item()).toBe(2.5);
    expect(Tensor.from([[[7]]]).item()).toBe(7);
    expect(Tensor.from([true]).item()).toBe(1);
  });

  it('refuses several elements and none', () => {
    expect(() => Tensor.zeros([2, 3]).item()).toThrow(ShapeError);
    expect(() => Tensor.zeros([2, 3]).item()).toThrow(/6 elements .*\[2, 3\]/);
    expect(() => Tensor.zeros([0]).item()).toThrow(ShapeError);
  });
});

describe('toArray', () => {
  it('nests by the shape', () => {
    expect(Tensor.from(3).toArray()).toBe(3);
    expect(Tensor.arange(6).reshape(1, 3, 2).toArray()).toEqual([
      [
        [0, 1],
        [2, 3],
        [4, 5],
      ],
    ]);
    expect(Tensor.zeros([2, 0]).toArray()).toEqual([[], []]);
    expect(Tensor.zeros([0, 2]).toArray()).toEqual([]);
    expect(Tensor.from([true, false]).toArray()).toEqual([true, false]);
  });

  it('is row by row for a feature map', () => {
    expect(featureMap().toArray()).toEqual([
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [-1, -2],
          [-3, -4],
        ],
      ],
    ]);
  });
});

describe('requiresGrad, isLeaf, gradFn', () => {
  it('follow the tape', () => {
    const x = Tensor.ones([2], { requiresGrad: true });
    const y = x.mul(2);
    expect([x.isLeaf, x.gradFn, y.isLeaf, y.gradFn]).toEqual([true, null, false, 'MulBackward']);
    expect([y.requiresGrad, y.detach().requiresGrad, y.gt(0).requiresGrad]).toEqual([true, false, false]);
    expect(noGrad(() => x.mul(2)).requiresGrad).toBe(false);
    expect(x.detach().requiresGrad_().isLeaf).toBe(true);
  });

  it('can be changed for float leaves only', () => {
    expect(() => Tensor.zeros([1], { dtype: 'int32' }).requiresGrad_()).toThrow(DTypeError);
    const y = Tensor.ones([1], { requiresGrad: true }).mul(2);
    expect(() => y.requiresGrad_(false)).toThrow(AutogradError);
    expect(y.requiresGrad).toBe(true);
  });
});

describe('grad', () => {
  it('is null, then the sum of all backward calls, then null again', () => {
    const x = Tensor.from([1, 2], { requiresGrad: true });
    expect(x.grad).toBeNull();
    x.mul(x).sum().backward();
    expect(x.grad?.toArray()).toEqual([2, 4]);
    x.sum().backward();
    expect(x.grad?.toArray()).toEqual([3, 5]);
    x.grad = null;
    expect(x.grad).toBeNull();
  });

  it('can be changed in place', () => {
    const x = Tensor.from([1, 2], { requiresGrad: true });
    x.sum().backward();
    x.grad?.mul_(3);
    x.sum().backward();
    expect(x.grad?.toArray()).toEqual([4, 4]);
  });

  it('must fit', () => {
    const x = Tensor.from([1, 2], { requiresGrad: true });
    expect(() => {
      x.grad = Tensor.zeros([3]);
    }).toThrow(ShapeError);
    expect(() => {
      x.mul(2).grad = Tensor.zeros([2]);
    }).toThrow(AutogradError);
    expect(x.grad).toBeNull();
  });
});

describe('backward', () => {
  it('refuses a gradient that does not fit, and changes nothing', () => {
    const x = Tensor.from([1, 2], { requiresGrad: true });
    const y = x.mul(3);
    expect(() => y.backward()).toThrow(/scalar outputs.*\[2\]/);
    expect(() => y.backward(Tensor.zeros([3]))).toThrow(ShapeError);
    expect(() => y.backward(Tensor.zeros([2], { dtype: 'float64' }))).toThrow(DTypeError);
    expect(() => y.backward(Tensor.zeros([2]), wrong({ retain_graph: true }))).toThrow(
      /unknown option 'retain_graph'/,
    );
    expect(x.grad).toBeNull();
    y.backward(Tensor.ones([2]));
    expect(x.grad?.toArray()).toEqual([3, 3]);
  });

  it('needs a graph', () => {
    expect(() => Tensor.from(1).backward()).toThrow(AutogradError);
  });
});

describe('clone, detach, to', () => {
  it('clone is a copy whose gradient flows back', () => {
    const x = Tensor.from([1, 2], { requiresGrad: true });
    const y = x.clone();
    y.mul(2).sum().backward();
    expect(x.grad?.toArray()).toEqual([2, 2]);
    y.data[0] = 5;
    expect(list(x)).toEqual([1, 2]);
  });

  it('to converts, with a gradient between floats', () => {
    const x = Tensor.from([1.75, -1.75, 0], { requiresGrad: true });
    expect(x.to('float32')).toBe(x);
    expect(list(x.to('int32'))).toEqual([1, -1, 0]);
    expect(x.to('bool').toArray()).toEqual([true, true, false]);
    expect(Tensor.from([true]).to('float64').dtype).toBe('float64');
    x.to('float64').sum().backward();
    expect(x.grad?.dtype).toBe('float32');
    expect(x.grad?.toArray()).toEqual([1, 1, 1]);
  });

  it('to refuses an unknown dtype with a typed error', () => {
    expect(() => Tensor.zeros([1]).to(wrong('float16'))).toThrow(DTypeError);
  });
});

describe('an operand', () => {
  const x = Tensor.from([1, 2]);
  it.each([
    ['null', null],
    ['undefined', undefined],
    ['a string', '1'],
    ['an array', [1, 2]],
    ['a bigint', 1n],
  ])('that is %s gets a typed error that names the op', (_, value) => {
    for (const op of ['add', 'sub', 'mul', 'div', 'pow', 'eq', 'matmul', 'add_', 'copy_'] as const) {
      const call = () => x[op](wrong(value));
      expect(call, op).toThrow(ArgumentError);
      expect(call, op).toThrow(new RegExp(`^${op.replace('_', '')}`));
    }
    expect(list(x)).toEqual([1, 2]);
  });
});

describe("JavaScript's operators", () => {
  // biome-ignore lint/suspicious/noExplicitAny: no operator is typed for tensors.
  const any = (x: Tensor) => x as any;
  const [five, ten] = [Tensor.from(5), Tensor.from([10])];

  it('take a tensor of one element as its number', () => {
    expect([any(five) > any(ten), any(five) < any(ten), any(five) <= 5]).toEqual([false, true, true]);
    expect([-any(five), +any(ten), any(five) + 1, any(five) * any(ten), 2 ** any(five)]).toEqual([
      -5, 10, 6, 50, 32,
    ]);
    expect(Number(Tensor.from([true]))).toBe(1);
  });

  it.each<[string, (x: never) => unknown]>([
    ['-x', x => -x],
    ['x + 1', x => (x as number) + 1],
    ['x < 1', x => x < 1],
    ['x * 2', x => x * 2],
  ])('refuse a tensor of several, and tell the methods: %s', (_, call) => {
    expect(() => call(wrong(Tensor.from([1, 2])))).toThrow(ShapeError);
    expect(() => call(wrong(Tensor.from([1, 2])))).toThrow(/x\.add\(y\), x\.neg\(\), x\.lt\(y\)/);
  });

  it('print it in a template string', () => {
    expect(`${Tensor.from([1, 2])} ${five}`).toBe('tensor([1., 2.]) tensor(5.)');
    expect(String(Tensor.from([1, 2]))).toBe('tensor([1., 2.])');
  });
});

describe('what leaves the program', () => {
  it('is in JSON what toArray gives', () => {
    const x = { a: Tensor.from([[1, 2]]).add(1), b: Tensor.from(3), c: Tensor.from([true]) };
    expect(JSON.parse(JSON.stringify(x))).toEqual({ a: [[2, 3]], b: 3, c: [true] });
    expect(x.a.toJSON()).toEqual(x.a.toArray());
  });

  it('is not cloned as it is: the error tells the way', () => {
    for (const value of [Tensor.ones([2]), { list: [featureMap()] }]) {
      expect(() => structuredClone(value)).toThrow(
        /send x\.data and x\.shape.*Tensor\.from\(data, { shape }\)/,
      );
    }
    const { data, shape } = structuredClone({
      data: Tensor.from([1, 2]).data,
      shape: Tensor.from([1, 2]).shape,
    });
    expect(Tensor.from(data, { shape }).toArray()).toEqual([1, 2]);
  });
});

describe('the equality of test frameworks', () => {
  it('never takes different tensors for equal', () => {
    expect(Tensor.from([1, 2])).toEqual(Tensor.from([1, 2]));
    expect(Tensor.from([1, 2])).not.toEqual(Tensor.from([1, 3]));
    expect(Tensor.from([1, 2])).not.toEqual(Tensor.from([[1, 2]]));
    expect(Tensor.from([1, 2])).not.toEqual(Tensor.from([1, 2], { dtype: 'float64' }));
    expect(Tensor.from([0, 1]).add(1)).not.toEqual(Tensor.from([0, 2]).add(1));
  });

  it('compares what toArray gives', () => {
    expect(Tensor.from([0, 1]).add(1).toArray()).toEqual(Tensor.from([1, 2]).toArray());
  });
});

describe('the shape', () => {
  it('cannot be written', () => {
    for (const x of [Tensor.ones([2]), Tensor.ones([2]).mul(2), featureMap()]) {
      expect(() => Object.assign(x.shape, [2 ** 20])).toThrow(TypeError);
      expect(() => (x.shape as number[]).push(2)).toThrow(TypeError);
      expect(x.shape).toBe(x.shape);
    }
  });

  it('stays what it was through operations in place', () => {
    const x = featureMap();
    const { shape } = x;
    noGrad(() => x.add_(1).zero_());
    expect([x.data.length, x.shape]).toEqual([8, shape]);
  });
});
