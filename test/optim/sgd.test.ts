import { ArgumentError, optim, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const list = (x: Tensor) => Array.from(x.data);
const wrong = (value: unknown) => value as never;

function expectNear(x: Tensor, expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) expect(list(x)[i]).toBeCloseTo(value, 5);
}

/** Ten steps on Σ c x², c growing and shrinking with the step. */
function tenSteps(options: optim.SGDOptions): Tensor {
  const x = Tensor.from([1, -2, 3], { requiresGrad: true });
  const sgd = new optim.SGD([x], options);
  for (let i = 0; i < 10; i++) {
    const c = Tensor.from([1, 0.5, 0.25]).mul((i % 3) + 1);
    sgd.zeroGrad();
    const loss = c.mul(x).mul(x).sum();
    (options.maximize ? loss.neg() : loss).backward();
    sgd.step();
  }
  return x;
}

describe('SGD', () => {
  // torch.optim.SGD of PyTorch 1.13 on the same function.
  it.each<[optim.SGDOptions, number[]]>([
    [{ lr: 0.05 }, [0.11522165, -0.72930419, 1.8396522]],
    [{ lr: 0.05, momentum: 0.9 }, [-0.066958956, 1.2110363, -0.84256947]],
    [{ lr: 0.05, momentum: 0.9, dampening: 0.5 }, [-0.59657472, 0.67004532, 0.46191233]],
    [{ lr: 0.05, weightDecay: 0.1 }, [0.10823005, -0.68991643, 1.7452883]],
    [{ lr: 0.05, momentum: 0.5, nesterov: true }, [-0.01301911, -0.19253695, 1.0985208]],
    [{ lr: 0.05, maximize: true }, [0.11522165, -0.72930419, 1.8396522]],
    [{ lr: 0.05, momentum: 0.9, weightDecay: 0.1 }, [-0.027156927, 1.2067287, -1.0490564]],
    [{ lr: 0.05, momentum: 0.9, dampening: 0.1, weightDecay: 0.01 }, [-0.2040835, 1.1889069, -0.65607494]],
    [{ lr: 0.05, momentum: 0.9, weightDecay: 0.1, nesterov: true }, [0.058394819, 0.71363676, -0.87909377]],
    [{ lr: 0.05, momentum: 0.9, maximize: true, weightDecay: 0.1 }, [-0.027156927, 1.2067287, -1.0490564]],
    [
      { lr: 0.05, momentum: 0.5, nesterov: true, maximize: true, weightDecay: 0.2 },
      [-0.012524863, -0.13567138, 0.86618185],
    ],
    [{ lr: 0.05, dampening: 0.5 }, [0.11522165, -0.72930419, 1.8396522]],
    [{ lr: 0.05, momentum: 0.9, dampening: 1 }, [0.3486785, -1.3486785, 2.5115087]],
    [{ lr: 0 }, [1, -2, 3]],
  ])("takes PyTorch's ten steps with %j", (options, expected) => {
    expectNear(tenSteps(options), expected);
  });

  it('gives a group its own settings', () => {
    const [a, b] = [Tensor.from([1, 2], { requiresGrad: true }), Tensor.from([3], { requiresGrad: true })];
    const sgd = new optim.SGD([{ params: [a] }, { params: [b], lr: 0.5, momentum: 0 }], {
      lr: 0.1,
      momentum: 0.9,
    });
    for (let i = 0; i < 3; i++) {
      sgd.zeroGrad();
      a.mul(a).sum().add(b.mul(b).sum().mul(0.3)).backward();
      sgd.step();
    }
    expectNear(a, [0.062, 0.124]);
    expectNear(b, [1.029]);
  });

  it('follows a learning rate changed between steps', () => {
    const a = Tensor.from([1, 2], { requiresGrad: true });
    const sgd = new optim.SGD([a], { lr: 0.1, momentum: 0.9 });
    for (let i = 0; i < 4; i++) {
      sgd.zeroGrad();
      a.mul(a).sum().backward();
      sgd.step();
      sgd.paramGroups[0].lr *= 0.5;
    }
    expectNear(a, [0.46035, 0.9207]);
  });

  it('passes over parameters without a gradient; their buffer starts with their first one', () => {
    const [a, b] = [Tensor.from([1], { requiresGrad: true }), Tensor.from([1], { requiresGrad: true })];
    const sgd = new optim.SGD([a, b], { lr: 0.1, momentum: 0.9, dampening: 0.5 });
    for (const [i, [x, y]] of [
      [0.8, 1],
      [0.54, 0.8],
      [0.252, 0.54],
    ].entries()) {
      sgd.zeroGrad();
      const loss = a.mul(a).sum();
      (i > 0 ? loss.add(b.mul(b).sum()) : loss).backward();
      sgd.step();
      expectNear(a, [x]);
      expectNear(b, [y]);
    }
  });

  it('reads a gradient in the order of dims, however it lies in memory', () => {
    const w = Tensor.zeros([1, 2, 1, 2], { requiresGrad: true });
    const map = Tensor.from([1, 2, 3, 4], { shape: [1, 2, 1, 2] });
    w.grad = map.conv2d(Tensor.from([1, 0, 0, 1], { shape: [2, 2, 1, 1] }), null, {
      stride: [1, 1],
      padding: [0, 0],
      dilation: [1, 1],
      groups: 1,
    });
    new optim.SGD([w], { lr: 1 }).step();
    expect(list(w)).toEqual([-1, -2, -3, -4]);
  });

  it('refuses what cannot be trained', () => {
    const x = Tensor.from([1], { requiresGrad: true });
    expect(() => new optim.SGD([x], { lr: -1 })).toThrow(/Invalid lr value: -1/);
    expect(() => new optim.SGD([x], { lr: Number.NaN })).toThrow(ArgumentError);
    expect(() => new optim.SGD([x], { momentum: -1 })).toThrow(/momentum/);
    expect(() => new optim.SGD([x], { weightDecay: -1 })).toThrow(/weightDecay/);
    expect(() => new optim.SGD([x], { nesterov: true })).toThrow(/Nesterov/);
    expect(() => new optim.SGD([x], { nesterov: true, momentum: 0.5, dampening: 0.1 })).toThrow(
      ArgumentError,
    );
    expect(() => new optim.SGD([])).toThrow(/empty parameter list/);
    expect(() => new optim.SGD([x, x])).toThrow(/more than one/);
    expect(() => new optim.SGD([x.mul(2)])).toThrow(/non-leaf Tensor of shape \[1\]/);
    expect(() => new optim.SGD(wrong([1]))).toThrow(ArgumentError);
    expect(() => new optim.SGD([x], wrong({ weight_decay: 1 }))).toThrow(/unknown option 'weight_decay'/);
  });
});
