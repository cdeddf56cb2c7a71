import { ArgumentError, nn, optim, Tensor } from 'tinygrad-ts';
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
    expect(() => new optim.SGD([x, x])).toThrow(/parameter of shape \[1\] appears twice in a group/);
    expect(() => new optim.SGD([{ params: [x] }, { params: [x] }])).toThrow(/more than one parameter group/);
    expect(() => new optim.SGD([x.mul(2)])).toThrow(/non-leaf Tensor of shape \[1\]/);
    expect(() => new optim.SGD(wrong([1]))).toThrow(ArgumentError);
    expect(() => new optim.SGD([x], wrong({ weight_decay: 1 }))).toThrow(/unknown option 'weight_decay'/);
  });

  const model = new nn.Linear(2, 1);
  const x = () => Tensor.from([1], { requiresGrad: true });

  it.each<[string, unknown, RegExp]>([
    ['a model', model, /^SGD: expected parameters, got Linear; pass model\.parameters\(\)$/],
    ['a tensor', x(), /^SGD: expected parameters, got Tensor; pass a list: \[x\]$/],
    ['a state dict', model.stateDict(), /^SGD: expected parameters, got an object .*model\.parameters\(\)/],
    ['the function', model.parameters, /^SGD: expected parameters, got .*function/],
    ['undefined', undefined, /^SGD: expected parameters, got undefined/],
    ['null', null, /^SGD: expected parameters, got null/],
    ['a number', 1, /^SGD: expected parameters, got 1/],
    ['a string', 'weight', /^SGD: expected parameters, got 'weight'/],
    ['a list of models', [model], /^SGD: expected tensors or groups \{ params, … \}, got Linear/],
    ['a list of lists', [[x()]], /^SGD: expected tensors or groups/],
    ['tensors and groups', [x(), { params: [x()] }], /got both/],
    [
      'a group of a model',
      [{ params: model }],
      /^SGD: expected parameters, got Linear; pass model\.parameters/,
    ],
    ['a group without params', [{ lr: 1 }], /^SGD: expected tensors or groups/],
    ['a group of numbers', [{ params: [1] }], /^SGD: can only optimize Tensors, got 1/],
  ])('refuses %s in place of parameters', (_, params, message) => {
    expect(() => new optim.SGD(wrong(params))).toThrow(ArgumentError);
    expect(() => new optim.SGD(wrong(params))).toThrow(message);
  });

  it.each<[object, RegExp]>([
    [{ lr: '0.1' }, /Invalid lr value: '0\.1'/],
    [{ lr: null }, /Invalid lr value: null/],
    [{ lr: 1n }, /Invalid lr value/],
    [{ lr: Tensor.from(1) }, /Invalid lr value: Tensor/],
    [{ momentum: true }, /Invalid momentum value: true/],
    [{ momentum: Number.NaN }, /Invalid momentum value: NaN/],
    [{ weightDecay: [0] }, /Invalid weightDecay value: \[0\]/],
    [{ dampening: Number.NaN }, /dampening.*number.*NaN/],
    [{ dampening: '0' }, /dampening.*number.*'0'/],
    [{ nesterov: 1, momentum: 0.9 }, /nesterov.*true or false.*1/],
    [{ maximize: 'yes' }, /maximize.*true or false.*'yes'/],
  ])('refuses %o, given to all, to one group, or set between steps', (settings, message) => {
    const make = [
      () => new optim.SGD([x()], wrong(settings)),
      () => new optim.SGD([wrong({ params: [x()], ...settings })]),
      () => new optim.SGD([x()]).addParamGroup(wrong({ params: [x()], ...settings })),
    ];
    for (const call of make) {
      expect(call).toThrow(ArgumentError);
      expect(call).toThrow(message);
    }
    const [a, b] = [x(), x()];
    const sgd = new optim.SGD([{ params: [a] }, { params: [b] }], { lr: 1 });
    a.add(b).sum().backward();
    Object.assign(sgd.paramGroups[1]!, settings);
    expect(() => sgd.step()).toThrow(message);
    expect([a.item(), b.item()]).toEqual([1, 1]);
  });

  it('refuses at a step what was put among its parameters', () => {
    const sgd = new optim.SGD([x()]);
    sgd.paramGroups[0]!.params.push(wrong(undefined));
    expect(() => sgd.step()).toThrow(/can only optimize Tensors, got undefined/);
    sgd.paramGroups[0]!.params = wrong(model);
    expect(() => sgd.step()).toThrow(/list of params, got Linear/);
  });

  it('takes an option that is undefined for the default, of a group for that of the optimizer', () => {
    const p = Tensor.from([1, 2], { requiresGrad: true });
    const none = { momentum: undefined, dampening: undefined, weightDecay: undefined, nesterov: undefined };
    const group = wrong({ params: [p], lr: undefined, maximize: undefined, ...none });
    const sgd = new optim.SGD([group], wrong({ ...none, maximize: undefined, lr: 0.1, momentum: 0.9 }));
    for (let i = 0; i < 2; i++) {
      sgd.zeroGrad();
      p.mul(p).sum().backward();
      sgd.step();
    }
    expectNear(p, [0.46, 0.92]);
    expect(sgd.paramGroups[0]).toMatchObject({ lr: 0.1, momentum: 0.9, dampening: 0, maximize: false });
  });

  it('takes parameters that need no gradient, and an empty group, as PyTorch does', () => {
    const still = Tensor.from([1]);
    const sgd = new optim.SGD([{ params: [still, Tensor.from([1], { dtype: 'int32' })] }, { params: [] }]);
    sgd.step();
    expect(still.item()).toBe(1);
  });
});
