import { nn, Tensor, TensorError } from 'tinygrad-ts';
import { describe, expect, it } from 'vitest';

const F = nn.functional;
const wrong = (value: unknown) => value as never;

function refuses(call: () => unknown, name: string, message: RegExp): void {
  expect(call).toThrow(expect.objectContaining({ name, message: expect.stringMatching(message) }));
}

describe('a layer refuses wrong settings when it is made', () => {
  it.each<[string, () => unknown, RegExp]>([
    [
      'Linear without outFeatures, and says the call',
      () => new nn.Linear(784, wrong(undefined)),
      /^Linear: expected outFeatures to be an integer >= 0, got undefined; the call is new nn\.Linear\(inFeatures, outFeatures\)$/,
    ],
    ['Linear of -1', () => new nn.Linear(-1, 2), /^Linear: .*inFeatures.*-1/],
    ['Linear of a string', () => new nn.Linear(2, wrong('2')), /^Linear: .*outFeatures.*'2'/],
    ['Linear of an array', () => new nn.Linear(wrong([2, 3]), wrong(undefined)), /^Linear: .*inFeatures/],
    ['Linear with false for options', () => new nn.Linear(1, 1, wrong(false)), /^Linear: .*options.*false/],
    ["Linear with bias: 'no'", () => new nn.Linear(1, 1, { bias: wrong('no') }), /^Linear: .*bias.*'no'/],
    ['Conv2d without kernelSize', () => new nn.Conv2d(1, 2, wrong(undefined)), /^Conv2d: kernelSize/],
    ['Conv2d without outChannels', () => new nn.Conv2d(1, wrong(undefined), 3), /^Conv2d: .*outChannels/],
    ['Conv2d of half a channel', () => new nn.Conv2d(1.5, 2, 3), /^Conv2d: .*inChannels.*1\.5/],
    ['Conv2d of 0 groups', () => new nn.Conv2d(2, 2, 3, { groups: 0 }), /^Conv2d: .*groups.* 0$/],
    ['Conv2d of NaN groups', () => new nn.Conv2d(2, 2, 3, { groups: Number.NaN }), /^Conv2d: .*groups.*NaN/],
    ['Conv2d of a stride of 0', () => new nn.Conv2d(2, 2, 3, { stride: 0 }), /^Conv2d: stride/],
    [
      "Conv2d of padding 'full'",
      () => new nn.Conv2d(2, 2, 3, { padding: wrong('full') }),
      /^Conv2d: .*'full'/,
    ],
    ['Conv2d with a stride for options', () => new nn.Conv2d(2, 2, 3, wrong(2)), /^Conv2d: .*options.*2/],
    ['BatchNorm2d of nothing', () => new nn.BatchNorm2d(wrong(undefined)), /^BatchNorm2d: .*numFeatures/],
    ['BatchNorm2d of eps -1', () => new nn.BatchNorm2d(2, { eps: -1 }), /^BatchNorm2d: .*eps.*-1/],
    ["BatchNorm2d of eps '1'", () => new nn.BatchNorm2d(2, { eps: wrong('1') }), /^BatchNorm2d: .*eps.*'1'/],
    ['BatchNorm2d of momentum NaN', () => new nn.BatchNorm2d(2, { momentum: Number.NaN }), /momentum.*NaN/],
    ['BatchNorm2d of affine 1', () => new nn.BatchNorm2d(2, { affine: wrong(1) }), /affine.*true or false/],
    ['Dropout(0.5)', () => new nn.Dropout(wrong(0.5)), /^Dropout: .*options.*\{ p: … \}.*0\.5/],
    ["Dropout of p '0.5'", () => new nn.Dropout({ p: wrong('0.5') }), /^Dropout: .*between 0 and 1.*'0\.5'/],
    ['Dropout of p null', () => new nn.Dropout({ p: wrong(null) }), /^Dropout: .*null/],
    ['Dropout2d of p 2', () => new nn.Dropout2d({ p: 2 }), /^Dropout2d: .*2/],
    ['MaxPool2d of nothing', () => new nn.MaxPool2d(wrong(undefined)), /^MaxPool2d: kernelSize.*undefined/],
    ['MaxPool2d of three sizes', () => new nn.MaxPool2d(wrong([2, 2, 2])), /^MaxPool2d: kernelSize/],
    [
      'MaxPool2d of ceilMode 1',
      () => new nn.MaxPool2d(2, { ceilMode: wrong(1) }),
      /^MaxPool2d: .*ceilMode.*1/,
    ],
    ['AvgPool2d of divisor 0', () => new nn.AvgPool2d(2, { divisorOverride: 0 }), /^AvgPool2d: divisor.*0/],
    [
      'AvgPool2d of divisor 0.5',
      () => new nn.AvgPool2d(2, { divisorOverride: 0.5 }),
      /divisor.*integer.*0\.5/,
    ],
    ['AvgPool2d of a stride -1', () => new nn.AvgPool2d(2, { stride: -1 }), /^AvgPool2d: stride.*-1/],
    [
      'Flatten({ startDim: 1 })',
      () => new nn.Flatten(wrong({ startDim: 1 })),
      /^Flatten: .*startDim.*object/,
    ],
    ['Flatten(1, null)', () => new nn.Flatten(1, wrong(null)), /^Flatten: .*endDim.*null/],
    [
      'LogSoftmax({ dim: 1 }), and says the call',
      () => new nn.LogSoftmax(wrong({ dim: 1 })),
      /^LogSoftmax: expected dim to be an integer, got an object \{ dim \}; the call is new nn\.LogSoftmax\(dim\)$/,
    ],
    ['LogSoftmax()', () => new nn.LogSoftmax(wrong(undefined)), /^LogSoftmax: .*undefined/],
    ['ReLU(true)', () => new nn.ReLU(wrong(true)), /^ReLU: .*options.*true/],
    ['ReLU of inplace 1', () => new nn.ReLU({ inplace: wrong(1) }), /^ReLU: .*inplace.*1/],
    ['NLLLoss of a tensor', () => new nn.NLLLoss(wrong(Tensor.ones([2]))), /^NLLLoss: .*options.*Tensor/],
    [
      'CrossEntropyLoss of list weights',
      () => new nn.CrossEntropyLoss({ weight: wrong([1, 2]) }),
      /weight.*\[1, 2\]/,
    ],
    [
      "CrossEntropyLoss of 'avg'",
      () => new nn.CrossEntropyLoss({ reduction: wrong('avg') }),
      /'mean'.*got 'avg'/,
    ],
  ])('%s', (_, call, message) => refuses(call, 'ArgumentError', message));

  it('and takes undefined for the default', () => {
    const none = (...names: string[]) => wrong(Object.fromEntries(names.map(name => [name, undefined])));
    expect(String(new nn.Linear(2, 3, none('bias')))).toBe(String(new nn.Linear(2, 3)));
    const conv = new nn.Conv2d(2, 2, 3, none('stride', 'padding', 'dilation', 'groups', 'bias'));
    expect(String(conv)).toBe(String(new nn.Conv2d(2, 2, 3)));
    const norm = new nn.BatchNorm2d(2, none('eps', 'momentum', 'affine', 'trackRunningStats'));
    expect(String(norm)).toBe(String(new nn.BatchNorm2d(2)));
    const pool = new nn.MaxPool2d(2, none('stride', 'padding', 'dilation', 'ceilMode'));
    expect(String(pool)).toBe(String(new nn.MaxPool2d(2)));
    expect(pool.call(Tensor.ones([1, 1, 4, 4])).shape).toEqual([1, 1, 2, 2]);
    const mean = new nn.AvgPool2d(
      2,
      none('stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'),
    );
    expect(mean.call(Tensor.ones([1, 4, 4])).shape).toEqual([1, 2, 2]);
    expect(String(new nn.Dropout(none('p')))).toBe(String(new nn.Dropout()));
    const loss = new nn.CrossEntropyLoss(none('weight', 'ignoreIndex', 'reduction'));
    expect(loss.call(Tensor.zeros([1, 2]), Tensor.from([0], { dtype: 'int32' })).item()).toBeCloseTo(
      Math.LN2,
      6,
    );
  });
});

