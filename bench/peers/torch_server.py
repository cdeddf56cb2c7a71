"""PyTorch's side of `npm run bench`: the same network, timed on command.

usage: python3 bench/peers/torch_server.py THREADS       (needs Debian's python3-torch: apt-get install python3-torch)
Reads commands from standard input, a line each, and answers each with the milliseconds per round:
  train BATCH ROUNDS [WIDTH BLOCKS]     training steps (SGD lr 0.01 momentum 0.5)
  eval BATCH ROUNDS                     forward passes under no_grad, in eval mode
"""
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)


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
        out = self.bn2(self.conv2(out))
        out += x
        return out


class Net(nn.Module):
    def __init__(self, width, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(1, width, 5)
        self.conv2 = nn.Conv2d(width, 2 * width, 5)
        self.blocks1 = nn.Sequential(*[ResidualBlock(width) for _ in range(blocks)])
        self.blocks2 = nn.Sequential(*[ResidualBlock(2 * width) for _ in range(blocks)])
        self.fc1 = nn.Linear(32 * width, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = self.blocks1(x)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = self.blocks2(x)
        return F.log_softmax(self.fc1(x.view(x.size(0), -1)), dim=1)


def training(batch, width, blocks):
    model = Net(width, blocks)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)
    x, t = torch.randn(batch, 1, 28, 28), torch.randint(0, 10, (batch,))

    def step():
        optimizer.zero_grad()
        loss = F.nll_loss(model(x), t)
        loss.backward()
        optimizer.step()
        loss.item()

    return step


def evaluation(batch):
    model = Net(16, 1).eval()
    x = torch.randn(batch, 1, 28, 28)

    def forward():
        with torch.no_grad():
            model(x)

    return forward


print(torch.__version__, flush=True)
known = {}
for line in sys.stdin:
    kind, batch, rounds, *size = line.split()
    key = (kind, batch, *size)
    if key not in known:
        width, blocks = (int(v) for v in size or (16, 1))
        known[key] = training(int(batch), width, blocks) if kind == "train" else evaluation(int(batch))
    work = known[key]
    start = time.perf_counter()
    for _ in range(int(rounds)):
        work()
    print((time.perf_counter() - start) * 1e3 / int(rounds), flush=True)
