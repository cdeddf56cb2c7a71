import { ArgumentError, nn, ShapeError, Tensor, TensorError } from 'tinygrad-ts';
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
const wrong = (value: unknown) => value as never;
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

  it.each<[string, (net: Net) => unknown, string, RegExp]>([
    ["train('x')", net => net.train(wrong('x')), 'ArgumentError', /train.*mode.*true or false, got 'x'/],
    ['train(0)', net => net.train(wrong(0)), 'ArgumentError', /true or false, got 0/],
    ["to('int32')", net => net.to(wrong('int32')), 'DTypeError', /float32.*float64.*got 'int32'/],
    ['to(undefined)', net => net.to(wrong(undefined)), 'DTypeError', /got undefined/],
    ['namedModules(1)', net => net.namedModules(wrong(1)), 'ArgumentError', /prefix.*string, got 1/],
  ])('refuses %s and stays as it was', (_, call, name, message) => {
    const net = new Net().eval();
    expect(() => call(net)).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
    expect([net.conv1.training, net.conv1.weight.dtype]).toEqual([false, 'float32']);
  });

  it.each<[unknown, unknown, RegExp]>([
    ['', Tensor.ones([1]), /Counter.registerBuffer.*name.*got ''/],
    ['a.b', Tensor.ones([1]), /name without dots, got 'a.b'/],
    [undefined, Tensor.ones([1]), /got undefined/],
    ['weight', Tensor.ones([1]), /'weight' already exists/],
    ['forward', Tensor.ones([1]), /'forward' already exists/],
    ['count', 3, /expected a tensor as buffer 'count', got 3/],
    ['count', null, /expected a tensor as buffer 'count', got null/],
    ['count', [1], /expected a tensor as buffer 'count', got \[1\]/],
  ])('refuses %j with %j as a buffer', (name, value, message) => {
    class Counter extends nn.Module {
      weight = new nn.Parameter(Tensor.ones([1]));
      add(): void {
        this.registerBuffer(wrong(name), wrong(value));
      }
      override forward(): void {}
    }
    const counter = new Counter();
    expect(() => counter.add()).toThrow(ArgumentError);
    expect(() => counter.add()).toThrow(message);
    expect(counter.buffers()).toEqual([]);
  });

  it.each([[3], [[1, 2]], [null], [undefined], [new nn.ReLU()]])('Parameter refuses %o', value => {
    expect(() => new nn.Parameter(wrong(value))).toThrow(/^Parameter: expected a tensor, got/);
  });
});
