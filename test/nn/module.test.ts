import { nn, ShapeError, Tensor, TensorError } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

class Net extends nn.Module {
  readonly conv1 = new nn.Conv2d(1, 2, 3);
  readonly bn1 = new nn.BatchNorm2d(2);
  readonly layers = new nn.ModuleList([
    new nn.Sequential(new nn.Linear(2, 3, { bias: false }), new nn.ReLU()),
  ]);
  readonly tied = this.conv1;
  override forward(x: Tensor): Tensor {
    return this.bn1.call(this.conv1.call(x));
  }
}
const snapshot = (net: nn.Module) =>
  Object.entries(net.stateDict()).map(([key, value]) => [key, value.toArray()]);

describe('Module', () => {
  it("has PyTorch's keys, shared parameters once", () => {
    const net = new Net();
    expect(net.namedParameters().map(([key]) => key)).toEqual([
      'conv1.weight',
      'conv1.bias',
      'bn1.weight',
      'bn1.bias',
      'layers.0.0.weight',
    ]);
    expect(net.namedBuffers().map(([key]) => key)).toEqual([
      'bn1.running_mean',
      'bn1.running_var',
      'bn1.num_batches_tracked',
    ]);
  });

  it('switches all modules between training and testing', () => {
    const net = new Net();
    expect(
      net
        .eval()
        .modules()
        .some(module => module.training),
    ).toBe(false);
    expect(
      net
        .train()
        .modules()
        .every(module => module.training),
    ).toBe(true);
  });

  it('gives its state as values', () => {
    const net = new Net();
    const state = net.stateDict();
    const before = snapshot(net);
    net.conv1.weight.data.fill(9);
    net.call(Tensor.rand([2, 1, 4, 4]));
    expect(Object.entries(state).map(([key, value]) => [key, value.toArray()])).toEqual(before);
    net.loadStateDict(state);
    expect(snapshot(net)).toEqual(before);
  });

  it('changes nothing unless all that is loaded fits', () => {
    const net = new Net();
    const before = snapshot(net);
    const { 'conv1.bias': bias, ...missing } = new Net().stateDict();
    expect(() => net.loadStateDict(missing)).toThrow(/Missing key\(s\) in state_dict: 'conv1.bias'/);
    const full = { ...missing, 'conv1.bias': bias, 'tied.bias': bias };
    expect(() => net.loadStateDict({ ...full, other: bias })).toThrow(TensorError);
    expect(() => net.loadStateDict({ ...full, 'bn1.bias': Tensor.zeros([3]) }, { strict: false })).toThrow(
      ShapeError,
    );
    expect(snapshot(net)).toEqual(before);
  });
});

describe('nn.init', () => {
  it.each([{ mode: 'fan_in' }, { nonlineariti: 'relu' }])('kaimingUniform_ refuses %j', options => {
    const w = Tensor.ones([2, 2]);
    expect(() => nn.init.kaimingUniform_(w, options as never)).toThrow(TensorError);
    expect(w.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});
