/** One right call of every public entry of nn and optim. A layer is called with its input, as its user does. */
import { nn, optim, Tensor } from 'tinygrad-ts';
import { type Row, row } from './row.ts';

const F = nn.functional;
const batch = () => Tensor.randn([2, 3]);
const images = () => Tensor.randn([2, 3, 8, 8]);
const weight = () => Tensor.randn([4, 3]);
const labels = () => Tensor.from([0, 2], { dtype: 'int32' });
const classWeights = () => Tensor.ones([3]);
const net = () => new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU());
const conv = { stride: 1, padding: 1, dilation: 1 };
const pool = { stride: 2, padding: 1, dilation: 1, ceilMode: false };
const meanPool = { stride: 2, padding: 1, ceilMode: false, countIncludePad: true, divisorOverride: 3 };
const loss = () => ({ weight: classWeights(), ignoreIndex: -100, reduction: 'mean' });
const sgd = { lr: 0.1, momentum: 0.5, dampening: 0, weightDecay: 0.1, nesterov: false, maximize: false };
const kaiming = { a: 0, mode: 'fanIn', nonlinearity: 'relu' };

class WithBuffer extends nn.Module {
  override forward(): void {}
  register(name: never, value: never): void {
    this.registerBuffer(name, value);
  }
}

const called = (layer: () => nn.Module, args: () => readonly unknown[]): Row =>
  row((...given) => layer().call(...given), args);

const layers: Readonly<Record<string, Row>> = {
  'nn.Linear': row(
    (...a) => new nn.Linear(...(a as unknown as [number, number])),
    () => [3, 4, { bias: true }],
  ),
  'nn.Linear#forward': called(
    () => new nn.Linear(3, 4),
    () => [batch()],
  ),
  'nn.Conv2d': row(
    (...a) => new nn.Conv2d(...(a as unknown as [number, number, number])),
    () => [3, 4, [3, 3], { ...conv, groups: 1, bias: true }],
  ),
  'nn.Conv2d#forward': called(
    () => new nn.Conv2d(3, 4, 3),
    () => [images()],
  ),
  'nn.MaxPool2d': row(
    (...a) => new nn.MaxPool2d(...(a as unknown as [number])),
    () => [3, { ...pool }],
  ),
  'nn.MaxPool2d#forward': called(
    () => new nn.MaxPool2d(2),
    () => [images()],
  ),
  'nn.AvgPool2d': row(
    (...a) => new nn.AvgPool2d(...(a as unknown as [number])),
    () => [3, { ...meanPool }],
  ),
  'nn.AvgPool2d#forward': called(
    () => new nn.AvgPool2d(2),
    () => [images()],
  ),
  'nn.BatchNorm2d': row(
    (...a) => new nn.BatchNorm2d(...(a as unknown as [number])),
    () => [3, { eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true }],
  ),
  'nn.BatchNorm2d#forward': called(
    () => new nn.BatchNorm2d(3),
    () => [images()],
  ),
  'nn.Dropout': row(
    (options: never) => new nn.Dropout(options),
    () => [{ p: 0.5 }],
  ),
  'nn.Dropout#forward': called(
    () => new nn.Dropout(),
    () => [images()],
  ),
  'nn.Dropout2d': row(
    (options: never) => new nn.Dropout2d(options),
    () => [{ p: 0.5 }],
  ),
  'nn.Dropout2d#forward': called(
    () => new nn.Dropout2d(),
    () => [images()],
  ),
  'nn.Flatten': row(
    (...a) => new nn.Flatten(...(a as unknown as [number, number])),
    () => [1, -1],
  ),
  'nn.Flatten#forward': called(
    () => new nn.Flatten(),
    () => [images()],
  ),
  'nn.ReLU': row(
    (options: never) => new nn.ReLU(options),
    () => [{ inplace: false }],
  ),
  'nn.ReLU#forward': called(
    () => new nn.ReLU(),
    () => [images()],
  ),
  'nn.LogSoftmax': row(
    (dim: never) => new nn.LogSoftmax(dim),
    () => [1],
  ),
  'nn.LogSoftmax#forward': called(
    () => new nn.LogSoftmax(1),
    () => [batch()],
  ),
  'nn.NLLLoss': row(
    (options: never) => new nn.NLLLoss(options),
    () => [loss()],
  ),
  'nn.NLLLoss#forward': called(
    () => new nn.NLLLoss(),
    () => [batch(), labels()],
  ),
  'nn.CrossEntropyLoss': row(
    (options: never) => new nn.CrossEntropyLoss(options),
    () => [loss()],
  ),
  'nn.CrossEntropyLoss#forward': called(
    () => new nn.CrossEntropyLoss(),
    () => [batch(), labels()],
  ),
};

