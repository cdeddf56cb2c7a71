/** The network that is measured: that of examples/mnist-resnet.ts, of any width and depth. */
import { nn, optim, Tensor } from 'tinygrad-ts';

const F = nn.functional;

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

export class ResNet extends nn.Module {
  conv1: nn.Conv2d;
  conv2: nn.Conv2d;
  blocks1: nn.Sequential;
  blocks2: nn.Sequential;
  fc1: nn.Linear;

  constructor(width = 16, blocks = 1) {
    super();
    const chain = (channels: number) => Array.from({ length: blocks }, () => new ResidualBlock(channels));
    this.conv1 = new nn.Conv2d(1, width, 5);
    this.conv2 = new nn.Conv2d(width, 2 * width, 5);
    this.blocks1 = new nn.Sequential(...chain(width));
    this.blocks2 = new nn.Sequential(...chain(2 * width));
    this.fc1 = new nn.Linear(32 * width, 10);
  }

  override forward(x: Tensor): Tensor {
    const n = x.shape[0]!;
    x = F.maxPool2d(F.relu(this.conv1.call(x)), 2);
    x = this.blocks1.call(x);
    x = F.maxPool2d(F.relu(this.conv2.call(x)), 2);
    x = this.blocks2.call(x);
    return F.logSoftmax(this.fc1.call(x.view([n, -1])), 1);
  }
}

/** Returns one training step on a fixed batch of noise. */
export function trainingStep(batch: number, width = 16, blocks = 1): () => number {
  const model = new ResNet(width, blocks);
  const optimizer = new optim.SGD(model.parameters(), { lr: 0.01, momentum: 0.5 });
  const x = Tensor.randn([batch, 1, 28, 28]);
  const target = Tensor.randint(0, 10, [batch]);
  return () => {
    optimizer.zeroGrad();
    const loss = F.nllLoss(model.call(x), target);
    loss.backward();
    optimizer.step();
    return loss.item();
  };
}
