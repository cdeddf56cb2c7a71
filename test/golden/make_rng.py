"""Writes rng.json: what PyTorch's CPU generator gives after a seed. usage: python3 make_rng.py   (see README.md)

Each entry is a seed and the calls that follow it, in this order. A line `name: values` per call.
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader

torch.set_num_threads(1)


def layers():
    conv, linear = nn.Conv2d(1, 16, 5), nn.Linear(7, 3)
    return {"conv.weight": conv.weight, "conv.bias": conv.bias, "linear.weight": linear.weight, "linear.bias": linear.bias}


SEQUENCES = {
    "rand": (1, lambda: {"rand(20)": torch.rand(20)}),
    "mixed": (7, lambda: {
        "randn(5)": torch.randn(5),
        "randn(40)": torch.randn(40),
        "randint(0, 1000, 20)": torch.randint(0, 1000, (20,)),
        "randperm(20)": torch.randperm(20),
    }),
    "layers": (1, layers),
    "loader": (1, lambda: {
        "rand(1)": torch.rand(1),
        "shuffled, first epoch": next(iter(DataLoader(range(20), batch_size=20, shuffle=True))),
        "in order": next(iter(DataLoader(range(20), batch_size=20))),
        "shuffled, second epoch": next(iter(DataLoader(range(20), batch_size=20, shuffle=True))),
    }),
}


def values(tensor):
    tensor = tensor.detach().flatten()
    return [float(str(np.float32(v))) for v in tensor] if tensor.is_floating_point() else tensor.tolist()


def main():
    result = {"torch": torch.__version__}
    for name, (seed, calls) in SEQUENCES.items():
        torch.manual_seed(seed)
        result[name] = {"seed": seed, "calls": {call: values(tensor) for call, tensor in calls().items()}}
    path = Path(__file__).with_name("rng.json")
    text = json.dumps(result, separators=(",", ":")).replace('},"', '},\n"').replace('],"', '],\n"')
    path.write_text(text + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