describe('a layer and a function refuse what is no tensor, by name', () => {
  const layers: nn.Module[] = [
    new nn.Linear(2, 1),
    new nn.Conv2d(1, 1, 1),
    new nn.BatchNorm2d(1),
    new nn.ReLU(),
    new nn.ReLU({ inplace: true }),
    new nn.LogSoftmax(1),
    new nn.Flatten(),
    new nn.Dropout(),
    new nn.Dropout().eval(),
    new nn.Dropout2d(),
    new nn.MaxPool2d(1),
    new nn.AvgPool2d(1),
    new nn.NLLLoss(),
    new nn.CrossEntropyLoss(),
    new nn.Sequential(new nn.Linear(2, 1), new nn.ReLU()),
  ];
  const strays = [
    [[1, 2]],
    undefined,
    null,
    3,
    'x',
    { shape: [1] },
    () => 1,
    new Float32Array(2),
    new nn.ReLU(),
  ];

  it.each(layers.map(layer => [String(layer), layer] as const))('%s', (_, layer) => {
    for (const stray of strays) {
      expect(() => layer.call(stray as never)).toThrow(TensorError);
      expect(() => layer.call(stray as never)).toThrow(/expected a tensor, got/);
    }
  });

  it.each(Object.keys(F))('%s', name => {
    for (const stray of strays) {
      const call = () => F[name as 'relu'](stray as never);
      refuses(call, 'ArgumentError', new RegExp(`^${name}: expected a tensor, got`));
    }
  });
});

