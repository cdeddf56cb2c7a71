"""Writes ops.json: PyTorch's forward and gradients for every row of op_cases.py.

The inputs are float32 numbers. The truth is what PyTorch computes from them in float64; its float32 run serves
to say how far PyTorch itself is from that truth. usage: python3 make_ops.py   (see README.md)
"""
import json
import re
import zlib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from op_cases import CASES

torch.set_num_threads(1)


def snake(options):
    return {re.sub("[A-Z]", lambda m: "_" + m[0].lower(), key): value for key, value in options.items()}


def binary(f):
    return lambda t, other=None: f(t[0], t[1] if other is None else other)


def reduce(f):
    return lambda t, dim=None, **o: f(t[0], **o) if dim is None else f(t[0], dim, **o)


def deviation(f):
    return lambda t, dim=None, correction=1, keepdim=False: f(t[0], dim, correction=correction, keepdim=keepdim)


def batch_norm(t, **options):
    # The running statistics change in place: they are outputs too.
    x, mean, variance, weight, bias = t
    y = F.batch_norm(x, mean, variance, weight, bias, **options)
    return y if mean is None else (y, mean, variance)


def loss(f):
    return lambda t, **o: f(t[0], t[1], weight=t[2], **o)


def creation(f):
    return lambda t, **o: f(*o.values(), dtype=torch.get_default_dtype())


# op name -> call with (tensors, **options in snake case); a tuple is several outputs, the first has the gradient
OPS = {
    "add": binary(torch.add), "sub": binary(torch.sub), "mul": binary(torch.mul), "div": binary(torch.div),
    "pow": lambda t, exponent=None: torch.pow(t[0], t[1] if exponent is None else exponent),
    "eq": binary(torch.eq), "ne": binary(torch.ne), "lt": binary(torch.lt),
    "le": binary(torch.le), "gt": binary(torch.gt), "ge": binary(torch.ge),
    **{name: (lambda f: lambda t: f(t[0]))(getattr(torch, name))
       for name in ("exp", "log", "sqrt", "neg", "abs", "relu", "sigmoid", "tanh", "clone", "detach")},
    "clamp": lambda t, **o: torch.clamp(t[0], **o),
    "sum": reduce(torch.sum), "mean": reduce(torch.mean), "var": deviation(torch.var), "std": deviation(torch.std),
    "max": reduce(torch.max), "min": reduce(torch.min), "argmax": reduce(torch.argmax),
    "matmul": lambda t: torch.matmul(*t),
    "reshape": lambda t, shape: t[0].reshape(shape), "view": lambda t, shape: t[0].view(shape),
    "flatten": lambda t, **o: torch.flatten(t[0], **o), "transpose": lambda t, **o: torch.transpose(t[0], **o),
    "permute": lambda t, dims: t[0].permute(dims), "squeeze": lambda t, **o: torch.squeeze(t[0], **o),
    "unsqueeze": lambda t, dim: torch.unsqueeze(t[0], dim),
    "slice": lambda t, dim, start, end=None, step=1: torch.ops.aten.slice(t[0], dim, start, end, step),
    "cat": lambda t, dim: torch.cat(t, dim), "stack": lambda t, dim: torch.stack(t, dim),
    "where": lambda t: torch.where(*t),
    "conv2d": lambda t, **o: F.conv2d(*t, **o), "linear": lambda t: F.linear(*t),
    "maxPool2d": lambda t, **o: F.max_pool2d(t[0], **o), "avgPool2d": lambda t, **o: F.avg_pool2d(t[0], **o),
    "batchNorm": batch_norm,
    "dropout": lambda t, **o: F.dropout(t[0], **o), "dropout2d": lambda t, **o: F.dropout2d(t[0], **o),
    "logSoftmax": lambda t, dim: F.log_softmax(t[0], dim), "softmax": lambda t, dim: F.softmax(t[0], dim),
    "nllLoss": loss(F.nll_loss), "crossEntropy": loss(F.cross_entropy),
    "arange": creation(torch.arange), "linspace": creation(torch.linspace), "eye": creation(torch.eye),
}


