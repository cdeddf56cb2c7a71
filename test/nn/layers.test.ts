import { nn, Tensor } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const F = nn.functional;

class Block extends nn.Module {
  conv1 = new nn.Conv2d(16, 16, 3, { padding: 1 });
  bn1 = new nn.BatchNorm2d(16);
  relu = new nn.ReLU({ inplace: true });

  override forward(x: Tensor): Tensor {
    return this.relu.call(this.bn1.call(this.conv1.call(x)));
  }
}

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 5);
  pool = new nn.MaxPool2d(2);
  block1 = new Block();
  drop = new nn.Dropout2d();
  flat = new nn.Flatten();
  fc = new nn.Linear(512, 10);
  out = new nn.LogSoftmax(1);
  layers = new nn.ModuleList<nn.Module>([
    new nn.Linear(2, 3, { bias: false }),
    new nn.Sequential(new nn.ReLU(), new nn.Dropout({ p: 0.25 })),
  ]);

  override forward(x: Tensor): Tensor {
    return x;
  }
}

describe('modules print as PyTorch prints them', () => {
  it('a network with modules inside modules', () => {
    expect(String(new Net())).toBe(`Net(
  (conv1): Conv2d(1, 16, kernel_size=(5, 5), stride=(1, 1))
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (block1): Block(
    (conv1): Conv2d(16, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    (bn1): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
    (relu): ReLU(inplace=True)
  )
  (drop): Dropout2d(p=0.5, inplace=False)
  (flat): Flatten(start_dim=1, end_dim=-1)
  (fc): Linear(in_features=512, out_features=10, bias=True)
  (out): LogSoftmax(dim=1)
  (layers): ModuleList(
    (0): Linear(in_features=2, out_features=3, bias=False)
    (1): Sequential(
      (0): ReLU()
      (1): Dropout(p=0.25, inplace=False)
    )
  )
)`);
  });

  it.each([
    [
      new nn.Conv2d(4, 8, [3, 5], { stride: 2, padding: [1, 2], dilation: [1, 2], groups: 4, bias: false }),
      'Conv2d(4, 8, kernel_size=(3, 5), stride=(2, 2), padding=(1, 2), dilation=(1, 2), groups=4, bias=False)',
    ],
    [
      new nn.Conv2d(1, 2, 3, { padding: 'same' }),
      'Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=same)',
    ],
    [
      new nn.BatchNorm2d(3, { eps: 0.001, momentum: null, affine: false, trackRunningStats: false }),
      'BatchNorm2d(3, eps=0.001, momentum=None, affine=False, track_running_stats=False)',
    ],
    [
      new nn.MaxPool2d([2, 3], { stride: [1, 2], padding: 1, dilation: 2, ceilMode: true }),
      'MaxPool2d(kernel_size=(2, 3), stride=(1, 2), padding=1, dilation=2, ceil_mode=True)',
    ],
    [new nn.AvgPool2d(3, { stride: 2, padding: 1 }), 'AvgPool2d(kernel_size=3, stride=2, padding=1)'],
    [new nn.NLLLoss(), 'NLLLoss()'],
    [new nn.CrossEntropyLoss(), 'CrossEntropyLoss()'],
    [new nn.Sequential(), 'Sequential()'],
  ])('%s', (module, text) => expect(String(module)).toBe(text));
});