describe('a function names itself, what was expected and what came', () => {
  const x = Tensor.zeros([2, 4, 5, 5]);
  const w = Tensor.zeros([6, 4, 3, 3]);
  const logits = Tensor.zeros([2, 3]);
  const target = Tensor.from([0, 2], { dtype: 'int32' });
  const image = Tensor.zeros([3, 5, 5]);

  it.each<[string, () => unknown, string, RegExp]>([
    [
      'a weight that is no tensor',
      () => F.conv2d(x, wrong([1])),
      'ArgumentError',
      /^conv2d: .*tensor.*\[1\]/,
    ],
    [
      'options in place of the bias',
      () => F.conv2d(x, w, wrong({ stride: 2 })),
      'ArgumentError',
      /^conv2d: .*\{ stride \}/,
    ],
    ['a weight that is null', () => F.conv2d(x, wrong(null)), 'ArgumentError', /^conv2d: .*tensor.*null/],
    [
      'a weight that is null',
      () => F.linear(logits, wrong(null)),
      'ArgumentError',
      /^linear: .*tensor.*null/,
    ],
    [
      'batchNorm of a symbol for eps',
      () => F.batchNorm(x, null, null, { training: true, eps: wrong(Symbol('e')) }),
      'ArgumentError',
      /eps.*Symbol/,
    ],
    ['a number for options', () => F.conv2d(x, w, null, wrong(2)), 'ArgumentError', /^conv2d: .*options.*2/],
    [
      'an image with too few channels, as it came',
      () => F.conv2d(image, w),
      'ShapeError',
      /^conv2d: .*expected input \[3, 5, 5\] to have 4 channels, but got 3/,
    ],
    [
      'an image smaller than the kernel, as it came',
      () => F.conv2d(Tensor.zeros([4, 2, 2]), w),
      'ShapeError',
      /^conv2d: .*on input \[4, 2, 2\] with/,
    ],
    [
      'an image smaller than a window',
      () => F.maxPool2d(image, 6),
      'ShapeError',
      /^maxPool2d: .*input \[3, 5, 5\]/,
    ],
    [
      'an image smaller than a mean',
      () => F.avgPool2d(image, 6),
      'ShapeError',
      /^avgPool2d: .*input \[3, 5, 5\]/,
    ],
    [
      "maxPool2d of ceilMode 'x'",
      () => F.maxPool2d(x, 2, { ceilMode: wrong('x') }),
      'ArgumentError',
      /ceilMode.*'x'/,
    ],
    [
      'avgPool2d of countIncludePad 0',
      () => F.avgPool2d(x, 2, { countIncludePad: wrong(0) }),
      'ArgumentError',
      /^avgPool2d: .*countIncludePad.*0/,
    ],
    [
      'a divisor of NaN',
      () => F.avgPool2d(x, 2, { divisorOverride: Number.NaN }),
      'ArgumentError',
      /divisor.*NaN/,
    ],
    [
      "dropout of training 'x'",
      () => F.dropout(x, { training: wrong('x') }),
      'ArgumentError',
      /^dropout: .*training/,
    ],
    [
      'a number for the options of dropout',
      () => F.dropout(x, wrong(0.5)),
      'ArgumentError',
      /^dropout: .*0\.5/,
    ],
    ['a vector for dropout2d', () => F.dropout2d(Tensor.ones([3])), 'ShapeError', /^dropout2d: .*\[3\]/],
    [
      'whole numbers for crossEntropy',
      () => F.crossEntropy(logits.to('int32'), target),
      'DTypeError',
      /^crossEntropy: .*float.*int32/,
    ],
    [
      'float targets for crossEntropy',
      () => F.crossEntropy(logits, Tensor.zeros([2, 3])),
      'DTypeError',
      /^crossEntropy: .*int32 tensor of class indices, got float32.*probabilities of classes are not supported/,
    ],
    [
      'float targets for nllLoss',
      () => F.nllLoss(logits, Tensor.zeros([2])),
      'DTypeError',
      /^nllLoss: .*int32.*float32/,
    ],
    [
      'an array of targets',
      () => F.crossEntropy(logits, wrong([0, 2])),
      'ArgumentError',
      /^crossEntropy: expected a tensor, got \[0, 2\]/,
    ],
    [
      'too many targets',
      () => F.crossEntropy(logits, Tensor.from([0, 1, 2], { dtype: 'int32' })),
      'ShapeError',
      /^crossEntropy: .*\[2, 3\] and \[3\]/,
    ],
    [
      'a class too many',
      () => F.crossEntropy(logits, Tensor.from([0, 3], { dtype: 'int32' })),
      'ArgumentError',
      /^crossEntropy: Target 3 is out of bounds: expected 0 to 2/,
    ],
    [
      'a class too many, of one',
      () => F.crossEntropy(logits.select(0, 0), Tensor.from(5, { dtype: 'int32' })),
      'ArgumentError',
      /^crossEntropy: Target 5 .*0 to 2, or ignoreIndex -100$/,
    ],
    [
      'two targets for one input',
      () => F.crossEntropy(logits.select(0, 0), target),
      'ShapeError',
      /^crossEntropy: expected a scalar target for input \[3\], got \[2\]/,
    ],
    [
      'a scalar for logits',
      () => F.crossEntropy(Tensor.zeros([]), Tensor.from(0, { dtype: 'int32' })),
      'ShapeError',
      /^crossEntropy: .*got \[\] and \[\]/,
    ],
    [
      'weights of int32',
      () => F.nllLoss(logits, target, { weight: target }),
      'DTypeError',
      /^nllLoss: .*int32/,
    ],
    [
      'weights of too few classes',
      () => F.crossEntropy(logits, target, { weight: Tensor.ones([2]) }),
      'ShapeError',
      /^crossEntropy: .*3 classes.*\[2\]/,
    ],
    [
      'an ignoreIndex of 0.5',
      () => F.nllLoss(logits, target, { ignoreIndex: 0.5 }),
      'ArgumentError',
      /ignoreIndex.*0\.5/,
    ],
    [
      'an ignoreIndex that no int32 equals',
      () => F.nllLoss(logits, target, { ignoreIndex: 2 ** 40 }),
      'ArgumentError',
      /ignoreIndex.*from -2147483648 to 2147483647, got 1099511627776/,
    ],
    [
      'statistics that are no tensors',
      () => F.batchNorm(x, wrong([0, 0, 0, 0]), null, { training: true }),
      'ArgumentError',
      /^batchNorm: runningMean: expected a tensor, got \[0, 0, 0, 0\]/,
    ],
    [
      'statistics of another dtype',
      () => F.batchNorm(x, Tensor.zeros([4]), Tensor.ones([4], { dtype: 'int32' })),
      'DTypeError',
      /^batchNorm: expected runningVar to be float32.*int32/,
    ],
    [
      'batchNorm of eps -1',
      () => F.batchNorm(x, null, null, { training: true, eps: -1 }),
      'ArgumentError',
      /eps.*-1/,
    ],
    [
      'batchNorm of momentum null',
      () => F.batchNorm(x, null, null, { training: true, momentum: wrong(null) }),
      'ArgumentError',
      /^batchNorm: .*momentum.*null/,
    ],
    [
      'batchNorm of training 1',
      () => F.batchNorm(x, null, null, { training: wrong(1) }),
      'ArgumentError',
      /training.*1/,
    ],
    [
      'softmax without a dim',
      () => F.softmax(logits, wrong(undefined)),
      'ShapeError',
      /^softmax: .*undefined/,
    ],
  ])('%s', (_, call, name, message) => refuses(call, name, message));
});