def run(op, specs, arrays, options, leading, dtype, cotangent=None):
    """([outputs], [gradient or None for each input], differentiable) with every float in `dtype`."""
    torch.set_default_dtype(dtype)
    leaves = []
    for spec, array in zip(specs, arrays):
        if spec is None:
            leaves.append(None)
        elif spec.dtype == "float32":
            leaves.append(torch.tensor(array, dtype=dtype, requires_grad=spec.grad))
        else:
            leaves.append(torch.tensor(array, dtype=getattr(torch, spec.dtype)))
    tensors = [leaves[0].transpose(*leading), *leaves[1:]] if leading else leaves
    outputs = OPS[op](tensors, **snake(options))
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    grads = [None] * len(leaves)
    if cotangent is not None:
        outputs[0].backward(torch.tensor(cotangent, dtype=dtype))
        grads = [leaf.grad if leaf is not None and leaf.requires_grad else None for leaf in leaves]
    return [o.detach() for o in outputs], grads, outputs[0].requires_grad


def relative_error(actual, truth):
    """Largest absolute error over the finite values, relative to the largest of them (see README.md)."""
    actual, truth = actual.double().numpy().ravel(), truth.double().numpy().ravel()
    finite = np.isfinite(truth)
    if not np.array_equal(actual[~finite], truth[~finite], equal_nan=True) or not np.isfinite(actual[finite]).all():
        raise ValueError("float32 and float64 differ in what is finite")
    if not finite.any():
        return 0.0
    largest = np.abs(truth[finite]).max()
    return float(f"{np.abs(actual[finite] - truth[finite]).max() / (largest or 1.0):.3g}")


def number(value, text):
    value = float(value)
    if not np.isfinite(value):
        return {np.inf: "Infinity", -np.inf: "-Infinity"}.get(value, "NaN")
    return int(value) if value == int(value) and abs(value) < 1e15 else float(text(value))


def exact(array):
    """Shortest decimals that a float32 reader turns back into the same bits."""
    return [number(v, lambda value: str(np.float32(value))) for v in np.ravel(array)]


def truth_digits(tensor):
    return [number(v, lambda value: f"{value:.11g}") for v in tensor.double().numpy().ravel()]


def make_row(op, title, specs, options, leading=None):
    rng = np.random.RandomState(zlib.crc32(f"{op}: {title} {json.dumps(options)}".encode()))
    arrays = [None if s is None else s.draw(rng).astype(np.float32 if s.dtype == "float32" else s.dtype) for s in specs]
    (first, *_), _, differentiable = run(op, specs, arrays, options, leading, torch.float64)
    cotangent = np.round(rng.standard_normal(first.shape), 4).astype(np.float32) if differentiable else None
    outputs, grads, _ = run(op, specs, arrays, options, leading, torch.float64, cotangent)
    own, own_grads, _ = run(op, specs, arrays, options, leading, torch.float32, cotangent)

    def dtype_of(t):
        # Classes and indices are int64 in PyTorch and int32 here.
        return "float32" if t.is_floating_point() else "bool" if t.dtype == torch.bool else "int32"

    row = {"name": title, "op": op}
    if leading:
        row["transposeFirst"] = leading
    row["inputs"] = [
        None if s is None else {"shape": list(a.shape), "dtype": "int32" if s.dtype == "int64" else s.dtype,
                                "data": exact(a), "requiresGrad": s.grad and s.dtype == "float32"}
        for s, a in zip(specs, arrays)
    ]
    row["args"] = options
    row["outputs"] = [{"shape": list(o.shape), "dtype": dtype_of(o), "data": truth_digits(o)} for o in outputs]
    row["cotangent"] = None if cotangent is None else exact(cotangent)
    row["grads"] = [None if g is None else truth_digits(g) for g in grads]
    row["torchError"] = {
        "outputs": [relative_error(a, t) for a, t in zip(own, outputs)],
        "grads": [None if t is None else relative_error(a, t) for a, t in zip(own_grads, grads)],
    }
    return row


def main():
    rows = []
    for op, cases in CASES.items():
        for case in cases:
            try:
                rows.append(make_row(op, *case))
            except Exception as error:
                raise RuntimeError(f"{op}: {case[0]}") from error
    lines = ",\n".join(json.dumps(row, separators=(",", ":"), allow_nan=False) for row in rows)
    path = Path(__file__).with_name("ops.json")
    path.write_text(f'{{"torch":"{torch.__version__}","rows":[\n{lines}\n]}}\n')
    print(f"{path.name}: {len(rows)} rows of {len(CASES)} ops, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