describe('bad input is refused by a typed error that says what came', () => {
  const x = Tensor.zeros([2, 4, 5, 5]);
  const w = Tensor.zeros([6, 4, 3, 3]);
  const logProbs = Tensor.zeros([2, 3]);
  const target = Tensor.from([0, 2], { dtype: 'int32' });
  const wrong = <T>(value: unknown) => value as T;

  it.each<[string, () => unknown, string, RegExp]>([
    [
      'an unknown option',
      () => F.conv2d(x, w, null, wrong({ strides: 2 })),
      'ArgumentError',
      /conv2d.*'strides'.*stride/,
    ],
    [
      'too few channels',
      () => F.conv2d(x, Tensor.zeros([6, 3, 3, 3])),
      'ShapeError',
      /conv2d.*\[6, 3, 3, 3\].*4 channels/,
    ],
    ['groups that do not divide', () => F.conv2d(x, w, null, { groups: 3 }), 'ShapeError', /groups=3/],
    [
      'a kernel larger than the padded input',
      () => F.conv2d(x, Tensor.zeros([6, 4, 7, 7])),
      'ShapeError',
      /Kernel size.*\[7, 7\]/,
    ],
    [
      "'same' with a stride",
      () => F.conv2d(x, w, null, { padding: 'same', stride: 2 }),
      'ArgumentError',
      /same.*strided/,
    ],
    ['a stride of 0', () => F.conv2d(x, w, null, { stride: 0 }), 'ArgumentError', /stride/],
    ['a bias of another size', () => F.conv2d(x, w, Tensor.zeros([5])), 'ShapeError', /bias.*\[6\].*\[5\]/],
    ['integers', () => F.conv2d(x.to('int32'), w), 'DTypeError', /conv2d.*float.*int32/],
    ['two float dtypes', () => F.conv2d(x.to('float64'), w), 'DTypeError', /float64 and float32/],
    ['a matrix', () => F.maxPool2d(Tensor.zeros([3, 3]), 2), 'ShapeError', /maxPool2d.*\[3, 3\]/],
    [
      'padding over half of the kernel',
      () => F.maxPool2d(x, 2, { padding: 2 }),
      'ArgumentError',
      /half of kernel/,
    ],
    ['a window larger than the image', () => F.avgPool2d(x, 6), 'ShapeError', /too small.*\[6, 6\]/],
    [
      'features that do not fit',
      () => F.linear(Tensor.zeros([2, 3]), Tensor.zeros([4, 5])),
      'ShapeError',
      /\[2, 3\].*\[4, 5\]/,
    ],
    [
      'one value per channel',
      () => F.batchNorm(Tensor.zeros([1, 3]), null, null, { training: true }),
      'ShapeError',
      /more than 1 value/,
    ],
    ['no statistics to test with', () => F.batchNorm(x, null, null), 'ShapeError', /runningMean/],
    [
      'a class too many',
      () => F.nllLoss(logProbs, Tensor.from([0, 3], { dtype: 'int32' })),
      'ArgumentError',
      /Target 3.*0 to 2/,
    ],
    [
      'a negative class',
      () => F.crossEntropy(logProbs, Tensor.from([0, -1], { dtype: 'int32' })),
      'ArgumentError',
      /Target -1/,
    ],
    [
      'targets that are no integers',
      () => F.nllLoss(logProbs, Tensor.zeros([2])),
      'DTypeError',
      /int32.*float32/,
    ],
    ['too few targets', () => F.nllLoss(logProbs, target.slice(0, 1)), 'ShapeError', /\[2, 3\].*\[1\]/],
    [
      'weights of too few classes',
      () => F.nllLoss(logProbs, target, { weight: Tensor.ones([2]) }),
      'ShapeError',
      /3 classes.*\[2\]/,
    ],
    [
      'an unknown reduction',
      () => F.nllLoss(logProbs, target, { reduction: wrong('max') }),
      'ArgumentError',
      /'max'/,
    ],
    ['a probability over 1', () => F.dropout(x, { p: 1.5 }), 'ArgumentError', /between 0 and 1.*1.5/],
    ['a dim too many', () => F.softmax(logProbs, 2), 'ShapeError', /softmax.*\[-2, 1\].*2/],
  ])('%s', (_, call, name, message) => {
    expect(call).toThrow(expect.objectContaining({ name, message: expect.stringMatching(message) }));
  });

  it('before running statistics are changed', () => {
    const bn = new nn.BatchNorm2d(4);
    expect(() => bn.call(Tensor.zeros([2, 3, 5, 5]))).toThrow('4');
    expect(() => bn.call(Tensor.zeros([1, 4, 1, 1]))).toThrow('more than 1 value');
    expect(bn.runningMean?.toArray()).toEqual([0, 0, 0, 0]);
    expect(bn.numBatchesTracked?.item()).toBe(0);
  });
});

describe('dropout', () => {
  it('is the identity when testing, and keeps about 1 - p of the elements, scaled, when training', () => {
    const drop = new nn.Dropout({ p: 0.3 });
    const x = Tensor.ones([20_000]);
    expect(drop.eval().call(x).toArray()).toEqual(x.toArray());
    const y = drop.train().call(x);
    const kept = y.ne(0).sum().item();
    expect(Math.abs(kept / 20_000 - 0.7)).toBeLessThan(0.015);
    expect(y.max().item()).toBeCloseTo(1 / 0.7, 6);
  });

  it('of channels drops whole ones', () => {
    const sums = new nn.Dropout2d().call(Tensor.ones([8, 16, 3, 3])).sum({ dim: [2, 3] });
    expect(new Set(sums.data)).toEqual(new Set([0, 18]));
  });
});

it('an image without a batch goes through convolution and pooling as a batch of one', () => {
  const image = Tensor.randn([4, 6, 6]);
  const conv = new nn.Conv2d(4, 2, 3);
  expect(conv.call(image).shape).toEqual([2, 4, 4]);
  expect(conv.call(image).toArray()).toEqual(conv.call(image.unsqueeze(0)).select(0, 0).toArray());
  expect(F.maxPool2d(image, 2).shape).toEqual([4, 3, 3]);
});
