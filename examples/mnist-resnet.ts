/**
 * Trains a small residual network on MNIST and tests it after every epoch, as PyTorch's MNIST example does.
 *
 *   npx tsx examples/mnist-resnet.ts           10 epochs over 60,000 images
 *   npx tsx examples/mnist-resnet.ts --help    the flags
 */
import { data, manualSeed, nn, noGrad, optim, type Tensor } from 'tinygrad-ts';
import { loadMnist } from 'tinygrad-ts/node';
import { configureEngine } from './mnist/configure-engine.ts';
import { describeRun } from './mnist/describe-run.ts';
import { readOptions } from './mnist/options.ts';
import { print } from './mnist/print.ts';
import { TrainingProgress } from './mnist/progress.ts';
import { run } from './mnist/run.ts';

const F = nn.functional;
type Batches = data.DataLoader<[image: Tensor, label: Tensor]>;

class ResidualBlock extends nn.Module {
  conv1: nn.Conv2d;
  bn1: nn.BatchNorm2d;
  relu = new nn.ReLU({ inplace: true });
  conv2: nn.Conv2d;
  bn2: nn.BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv1 = new nn.Conv2d(channels, channels, 3, { padding: 1 });
    this.bn1 = new nn.BatchNorm2d(channels);
    this.conv2 = new nn.Conv2d(channels, channels, 3, { padding: 1 });
    this.bn2 = new nn.BatchNorm2d(channels);
  }

  override forward(x: Tensor): Tensor {
    let out = this.relu.call(this.bn1.call(this.conv1.call(x)));
    out = this.bn2.call(this.conv2.call(out));
    return out.add_(x);
  }
}

class Net extends nn.Module {
  conv1 = new nn.Conv2d(1, 16, 5);
  conv2 = new nn.Conv2d(16, 32, 5);
  resBlock1 = new ResidualBlock(16);
  resBlock2 = new ResidualBlock(32);
  conv2Drop = new nn.Dropout2d();
  fc1 = new nn.Linear(512, 10);
  dropout: boolean;

  constructor({ dropout }: { dropout: boolean }) {
    super();
    this.dropout = dropout;
  }

  override forward(x: Tensor): Tensor {
    const n = x.shape[0]; // x: [n, 1, 28, 28]
    x = F.maxPool2d(F.relu(this.conv1.call(x)), 2); // [n, 16, 12, 12]
    x = this.resBlock1.call(x);
    x = this.conv2.call(x); // [n, 32, 8, 8]
    if (this.dropout) x = this.conv2Drop.call(x);
    x = F.maxPool2d(F.relu(x), 2); // [n, 32, 4, 4]
    x = this.resBlock2.call(x);
    return F.logSoftmax(this.fc1.call(x.view([n, -1])), 1); // [n, 10]
  }
}

function train(model: Net, batches: Batches, optimizer: optim.SGD, progress: TrainingProgress): void {
  model.train();
  for (const [images, labels] of progress.over(batches)) {
    optimizer.zeroGrad();
    const loss = F.nllLoss(model.call(images), labels);
    progress.report(loss.item()); // throws if the loss is no longer a finite number
    loss.backward();
    optimizer.step();
  }
}

function test(model: Net, batches: Batches): { loss: number; correct: number } {
  model.eval();
  let loss = 0;
  let correct = 0;
  for (const [images, labels] of batches) {
    const output = noGrad(() => model.call(images));
    loss += F.nllLoss(output, labels, { reduction: 'sum' }).item();
    correct += output.argmax({ dim: 1 }).eq(labels).sum().item();
  }
  return { loss: loss / batches.dataset.length, correct };
}

function main(): void {
  const options = readOptions();
  configureEngine(options);
  manualSeed(options.seed);

  const mnist = loadMnist(options.data);
  const trainSet = mnist.train.slice(0, options.trainLimit);
  const testSet = mnist.test.slice(0, options.testLimit);
  const trainBatches = new data.DataLoader(trainSet, { batchSize: options.batchSize, shuffle: true });
  const testBatches = new data.DataLoader(testSet, { batchSize: options.testBatchSize });

  const model = new Net({ dropout: options.dropout });
  const optimizer = new optim.SGD(model.parameters(), { lr: options.lr, momentum: options.momentum });
  print(describeRun(model, trainSet, testSet));

  const start = performance.now();
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    train(model, trainBatches, optimizer, new TrainingProgress(epoch, trainSet.length, options.logInterval));
    const { loss, correct } = test(model, testBatches);
    const accuracy = `${correct}/${testSet.length} (${((100 * correct) / testSet.length).toFixed(0)}%)`;
    print(`Test set: Average loss: ${loss.toFixed(4)}, Accuracy: ${accuracy}`);
  }
  print(`Time: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}

run(main);