const modules: Readonly<Record<string, Row>> = {
  'nn.Module': row(
    () => new WithBuffer(),
    () => [],
  ),
  'nn.Module#call': row(
    (x: never) => net().call(x),
    () => [batch()],
  ),
  'nn.Module#registerBuffer': row(
    (name, value) => new WithBuffer().register(name, value),
    () => ['b', batch()],
  ),
  'nn.Module#namedModules': row(
    (prefix: never) => [...net().namedModules(prefix)],
    () => ['net'],
  ),
  'nn.Module#train': row(
    (mode: never) => net().train(mode),
    () => [true],
  ),
  'nn.Module#to': row(
    (dtype: never) => net().to(dtype),
    () => ['float64'],
  ),
  'nn.Module#loadStateDict': row(
    (state: never, options: never) => net().loadStateDict(state, options),
    () => [{ '0.weight': weight(), '0.bias': Tensor.ones([4]) }, { strict: true }],
  ),
  'nn.Sequential': row(
    (...a) => new nn.Sequential(...a),
    () => [new nn.Linear(3, 4), new nn.ReLU()],
  ),
  'nn.Sequential#forward': called(net, () => [batch()]),
  'nn.Sequential#at': row(
    (index: never) => net().at(index) ?? new nn.ReLU(),
    () => [1],
  ),
  'nn.ModuleList': row(
    (list: never) => new nn.ModuleList(list),
    () => [[new nn.ReLU()]],
  ),
  'nn.ModuleList#push': row(
    (...a) => new nn.ModuleList().push(...a),
    () => [new nn.ReLU()],
  ),
  'nn.ModuleList#at': row(
    (i: never) => new nn.ModuleList([new nn.ReLU()]).at(i) ?? new nn.ReLU(),
    () => [0],
  ),
  'nn.Parameter': row(
    (...a) => new nn.Parameter(...(a as unknown as [Tensor])),
    () => [batch(), { requiresGrad: true }],
  ),
};

const functions: Readonly<Record<string, Row>> = {
  'nn.functional.linear': row(F.linear, () => [batch(), weight(), Tensor.ones([4])]),
  'nn.functional.conv2d': row(F.conv2d, () => [
    images(),
    Tensor.ones([4, 3, 3, 3]),
    Tensor.ones([4]),
    { ...conv, groups: 1 },
  ]),
  'nn.functional.maxPool2d': row(F.maxPool2d, () => [images(), [3, 3], { ...pool }]),
  'nn.functional.avgPool2d': row(F.avgPool2d, () => [images(), 3, { ...meanPool }]),
  'nn.functional.batchNorm': row(F.batchNorm, () => [
    images(),
    Tensor.zeros([3]),
    Tensor.ones([3]),
    { weight: Tensor.ones([3]), bias: Tensor.ones([3]), training: true, momentum: 0.1, eps: 1e-5 },
  ]),
  'nn.functional.dropout': row(F.dropout, () => [batch(), { p: 0.5, training: true }]),
  'nn.functional.dropout2d': row(F.dropout2d, () => [images(), { p: 0.5, training: true }]),
  'nn.functional.relu': row(F.relu, () => [batch()]),
  'nn.functional.sigmoid': row(F.sigmoid, () => [batch()]),
  'nn.functional.tanh': row(F.tanh, () => [batch()]),
  'nn.functional.softmax': row(F.softmax, () => [batch(), 1]),
  'nn.functional.logSoftmax': row(F.logSoftmax, () => [batch(), 1]),
  'nn.functional.nllLoss': row(F.nllLoss, () => [batch(), labels(), loss()]),
  'nn.functional.crossEntropy': row(F.crossEntropy, () => [batch(), labels(), loss()]),
};

const initial: Readonly<Record<string, Row>> = {
  'nn.init.uniform_': row(nn.init.uniform_, () => [weight(), 0, 1]),
  'nn.init.normal_': row(nn.init.normal_, () => [weight(), 0, 1]),
  'nn.init.constant_': row(nn.init.constant_, () => [weight(), 7]),
  'nn.init.zeros_': row(nn.init.zeros_, () => [weight()]),
  'nn.init.ones_': row(nn.init.ones_, () => [weight()]),
  'nn.init.xavierUniform_': row(nn.init.xavierUniform_, () => [weight(), 1]),
  'nn.init.xavierNormal_': row(nn.init.xavierNormal_, () => [weight(), 1]),
  'nn.init.kaimingUniform_': row(nn.init.kaimingUniform_, () => [weight(), { ...kaiming }]),
  'nn.init.kaimingNormal_': row(nn.init.kaimingNormal_, () => [weight(), { ...kaiming }]),
  'nn.init.calculateGain': row(nn.init.calculateGain, () => ['leakyRelu', 0.1]),
  'nn.init.calculateFans': row(nn.init.calculateFans, () => [weight()]),
};

const optimizers: Readonly<Record<string, Row>> = {
  'optim.SGD': row(
    (params: never, options: never) => {
      const optimizer = new optim.SGD(params, options);
      optimizer.step();
      return optimizer;
    },
    () => [[new nn.Parameter(weight())], { ...sgd }],
  ),
  'optim.SGD#addParamGroup': row(
    (group: never) => new optim.SGD([new nn.Parameter(batch())], { lr: 0.1 }).addParamGroup(group),
    () => [{ params: [new nn.Parameter(weight())], ...sgd }],
  ),
};

export const nnRows = { ...layers, ...modules, ...functions, ...initial, ...optimizers };
