"""Runs programs by PyTorch, in float64: one line of JSON in, one line of JSON out. Started by torch.ts.

A value is a value here, as in the library: what PyTorch returns as a view of another tensor is cloned.
"""
import base64
import json
import math
import re
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

DTYPES = {"float32": torch.float64, "float64": torch.float64, "int32": torch.int32, "bool": torch.bool}


def snake(options):
    return {re.sub("[A-Z]", lambda m: "_" + m[0].lower(), key): value for key, value in options.items()}


def in_dims(f, x, dim=None, keepdim=False, **rest):
    """f along one dim: several are laid behind one another first."""
    if isinstance(dim, list):
        dims = sorted(d % max(x.dim(), 1) for d in dim) if dim else list(range(x.dim()))
        kept = [d for d in range(x.dim()) if d not in dims]
        shape = [1 if d in dims else x.shape[d] for d in range(x.dim())] if keepdim else [x.shape[d] for d in kept]
        length = math.prod(x.shape[d] for d in dims)
        line = x.permute([*kept, *dims]).reshape([*(x.shape[d] for d in kept), length])
        result = f(line, -1, **rest)
        return tuple(r.reshape(shape) for r in result) if isinstance(result, tuple) else result.reshape(shape)
    return f(x, dim, keepdim=keepdim, **rest)


def extremum(f):
    def run(x, options=None):
        return f(x) if options is None or "dim" not in options else in_dims(f, x, **options)
    return run


def place(f):
    def run(x, options):
        options = dict(options)
        if "dim" in options:
            return in_dims(f, x, **options)
        keepdim = options.get("keepdim", False)
        return f(x).reshape([1] * x.dim()) if keepdim else f(x)
    return run


def reduce(f):
    def run(x, options):
        options = dict(options)
        dim = options.pop("dim", None)
        if isinstance(dim, list) and not dim:
            dim = None
        if dim is None and f in (torch.sum, torch.mean) and "keepdim" in options:
            dim = list(range(x.dim()))
        return f(x) if dim is None and not options else f(x, dim, **options)
    return run


def batch_norm(x, mean, variance, options):
    return F.batch_norm(x, mean, variance, **snake(options))


def loss(f):
    return lambda x, target, options: f(x, target.long(), **snake(options))


def binary(f):
    return lambda x, y: f(x, y if isinstance(y, torch.Tensor) else torch.tensor(y, dtype=scalar_dtype(x, y)))


def scalar_dtype(x, y):
    return x.dtype if x.is_floating_point() else torch.int32 if float(y).is_integer() else torch.float64


UNARY = "neg abs relu exp sqrt log sigmoid tanh clone t relu_ zero_".split()
SHAPING = "reshape view flatten transpose permute squeeze unsqueeze expand select".split()
METHODS = {
    **{name: (lambda name: lambda x: getattr(x, name)())(name) for name in UNARY},
    **{name: (lambda name: lambda x, *args: getattr(x, name)(*args).clone())(name) for name in SHAPING},
    **{name: binary(getattr(torch, name)) for name in "add sub mul div pow eq ne lt le gt ge".split()},
    **{name: (lambda name: binary(lambda x, y: getattr(x, name)(y)))(name) for name in "add_ sub_ mul_ div_ copy_".split()},
    "view": lambda x, shape: x.reshape(shape).clone(),
    "t": lambda x: x.t().clone(),
    "detach": lambda x: x.detach().clone(),
    "fill_": lambda x, value: x.fill_(value),
    "clamp": lambda x, bounds: x.clamp(**bounds),
    "clamp_": lambda x, bounds: x.clamp_(**bounds),
    "to": lambda x, dtype: x.to(DTYPES[dtype]),
    "slice": lambda x, dim, start, end, step: torch.ops.aten.slice(x, dim, start, end, step).clone(),
    "sum": reduce(torch.sum), "mean": reduce(torch.mean), "var": reduce(torch.var), "std": reduce(torch.std),
    "max": extremum(torch.max), "min": extremum(torch.min),
    "argmax": place(torch.argmax), "argmin": place(torch.argmin),
    "matmul": torch.matmul,
}
FUNCTIONS = {
    "softmax": F.softmax, "logSoftmax": F.log_softmax, "linear": F.linear,
    "conv2d": lambda x, w, b, options: F.conv2d(x, w, b, **snake(options)),
    "maxPool2d": lambda x, kernel, options: F.max_pool2d(x, kernel, **snake(options)),
    "avgPool2d": lambda x, kernel, options: F.avg_pool2d(x, kernel, **snake(options)),
    "batchNorm": batch_norm, "nllLoss": loss(F.nll_loss), "crossEntropy": loss(F.cross_entropy),
    "dropout": lambda x, options: F.dropout(x, **options),
    "cat": torch.cat, "stack": torch.stack, "where": torch.where,
}


def with_values(arg, values):
    if isinstance(arg, dict):
        return values[arg["line"]] if "line" in arg else {k: with_values(v, values) for k, v in arg.items()}
    return [with_values(item, values) for item in arg] if isinstance(arg, list) else arg


def decode(text):
    return np.frombuffer(base64.b64decode(text), dtype=np.float64).copy()


def encode(x):
    if x is None:
        return None
    dtype = "float32" if x.is_floating_point() else "bool" if x.dtype == torch.bool else "int32"
    values = np.ascontiguousarray(x.detach().double().numpy())
    return {"shape": list(x.shape), "dtype": dtype, "values": base64.b64encode(values.tobytes()).decode()}


def leaf(line):
    x = torch.tensor(decode(line["values"])).reshape(line["shape"]).to(DTYPES[line["dtype"]])
    return x.requires_grad_(line["requiresGrad"])


def run(program):
    values = []
    for line in program["lines"]:
        if "shape" in line:
            values.append(leaf(line))
            continue
        call = (METHODS if line["on"] == "method" else FUNCTIONS)[line["name"]]
        result = call(*with_values(line["args"], values))
        values.append(result[0 if line["take"] == "values" else 1] if "take" in line else result)
    if program["root"] is not None and values[program["root"]].requires_grad:
        root = values[program["root"]]
        given = program["cotangent"]
        cotangent = torch.ones_like(root) if given is None else torch.tensor(decode(given)).reshape(root.shape)
        if program.get("twice"):
            root.backward(cotangent, retain_graph=True)
        root.backward(cotangent)
    gradients = [x.grad if "shape" in line and x.requires_grad else None for x, line in zip(values, program["lines"])]
    return {
        "results": [encode(values[i]) for i in program["results"]],
        "gradients": [encode(g) for g in gradients],
        "error": None,
    }


print(torch.__version__, flush=True)
for request in sys.stdin:
    try:
        answer = run(json.loads(request))
    except (RuntimeError, IndexError, ValueError, TypeError) as error:
        answer = {"results": [], "gradients": [], "error": str(error)}
    print(json.dumps(answer), flush=True)
