import { configure, nn, noGrad, OutOfMemoryError, runtimeInfo, Tensor } from 'tinygrad-ts';
import { afterEach, describe, expect, it } from 'vitest';

const F = nn.functional;
const gibi = 2 ** 30;

/** Returns the error that `fn` must throw. */
function errorOf(fn: () => unknown): OutOfMemoryError {
  try {
    fn();
  } catch (error) {
    expect(error).toBeInstanceOf(OutOfMemoryError);
    return error as OutOfMemoryError;
  }
  throw new Error('nothing was thrown');
}

const trillion = 1e12;
const made: Record<string, [bytes: number, make: () => unknown]> = {
  'Tensor.zeros': [4 * trillion, () => Tensor.zeros([1e6, 1e6])],
  'Tensor.ones': [4e10, () => Tensor.ones([1e10])],
  'Tensor.full': [2 * gibi, () => Tensor.full([2 ** 29], 3)],
  'Tensor.arange': [4 * trillion, () => Tensor.arange(trillion)],
  'Tensor.linspace': [4 * trillion, () => Tensor.linspace(0, 1, trillion)],
  'Tensor.eye': [4 * trillion, () => Tensor.eye(1e6)],
  'Tensor.rand': [2 * gibi, () => Tensor.rand([2 ** 15, 2 ** 14])],
  'Tensor.randn': [4 * gibi, () => Tensor.randn([2 ** 15, 2 ** 15])],
  'Tensor.randint': [4 * gibi, () => Tensor.randint(0, 9, [2 ** 15, 2 ** 15])],
};

const [row, column] = [Tensor.ones([2 ** 15]), Tensor.ones([2 ** 15, 1])];
const positive = column.gt(0);
const half = Tensor.zeros([2 ** 28]);
const results: Record<string, [bytes: number, compute: () => unknown]> = {
  sub: [4 * gibi, () => column.sub(row)],
  mul: [2 * gibi, () => column.mul(Tensor.ones([2 ** 14]))],
  where: [4 * gibi, () => Tensor.where(positive, row, 1)],
  expand: [4 * gibi, () => column.expand([2 ** 15, 2 ** 15])],
  matmul: [4 * gibi, () => column.matmul(row.unsqueeze(0))],
  linear: [4 * gibi, () => F.linear(column, column)],
  cat: [3 * gibi, () => Tensor.cat([half, half, half])],
  conv2d: [2 * gibi, () => F.conv2d(Tensor.ones([1, 1, 2 ** 10, 2 ** 10]), Tensor.ones([2 ** 9, 1, 1, 1]))],
};

/** Computes in a pass, beside what is all right, what has no room. */
class Slip extends nn.Module {
  override forward(x: Tensor): Tensor {
    return x.mul(2).sub(x.mul(3).reshape([-1]));
  }
}

const wasm = it.skipIf(runtimeInfo().backend !== 'wasm');

describe('an array of 2 GiB or more', () => {
  afterEach(() => void configure({ memoryLimit: 2 * gibi }));

  wasm.each(Object.keys(made))('is an OutOfMemoryError of %s, with the bytes', op => {
    const [bytes, make] = made[op]!;
    const { message, bytesAsked } = errorOf(make);
    expect(bytesAsked).toBe(bytes);
    expect(message).toContain(op);
    expect(message).toContain(String(bytes));
  });

  wasm.each(Object.keys(results))(
    'as the result of %s is an OutOfMemoryError, and nothing is left of it',
    op => {
      const [bytes, compute] = results[op]!;
      const { bytesInUse, bytesReserved } = runtimeInfo().memory;
      const { message, bytesAsked } = errorOf(compute);
      expect(bytesAsked).toBe(bytes);
      expect(message).toMatch(new RegExp(`^${op}: .*${bytes} bytes`));
      expect(runtimeInfo().memory.bytesInUse).toBe(bytesInUse);
      expect(runtimeInfo().memory.bytesReserved).toBe(bytesReserved);
    },
  );

  wasm('changes no parameter, in a pass or outside of one', () => {
    const layer = new nn.Linear(64, 64);
    const step = () =>
      layer
        .call(Tensor.ones([8, 64]))
        .sum()
        .backward();
    for (let i = 0; i < 4; i++) step();
    const before = layer.weight.toArray();
    const bytes = runtimeInfo().memory.bytesInUse;
    errorOf(() => Tensor.ones([2 ** 15, 1]).sub(Tensor.ones([2 ** 15])));
    errorOf(() => noGrad(() => new Slip().call(Tensor.ones([2 ** 15, 1]))));
    const x = Tensor.ones([2 ** 15, 1], { requiresGrad: true });
    const error = errorOf(() =>
      x
        .expand([2 ** 15, 2 ** 15])
        .sum()
        .backward(),
    );
    expect(error.bytesAsked).toBe(4 * gibi);
    expect(x.grad).toBeNull();
    expect(layer.weight.toArray()).toEqual(before);
    expect(runtimeInfo().memory.bytesInUse).toBe(bytes);
    step();
    expect(layer.weight.grad!.toArray()).toEqual(Array.from({ length: 64 }, () => new Array(64).fill(40)));
  });

  wasm('is not asked for beyond the limit of the memory, nor does it push anything out', () => {
    const layer = new nn.Linear(8, 8);
    for (let i = 0; i < 4; i++)
      layer
        .call(Tensor.ones([8, 8]))
        .sum()
        .backward();
    const { bytesInUse, bytesReserved } = configure({ memoryLimit: 2 ** 24 }).memory;
    const x = Tensor.ones([2 ** 12, 1]);
    expect(errorOf(() => x.mul(Tensor.ones([2 ** 12]))).bytesAsked).toBe(2 ** 26);
    expect(runtimeInfo().memory).toEqual({ bytesInUse, bytesReserved, limit: 2 ** 24 });
  });

  it('in float64 is an OutOfMemoryError where the engine ends', () => {
    const { message, bytesAsked } = errorOf(() => Tensor.zeros([1e6, 1e6], { dtype: 'float64' }));
    expect(bytesAsked).toBe(8 * trillion);
    expect(message).toContain('Tensor.zeros');
    const wide = Tensor.zeros([1e6, 1], { dtype: 'float64' });
    const slip = () => wide.sub(wide.reshape([1e6]));
    expect(errorOf(slip)).toMatchObject({ bytesAsked: 8 * trillion });
    expect(errorOf(slip).message).toMatch(/^sub: /);
  });

  it('is an OutOfMemoryError with a finite number of bytes however large its sizes are', () => {
    for (const shape of [[2 ** 40, 2 ** 40], [2 ** 53 - 1], new Array<number>(64).fill(2 ** 50)]) {
      for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const) {
        const { bytesAsked } = errorOf(() => Tensor.zeros(shape, { dtype }));
        expect(bytesAsked).toBeGreaterThan(2 ** 52);
        expect(Number.isFinite(bytesAsked)).toBe(true);
      }
    }
    expect(Tensor.zeros([2 ** 50, ...new Array<number>(64).fill(2 ** 50), 0]).numel()).toBe(0);
  });

  it('on the reference backend is an OutOfMemoryError where the engine ends', () => {
    const { backend } = configure({ backend: 'reference' });
    try {
      expect(errorOf(() => Tensor.zeros([1e6, 1e6])).bytesAsked).toBe(4 * trillion);
      expect(errorOf(() => Tensor.ones([1e6, 1]).sub(Tensor.ones([1e6])))).toMatchObject({
        bytesAsked: 4 * trillion,
      });
    } finally {
      configure({ backend });
    }
  });
});
