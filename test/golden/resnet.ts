import { nn, type Tensor } from 'tinygrad-ts';

const F = nn.functional;

/** Two 3x3 convolutions, each with batch norm, around a shortcut; no ReLU after the sum. */
class ResidualBlock extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly relu = new nn.ReLU({ inplace: true });
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;

  constructor(channels: number) {
    super();
    this.conv1 = new nn.Conv2d(channels, channels, 3, { padding: 1 });
    this.bn1 = new nn.BatchNorm2d(channels);
    this.conv2 = new nn.Conv2d(channels, channels, 3, { padding: 1 });
    this.bn2 = new nn.BatchNorm2d(channels);
  }

  forward(x: Tensor): Tensor {
    const out = this.relu.call(this.bn1.call(this.conv1.call(x)));
    return this.bn2.call(this.conv2.call(out)).add(x);
  }
}

/** The network that make_training.py trains. Its state dict has the keys of PyTorch's. */
export class ResNet extends nn.Module {
  readonly conv1 = new nn.Conv2d(1, 16, 5);
  readonly conv2 = new nn.Conv2d(16, 32, 5);
  readonly resBlock1 = new ResidualBlock(16);
  readonly resBlock2 = new ResidualBlock(32);
  readonly conv2Drop = new nn.Dropout2d();
  readonly fc1 = new nn.Linear(512, 10);

  forward(images: Tensor): Tensor {
    let x = F.maxPool2d(F.relu(this.conv1.call(images)), 2);
    x = this.resBlock1.call(x);
    x = F.maxPool2d(F.relu(this.conv2.call(x)), 2);
    x = this.resBlock2.call(x);
    return F.logSoftmax(this.fc1.call(x.flatten(1)), 1);
  }
}
