"""The table of cases: for every op a list of (title, inputs, options[, leading transpose]).

Options carry the names of the TypeScript API. An input is a recipe, not data: its numbers are drawn from a
generator seeded by the row's name, so adding a row changes no other.
"""
from dataclasses import dataclass, replace
from typing import Callable

import numpy as np

INF, NAN = float("inf"), float("nan")


@dataclass(frozen=True)
class Input:
    draw: Callable[[np.random.RandomState], np.ndarray]
    dtype: str = "float32"
    grad: bool = True

    def fixed(self):
        """The same input without a gradient."""
        return replace(self, grad=False)


def normal(*shape, scale=1.0, shift=0.0):
    # Four decimals keep the file small; what matters is that float32 has to round the products.
    return Input(lambda rng: np.round(rng.standard_normal(shape) * scale + shift, 4))


def uniform(low, high, *shape):
    return Input(lambda rng: np.round(rng.uniform(low, high, shape), 4))


def ties(low, high, *shape):
    """Whole numbers in [low, high), few enough that equal ones meet."""
    return Input(lambda rng: rng.randint(low, high, shape).astype(float))


def given(values):
    return Input(lambda rng: np.array(values, dtype=float))


def whole(values):
    return Input(lambda rng: np.array(values), "int32", False)


def labels(classes, *shape):
    return Input(lambda rng: rng.randint(0, classes, shape), "int64", False)


def classes(values):
    return Input(lambda rng: np.array(values), "int64", False)


def flags(*shape):
    return Input(lambda rng: rng.randint(0, 2, shape).astype(bool), "bool", False)


def away_from_zero(*shape):
    return Input(lambda rng: np.round(rng.choice([-1, 1], shape) * rng.uniform(0.5, 2, shape), 4))


def binary(second):
    """Broadcasting shapes that every arithmetic op goes through; `second` draws the right operand."""
    return [
        ("same shape", [normal(3, 5), second(3, 5)], {}),
        ("row [3,5] with [5]", [normal(3, 5), second(5)], {}),
        ("column [3,5] with [3,1]", [normal(3, 5), second(3, 1)], {}),
        ("outer [4,1] with [1,3]", [normal(4, 1), second(1, 3)], {}),
        ("left is smaller: [3] with [2,4,3]", [normal(3), second(2, 4, 3)], {}),
        ("channels [2,3,4,2] with [3,1,1]", [normal(2, 3, 4, 2), second(3, 1, 1)], {}),
        ("zero-dimensional with [2,3]", [normal(), second(2, 3)], {}),
        ("both zero-dimensional", [normal(), second()], {}),
        ("a number", [normal(7)], {"other": 2.5}),
        ("empty [0,3] with [3]", [normal(0, 3), second(3)], {}),
        ("left needs no gradient", [normal(2, 3).fixed(), second(3)], {}),
        ("left is transposed", [normal(5, 3), second(3, 5)], {}, [0, 1]),
    ]


def comparison():
    return [
        ("same shape with ties", [ties(0, 3, 3, 4), ties(0, 3, 3, 4)], {}),
        ("row [2,5] with [5]", [ties(0, 3, 2, 5), ties(0, 3, 5)], {}),
        ("outer [4,1] with [1,3]", [ties(0, 3, 4, 1), ties(0, 3, 1, 3)], {}),
        ("a number", [ties(-2, 3, 9)], {"other": 0}),
        ("NaN and infinities", [given([NAN, NAN, INF, -INF, INF, 1, 0.0]), given([NAN, 1, INF, -INF, -INF, NAN, -0.0])], {}),
        ("int32", [whole([[1, 2], [3, -4]]), whole([1, 3])], {}),
    ]


def unary(special, wide=None):
    """`special` holds the points where the op is peculiar; `wide` draws ordinary values."""
    draw = wide or normal
    return [
        ("vector of 7", [draw(7)], {}),
        ("matrix 5x9", [draw(5, 9)], {}),
        ("four dims 2x3x3x5", [draw(2, 3, 3, 5)], {}),
        ("zero-dimensional", [draw()], {}),
        ("empty [2,0]", [draw(2, 0)], {}),
        ("transposed 4x3", [draw(4, 3)], {}, [0, 1]),
        ("special values", [given(special)], {}),
    ]


def reduction():
    return [
        ("everything", [normal(3, 4, 5)], {}),
        ("dim 0", [normal(3, 4, 5)], {"dim": 0}),
        ("dim 1 keepdim", [normal(3, 4, 5)], {"dim": 1, "keepdim": True}),
        ("dim -1", [normal(3, 4, 5)], {"dim": -1}),
        ("dims 0 and 2", [normal(3, 4, 5)], {"dim": [0, 2]}),
        ("dims -1 and 0 keepdim", [normal(3, 4, 5)], {"dim": [-1, 0], "keepdim": True}),
        ("channels: dims 0, 2, 3", [normal(2, 5, 3, 3)], {"dim": [0, 2, 3]}),
        ("long row of 1031", [normal(1031, shift=1.0)], {}),
        ("transposed, dim 1", [normal(4, 5)], {"dim": 1}, [0, 1]),
        ("one element", [normal(1, 1)], {"dim": [0, 1]}),
        ("large mean", [normal(4, 9, shift=1000.0)], {"dim": 1}),
        ("with NaN and infinity", [given([[1, NAN, 2], [INF, 1, 0], [3, 2, 1]])], {"dim": 1}),
    ]


def extremum():
    return [
        ("everything", [normal(3, 4)], {}),
        ("everything, ties share evenly", [ties(0, 3, 3, 5)], {}),
        ("everything, all equal", [given([[2, 2], [2, 2]])], {}),
        ("everything, with NaN", [given([1, NAN, 3])], {}),
        ("zero-dimensional", [normal()], {}),
        ("dim 0", [normal(3, 4, 2)], {"dim": 0}),
        ("dim -1 keepdim", [normal(3, 4, 5)], {"dim": -1, "keepdim": True}),
        ("dim 1 with ties", [ties(0, 3, 4, 6)], {"dim": 1}),
        ("dim 0 with ties keepdim", [ties(0, 2, 5, 4)], {"dim": 0, "keepdim": True}),
        ("dim 1 with NaN and infinities", [given([[1, NAN, 3, NAN], [INF, 1, INF, 0], [-INF, -INF, -INF, -INF]])], {"dim": 1}),
        ("transposed, dim 0", [normal(4, 5)], {"dim": 0}, [0, 1]),
    ]


def images_with_nan():
    values = np.arange(36, dtype=float).reshape(1, 1, 6, 6) % 7
    values[0, 0, 1, 2] = NAN
    values[0, 0, 4, 4] = -INF
    return given(values)


def conv(x, weight, bias=True):
    return [normal(*x), normal(*weight, scale=0.5), normal(weight[0]) if bias else None]


CONV2D = [
    ("3x3 no padding", conv((2, 3, 7, 6), (4, 3, 3, 3)), {}),
    ("no bias", conv((2, 3, 5, 5), (4, 3, 3, 3), False), {}),
    ("1x1", conv((2, 5, 3, 4), (7, 5, 1, 1)), {}),
    ("1x1 stride 2", conv((1, 3, 5, 6), (4, 3, 1, 1)), {"stride": 2}),
    ("3x3 padding 1", conv((1, 4, 5, 7), (4, 4, 3, 3)), {"padding": 1}),
    ("padding [1,2]", conv((1, 2, 5, 4), (3, 2, 3, 3)), {"padding": [1, 2]}),
    ("padding wider than the kernel", conv((1, 1, 3, 3), (2, 1, 2, 2)), {"padding": [3, 2]}),
    ("stride 2", conv((2, 2, 7, 7), (3, 2, 3, 3)), {"stride": 2}),
    ("stride leaves a rest unread", conv((1, 2, 8, 9), (3, 2, 3, 3)), {"stride": [3, 2]}),
    ("stride [2,1] padding [0,1]", conv((1, 3, 6, 5), (2, 3, 2, 3)), {"stride": [2, 1], "padding": [0, 1]}),
    ("stride larger than the kernel", conv((1, 2, 9, 7), (2, 2, 2, 1)), {"stride": 3}),
    ("dilation 2", conv((1, 2, 8, 7), (3, 2, 3, 3)), {"dilation": 2}),
    ("dilation [2,1] stride [1,2] padding 2", conv((1, 2, 6, 7), (2, 2, 3, 3)), {"dilation": [2, 1], "stride": [1, 2], "padding": 2}),
    ("padding same, odd kernel", conv((1, 2, 4, 5), (3, 2, 3, 5)), {"padding": "same"}),
    ("padding same, even kernel", conv((2, 2, 5, 4), (3, 2, 2, 4)), {"padding": "same"}),
    ("padding same, dilated even kernel", conv((1, 2, 6, 6), (2, 2, 2, 3)), {"padding": "same", "dilation": [3, 2]}),
    ("padding same, grouped", conv((1, 4, 5, 5), (4, 2, 3, 2)), {"padding": "same", "groups": 2}),
    ("padding valid", conv((1, 2, 5, 6), (2, 2, 3, 2)), {"padding": "valid"}),
    ("groups 2", conv((2, 4, 5, 5), (6, 2, 3, 3)), {"groups": 2, "padding": 1}),
    ("groups 3 no bias stride 2", conv((1, 6, 6, 5), (3, 2, 3, 2), False), {"groups": 3, "stride": 2}),
    ("depthwise", conv((2, 5, 6, 5), (5, 1, 3, 3)), {"groups": 5, "padding": 1}),
    ("depthwise with multiplier 2, dilated", conv((1, 3, 7, 7), (6, 1, 3, 3)), {"groups": 3, "dilation": 2}),
    ("kernel as large as the image", conv((3, 2, 4, 3), (5, 2, 4, 3)), {}),
    ("kernel as large as the padded image", conv((1, 2, 2, 3), (2, 2, 4, 5)), {"padding": 1}),
    ("row kernel 1x5", conv((1, 2, 3, 8), (3, 2, 1, 5)), {}),
    ("column kernel 5x1", conv((1, 2, 8, 3), (3, 2, 5, 1)), {"padding": [2, 0]}),
    ("one pixel, one channel", conv((1, 1, 1, 1), (1, 1, 1, 1)), {}),
    ("first layer of the network 1->16 5x5", conv((2, 1, 9, 8), (16, 1, 5, 5)), {}),
    ("second layer 4->16 5x5", conv((1, 4, 8, 7), (16, 4, 5, 5)), {}),
    ("residual 16->16 3x3", conv((1, 16, 5, 6), (16, 16, 3, 3)), {"padding": 1}),
    ("channel tails 9->13", conv((1, 9, 5, 4), (13, 9, 3, 3)), {"padding": 1}),
    ("unbatched image", conv((3, 6, 5), (4, 3, 3, 3)), {}),
    ("empty batch", conv((0, 2, 5, 5), (3, 2, 3, 3)), {}),
    ("empty batch, padding same", conv((0, 2, 5, 5), (3, 2, 2, 3)), {"padding": "same"}),
    ("empty batch, groups", conv((0, 4, 5, 5), (6, 2, 3, 3), False), {"groups": 2, "stride": 2}),
    ("input needs no gradient", [normal(2, 2, 5, 5).fixed(), normal(3, 2, 3, 3), normal(3)], {}),
    ("only the bias is trained", [normal(2, 2, 5, 5).fixed(), normal(3, 2, 3, 3).fixed(), normal(3)], {}),
    ("transposed image", conv((1, 2, 5, 7), (3, 2, 3, 3)), {}, [2, 3]),
]

MAX_POOL2D = [
    ("kernel 2", [normal(2, 3, 6, 4)], {"kernelSize": 2}),
    ("kernel 2, odd image", [normal(1, 2, 7, 5)], {"kernelSize": 2}),
    ("kernel 3 stride 1 overlaps", [normal(1, 2, 6, 5)], {"kernelSize": 3, "stride": 1}),
    ("kernel [3,2] stride [2,1] padding [1,0]", [normal(1, 2, 6, 5)], {"kernelSize": [3, 2], "stride": [2, 1], "padding": [1, 0]}),
    ("padding with negative images", [normal(1, 2, 5, 5, shift=-9.0)], {"kernelSize": 3, "stride": 2, "padding": 1}),
    ("dilation 2", [normal(1, 2, 7, 8)], {"kernelSize": 2, "dilation": 2}),
    ("dilation [2,1] padding 1 stride 1", [normal(1, 1, 6, 6)], {"kernelSize": 3, "dilation": [2, 1], "padding": 1, "stride": 1}),
    ("ceil mode", [normal(1, 2, 7, 6)], {"kernelSize": 3, "stride": 2, "ceilMode": True}),
    ("ceil mode drops a window wholly in the padding", [normal(1, 1, 5, 5)], {"kernelSize": 2, "stride": 3, "padding": 1, "ceilMode": True}),
    ("ceil mode with padding", [normal(1, 2, 6, 7)], {"kernelSize": [2, 3], "stride": 2, "padding": [1, 1], "ceilMode": True}),
    ("ties", [ties(0, 2, 2, 2, 6, 6)], {"kernelSize": 2}),
    ("ties with overlap", [ties(0, 2, 1, 2, 6, 5)], {"kernelSize": 3, "stride": 1, "padding": 1}),
    ("all equal", [given(np.ones((1, 1, 4, 4)))], {"kernelSize": 2}),
    ("NaN wins", [images_with_nan()], {"kernelSize": 2}),
    ("NaN wins in every window", [images_with_nan()], {"kernelSize": 3, "stride": 1}),
    ("all minus infinity", [given(np.full((1, 1, 4, 4), -INF))], {"kernelSize": 2, "padding": 1}),
    ("unbatched image", [normal(2, 5, 6)], {"kernelSize": 2}),
    ("stride larger than the kernel", [normal(1, 2, 8, 7)], {"kernelSize": 2, "stride": 3}),
    ("kernel 1", [normal(1, 2, 3, 3)], {"kernelSize": 1}),
    ("transposed image", [normal(1, 2, 6, 5)], {"kernelSize": 2}, [2, 3]),
    ("empty batch", [normal(0, 2, 4, 4)], {"kernelSize": 2}),
    ("dilation beyond the image, each window with a tap", [normal(1, 2, 3, 3)], {"kernelSize": 2, "dilation": 3, "padding": 1, "stride": 1}),
    ("equal infinities", [given(np.full((1, 1, 4, 4), INF))], {"kernelSize": 2}),
]

AVG_POOL2D = [
    ("kernel 2", [normal(2, 3, 6, 4)], {"kernelSize": 2}),
    ("kernel 3 stride 1", [normal(1, 2, 6, 5)], {"kernelSize": 3, "stride": 1}),
    ("kernel [2,3] stride [1,2] padding [1,0]", [normal(1, 2, 5, 7)], {"kernelSize": [2, 3], "stride": [1, 2], "padding": [1, 0]}),
    ("padding counted", [normal(1, 2, 5, 5)], {"kernelSize": 3, "stride": 2, "padding": 1}),
    ("padding not counted", [normal(1, 2, 5, 5)], {"kernelSize": 3, "stride": 2, "padding": 1, "countIncludePad": False}),
    ("ceil mode", [normal(1, 2, 6, 7)], {"kernelSize": 3, "stride": 2, "ceilMode": True}),
    ("ceil mode, padding counted", [normal(1, 2, 6, 6)], {"kernelSize": 3, "stride": 2, "padding": 1, "ceilMode": True}),
    ("ceil mode, padding not counted", [normal(1, 2, 6, 6)], {"kernelSize": 3, "stride": 2, "padding": 1, "ceilMode": True, "countIncludePad": False}),
    ("ceil mode drops a window wholly in the padding", [normal(1, 1, 5, 5)], {"kernelSize": 2, "stride": 3, "padding": 1, "ceilMode": True}),
    ("divisor override", [normal(1, 2, 6, 5)], {"kernelSize": 2, "divisorOverride": 3}),
    ("divisor override with padding", [normal(1, 2, 5, 5)], {"kernelSize": 3, "padding": 1, "divisorOverride": 5, "countIncludePad": False}),
    ("unbatched image", [normal(2, 5, 6)], {"kernelSize": 2}),
    ("whole image", [normal(2, 3, 4, 4)], {"kernelSize": 4}),
    ("with NaN", [images_with_nan()], {"kernelSize": 2}),
    ("empty batch", [normal(0, 2, 4, 4)], {"kernelSize": 2}),
    ("ceil mode, one pixel, padding not counted", [normal(1, 1, 1, 1)], {"kernelSize": 2, "padding": 1, "ceilMode": True, "countIncludePad": False}),
]


def batch(x, running=True, affine=True, shift=0.0, scale=1.0):
    c = x[1]
    return [
        normal(*x, scale=scale, shift=shift),
        normal(c).fixed() if running else None,
        uniform(0.5, 2, c).fixed() if running else None,
        normal(c) if affine else None,
        normal(c) if affine else None,
    ]


BATCH_NORM = [
    ("training, 4-D", batch((3, 4, 3, 2)), {"training": True}),
    ("training, 3-D", batch((3, 4, 5)), {"training": True}),
    ("training, 2-D", batch((7, 5)), {"training": True}),
    ("training, momentum 0.3", batch((4, 3, 2, 3)), {"training": True, "momentum": 0.3}),
    ("training, momentum 1", batch((4, 3, 2, 2)), {"training": True, "momentum": 1}),
    ("training, momentum 0", batch((4, 3, 2, 2)), {"training": True, "momentum": 0}),
    ("training, eps 0.1", batch((4, 3, 2, 2)), {"training": True, "eps": 0.1}),
    ("training, no affine", batch((3, 4, 2, 3), affine=False), {"training": True}),
    ("training, no running statistics", batch((3, 4, 2, 3), running=False), {"training": True}),
    ("training, neither", batch((3, 4, 2, 3), running=False, affine=False), {"training": True}),
    ("training, one image", batch((1, 3, 4, 5)), {"training": True}),
    ("training, one channel", batch((5, 1, 3, 3)), {"training": True}),
    ("training, mean far from zero", batch((6, 3, 3, 3), shift=50.0), {"training": True}),
    ("training, small variance", batch((6, 3, 3, 3), scale=0.01), {"training": True}),
    ("training, constant channel", [given(np.full((4, 2, 2, 2), 1.5)), given([0.0, 1.0]).fixed(), given([1.0, 2.0]).fixed(), normal(2), normal(2)], {"training": True}),
    ("training, 16 channels", batch((2, 16, 3, 3)), {"training": True}),
    ("training, 33 channels", batch((4, 33)), {"training": True}),
    ("training, weight alone", [normal(4, 3, 2, 2), None, None, normal(3), None], {"training": True}),
    ("evaluation, 4-D", batch((3, 4, 3, 2)), {"training": False}),
    ("evaluation, 3-D", batch((2, 4, 5)), {"training": False, "eps": 0.001}),
    ("evaluation, 2-D", batch((7, 5)), {"training": False, "momentum": 0.5}),
    ("evaluation, no affine", batch((3, 4, 2, 3), affine=False), {"training": False}),
    ("evaluation, one value per channel", batch((1, 6)), {}),
    *((f"{mode}, {title}", batch(shape), {"training": mode == "training"})
      for mode in ("training", "evaluation")
      for title, shape in [("empty batch", (0, 3, 2, 2)), ("empty images", (2, 3, 0, 2)), ("empty batch, 2-D", (0, 3)), ("empty batch, 3-D", (0, 3, 4)), ("empty rows, 3-D", (2, 3, 0))]),
    ("training, transposed image", batch((3, 4, 3, 2)), {"training": True}, [2, 3]),
]

LINEAR = [
    ("5x7 to 3", [normal(5, 7), normal(3, 7), normal(3)], {}),
    ("no bias", [normal(5, 7), normal(3, 7), None], {}),
    ("vector", [normal(6), normal(4, 6), normal(4)], {}),
    ("vector, no bias", [normal(6), normal(4, 6), None], {}),
    ("three dims", [normal(2, 3, 5), normal(4, 5), normal(4)], {}),
    ("four dims, no bias", [normal(2, 1, 3, 4), normal(2, 4), None], {}),
    ("one feature", [normal(4, 1), normal(1, 1), normal(1)], {}),
    ("67 to 10", [normal(3, 67), normal(10, 67, scale=0.2), normal(10)], {}),
    ("input needs no gradient", [normal(3, 4).fixed(), normal(2, 4), normal(2)], {}),
    ("empty batch", [normal(0, 4), normal(2, 4), normal(2)], {}),
    ("no feature", [normal(3, 0), normal(2, 0), normal(2)], {}),
    ("no result", [normal(3, 4), normal(0, 4), normal(0)], {}),
    ("vector without a feature", [normal(0), normal(2, 0), normal(2)], {}),
    ("empty rows", [normal(2, 0, 4), normal(3, 4), normal(3)], {}),
    ("transposed input", [normal(4, 5), normal(3, 4), normal(3)], {}, [0, 1]),
]

MATMUL = [
    ("vector by vector", [normal(9), normal(9)], {}),
    ("matrix by vector", [normal(4, 7), normal(7)], {}),
    ("vector by matrix", [normal(5), normal(5, 3)], {}),
    ("matrix by matrix", [normal(5, 7), normal(7, 3)], {}),
    ("17x19 by 19x13", [normal(17, 19), normal(19, 13)], {}),
    ("inner size 1", [normal(4, 1), normal(1, 5)], {}),
    ("inner size 0", [normal(3, 0), normal(0, 2)], {}),
    ("no row", [normal(0, 3), normal(3, 2)], {}),
    ("no column", [normal(3, 2), normal(2, 0)], {}),
    ("empty vectors", [normal(0), normal(0)], {}),
    ("empty vector by matrix", [normal(0), normal(0, 3)], {}),
    ("empty batch by matrix", [normal(0, 2, 3), normal(3, 4)], {}),
    ("empty batch by a batch of 1", [normal(0, 2, 3), normal(1, 3, 4)], {}),
    ("batch of inner size 0", [normal(2, 3, 0), normal(2, 0, 4)], {}),
    ("batch by matrix", [normal(2, 3, 4), normal(4, 5)], {}),
    ("matrix by batch", [normal(3, 4), normal(2, 4, 2)], {}),
    ("batch by batch", [normal(3, 2, 4), normal(3, 4, 3)], {}),
    ("batch by vector", [normal(2, 3, 4), normal(4)], {}),
    ("vector by batch", [normal(4), normal(2, 4, 3)], {}),
    ("batch 1 broadcasts", [normal(1, 2, 3), normal(4, 3, 2)], {}),
    ("4-D with broadcast", [normal(2, 1, 3, 4), normal(3, 4, 2)], {}),
    ("4-D both sides broadcast", [normal(2, 1, 2, 3), normal(1, 3, 3, 2)], {}),
    ("left transposed", [normal(5, 3), normal(5, 4)], {}, [0, 1]),
]

SOFTMAX = [
    ("dim 1 of 4x10", [normal(4, 10, scale=3.0)], {"dim": 1}),
    ("dim 0", [normal(5, 3)], {"dim": 0}),
    ("dim -1 of three", [normal(2, 3, 7)], {"dim": -1}),
    ("dim 1 of four", [normal(2, 5, 2, 3)], {"dim": 1}),
    ("vector", [normal(11)], {"dim": 0}),
    ("one class", [normal(4, 1)], {"dim": 1}),
    ("no row", [normal(0, 3)], {"dim": 1}),
    ("no class", [normal(3, 0)], {"dim": 1}),
    ("an empty dim 0", [normal(0, 3)], {"dim": 0}),
    ("zero-dimensional", [normal()], {"dim": 0}),
    ("large values", [normal(3, 6, scale=100.0, shift=1000.0)], {"dim": 1}),
    ("some minus infinity", [given([[1, -INF, 2, 0.5], [-INF, -INF, 3, -INF]])], {"dim": 1}),
    ("all minus infinity", [given([[-INF, -INF, -INF], [1, 2, 3]])], {"dim": 1}),
    ("plus infinity", [given([[INF, 1, 2], [1, 2, 4]])], {"dim": 1}),
    ("NaN", [given([[NAN, 1, 2], [1, 2, 4]])], {"dim": 1}),
    ("transposed, dim 1", [normal(6, 4)], {"dim": 1}, [0, 1]),
]


def losses(ignored_class):
    """[N, C] scores, targets, and class weights for the two losses; `ignored_class` is one of the classes."""
    n, c = 6, 5
    few = classes([1, -100, 3, 0, -100, 1])
    return [
        ("mean is the default", [normal(n, c), labels(c, n), None], {}),
        ("sum", [normal(n, c), labels(c, n), None], {"reduction": "sum"}),
        ("none", [normal(n, c), labels(c, n), None], {"reduction": "none"}),
        ("mean with weights", [normal(n, c), labels(c, n), uniform(0.2, 2, c).fixed()], {"reduction": "mean"}),
        ("sum with weights", [normal(n, c), labels(c, n), uniform(0.2, 2, c).fixed()], {"reduction": "sum"}),
        ("none with weights", [normal(n, c), labels(c, n), uniform(0.2, 2, c).fixed()], {"reduction": "none"}),
        ("mean, default ignored target", [normal(n, c), few, None], {}),
        ("none, default ignored target", [normal(n, c), few, None], {"reduction": "none"}),
        ("mean, ignored class with weights", [normal(n, c), classes([ignored_class, 0, 4, ignored_class, 2, 1]), uniform(0.2, 2, c).fixed()], {"ignoreIndex": ignored_class}),
        ("sum, ignored class with weights", [normal(n, c), classes([ignored_class, 0, 4, ignored_class, 2, 1]), uniform(0.2, 2, c).fixed()], {"ignoreIndex": ignored_class, "reduction": "sum"}),
        ("mean, every target ignored", [normal(2, 3), classes([-100, -100]), None], {}),
        ("sum, every target ignored", [normal(2, 3), classes([-100, -100]), None], {"reduction": "sum"}),
        ("[N,C,d1,d2] mean", [normal(2, 4, 2, 3), labels(4, 2, 2, 3), None], {}),
        ("[N,C,d1,d2] mean with weights and ignored class", [normal(2, 4, 3, 2), labels(4, 2, 3, 2), uniform(0.2, 2, 4).fixed()], {"ignoreIndex": 2}),
        ("[N,C,d1,d2] none", [normal(2, 3, 2, 2), labels(3, 2, 2, 2), None], {"reduction": "none"}),
        ("[N,C,d1] sum", [normal(2, 3, 4), labels(3, 2, 4), None], {"reduction": "sum"}),
        ("one sample [C]", [normal(4), classes(2), None], {}),
        *((f"empty batch {reduction}", [normal(0, 3), classes([]), None], {"reduction": reduction}) for reduction in ("mean", "sum", "none")),
        *((f"empty batch of images {reduction}", [normal(0, 3, 2, 2), labels(3, 0, 2, 2), None], {"reduction": reduction}) for reduction in ("mean", "sum", "none")),
        *((f"no target in two samples {reduction}", [normal(2, 3, 0), labels(3, 2, 0), None], {"reduction": reduction}) for reduction in ("mean", "sum", "none")),
        ("empty batch with weights", [normal(0, 3), classes([]), uniform(0.2, 2, 3).fixed()], {}),
        ("batch of 64, 10 classes", [normal(64, 10, scale=2.0), labels(10, 64), None], {}),
    ]


DROPOUT = [
    ("evaluation is the identity", [normal(2, 3, 2, 2)], {"p": 0.5, "training": False}),
    ("p 0 is the identity", [normal(2, 3, 2, 2)], {"p": 0, "training": True}),
    ("p 1 gives zeros", [normal(2, 3, 2, 2)], {"p": 1, "training": True}),
    ("evaluation with p 1", [normal(2, 3, 2, 2)], {"p": 1, "training": False}),
    ("evaluation with the default p", [normal(1, 4, 3, 2)], {"training": False}),
]

LEAST, MOST = -(2**31), 2**31 - 1

CASES = {
    "add": binary(normal) + [("int32 wraps", [whole([MOST, LEAST, 5]), whole([1, -1, MOST])], {}), ("int32 and bool", [whole([MOST, 3]), flags(2)], {})],
    "sub": binary(normal) + [("int32 wraps", [whole([LEAST, 0, -2]), whole([1, LEAST, MOST])], {})],
    "mul": binary(normal) + [
        ("int32 wraps", [whole([123456789, LEAST, MOST, LEAST]), whole([987654321, -1, MOST, LEAST])], {}),
        ("int32 by a number wraps", [whole([123456789, -3])], {"other": 987654321}),
        ("0 times infinity", [given([0, INF, NAN, 2]), given([INF, 2, 0, -1])], {})],
    "div": binary(away_from_zero) + [("by zero", [given([1, -1, 0, 5]), given([0, 0, 0, INF])], {})],
    "pow": [
        ("int32 wraps", [whole([7, 3, -2, LEAST, 0, 2, -1, MOST])], {"exponent": 21}),
        ("int32 to int32", [whole([7, 2, -2, 0, 5, LEAST]), whole([21, 31, 32, 0, MOST, 1])], {}),
        ("int32 to negative int32", [whole([1, -1, 2, 0, -1, -2]), whole([-1, -1, -1, 1, -2, -3])], {}),
        ("exponent 2", [normal(7)], {"exponent": 2}),
        ("exponent 3", [normal(2, 5)], {"exponent": 3}),
        ("exponent 0.5", [uniform(0.1, 3, 6)], {"exponent": 0.5}),
        ("exponent -1", [away_from_zero(6)], {"exponent": -1}),
        ("exponent -2.5", [uniform(0.5, 3, 6)], {"exponent": -2.5}),
        ("exponent 0", [given([0, 1, -2, INF])], {"exponent": 0}),
        ("exponent 1", [normal(5)], {"exponent": 1}),
        ("exponent 2 at special values", [given([0, -3, INF, NAN])], {"exponent": 2}),
        ("fractional exponent of a negative number", [given([-1.5, 2, 0])], {"exponent": 1.5}),
        ("tensors", [uniform(0.3, 2, 3, 4), normal(3, 4)], {}),
        ("tensors, broadcast", [uniform(0.3, 2, 3, 1), normal(4)], {}),
        ("tensors, base 0", [given([0, 0, 0, 0]), given([0, 1, 2, 0.5])], {}),
        ("tensors, negative base and whole exponents", [given([-2, -1.5, -3, -1]), given([2, 3, 0, -1])], {}),
        ("exponent tensor needs no gradient", [normal(4), given([1, 2, 3, 0]).fixed()], {}),
        ("tensors, base 0 and exponents below it", [given([0, 0, 0]), given([-1, -0.5, -2])], {}),
        ("tensors, base 0 and exponents that are no number", [given([0, 0, 0]), given([INF, -INF, NAN])], {}),
        ("tensors, special bases", [given([INF, -INF, NAN, 1, -1]), given([2, 3, 2, INF, 2])], {}),
    ],
    "eq": comparison(), "ne": comparison(), "lt": comparison(),
    "le": comparison(), "gt": comparison(), "ge": comparison(),
    "exp": unary([0, 1, -1, -100, -INF, INF, NAN]) + [("large", [given([60, 88, -3])], {})],
    "log": unary([1, 2.7182817, 0, -1, INF, NAN], lambda *s: uniform(0.1, 5, *s)) + [("near zero", [given([1e-30, 3e-31, 1e-20])], {})],
    "sqrt": unary([0, 1, 4, -1, INF, NAN], lambda *s: uniform(0.1, 5, *s)) + [("near zero", [given([1e-10, 2e-20, 3e-30])], {})],
    "neg": unary([0, 1, INF, -INF, NAN]) + [("int32 wraps", [whole([LEAST, MOST, 0])], {})],
    "abs": unary([0, -0.0, 1, -1, INF, -INF, NAN]) + [("int32 wraps", [whole([LEAST, MOST, -1])], {})],
    "relu": unary([0, -0.0, 1, -1, INF, -INF, NAN]),
    "sigmoid": unary([0, 20, -20, 80, -80, INF, -INF, NAN], lambda *s: normal(*s, scale=3.0)),
    "tanh": unary([0, 1e-4, 5, -5, 20, INF, -INF, NAN], lambda *s: normal(*s, scale=2.0)),
    "clone": unary([0, INF, NAN]),
    "detach": unary([0, INF, NAN]),
    "clamp": [
        ("both sides", [normal(3, 7)], {"min": -0.5, "max": 0.7}),
        ("min only", [normal(9)], {"min": 0.1}),
        ("max only", [normal(2, 5)], {"max": -0.1}),
        ("values on the bounds", [given([-1, 0, 1, 2, 3])], {"min": 0, "max": 2}),
        ("min above max", [normal(5)], {"min": 1, "max": -1}),
        ("min above max, values on the bounds", [given([-1, 1, 0, NAN, INF, -INF])], {"min": 1, "max": -1}),
        ("NaN and infinities", [given([NAN, INF, -INF, 0.5])], {"min": -1, "max": 1}),
        ("transposed", [normal(3, 4)], {"min": -0.5, "max": 0.5}, [0, 1]),
    ],
    "sum": reduction() + [("an empty list of dims", [normal(2, 3)], {"dim": []}), ("empty rows", [normal(0, 3)], {"dim": 1}), ("empty", [normal(0)], {}), ("empty dim", [normal(2, 0)], {"dim": 1})],
    "mean": reduction() + [("an empty list of dims", [normal(2, 3)], {"dim": []}), ("empty dim", [normal(2, 0)], {"dim": 1}), ("empty", [normal(0)], {})],
    "var": [(title, inputs, {**options, "correction": correction}, *rest)
            for correction in (1, 0) for title, inputs, options, *rest in reduction()]
    + [("correction by default", [normal(4, 5)], {"dim": 1}), ("correction 2", [normal(4, 5)], {"correction": 2})],
    "std": [(title, inputs, options, *rest) for title, inputs, options, *rest in reduction() if title != "one element"]
    + [
        ("all equal", [given([2, 2, 2])], {}),
        ("a row of equals", [given([[1, 1, 1], [1, 2, 4]])], {"dim": 1}),
        ("a row of equals, keepdim, correction 0", [given([[1, 1, 1], [1, 2, 4]])], {"dim": 1, "keepdim": True, "correction": 0}),
        ("one element", [given([3])], {}),
        ("one element, correction 0", [given([3])], {"correction": 0}),
        ("zero-dimensional, correction 0", [given(3)], {"correction": 0}),
        ("as many elements as the correction", [given([3, 4])], {"correction": 2}),
        ("as many equal elements as the correction", [given([3, 3])], {"correction": 2}),
        ("fewer elements than the correction", [given([3, 4])], {"correction": 3}),
        ("a correction that is no whole number", [normal(5)], {"correction": 0.5}),
        ("equal infinities", [given([INF, INF])], {}),
        ("empty", [normal(0)], {}),
        ("empty dim", [normal(2, 0)], {"dim": 1}),
        ("empty rows", [normal(0, 3)], {"dim": 1}),
    ],
    "max": extremum(),
    "min": extremum(),
    "argmax": [
        ("everything", [normal(3, 4)], {}),
        ("everything, ties", [ties(0, 3, 3, 5)], {}),
        ("dim 0", [normal(5, 3, 2)], {"dim": 0}),
        ("dim -1 keepdim", [normal(2, 3, 4)], {"dim": -1, "keepdim": True}),
        ("dim 1 with ties", [ties(0, 3, 5, 6)], {"dim": 1}),
        ("dim 1 with NaN", [given([[1, NAN, 3, NAN], [INF, 1, INF, 0]])], {"dim": 1}),
        ("transposed, dim 1", [normal(4, 5)], {"dim": 1}, [0, 1]),
    ],
    "matmul": MATMUL,
    "reshape": [
        ("[2,6] to [3,4]", [normal(2, 6)], {"shape": [3, 4]}),
        ("one size inferred", [normal(2, 3, 4)], {"shape": [4, -1]}),
        ("to a vector", [normal(3, 3)], {"shape": [-1]}),
        ("one element to zero dims", [normal(1, 1)], {"shape": []}),
        ("empty", [normal(0, 4)], {"shape": [2, 0]}),
        ("transposed", [normal(3, 4)], {"shape": [2, 6]}, [0, 1]),
        ("transposed image", [normal(2, 3, 2, 4)], {"shape": [2, -1]}, [1, 3]),
    ],
    "view": [
        ("[2,6] to [3,4]", [normal(2, 6)], {"shape": [3, 4]}),
        ("one size inferred", [normal(2, 3, 4)], {"shape": [-1, 4]}),
        ("flattened image", [normal(2, 3, 2, 2)], {"shape": [2, -1]}),
        ("same shape", [normal(3)], {"shape": [3]}),
        ("zero dims to one", [normal()], {"shape": [1]}),
    ],
    "flatten": [
        ("everything", [normal(2, 3, 4)], {}),
        ("from dim 1", [normal(2, 3, 2, 2)], {"startDim": 1}),
        ("dims 1 to 2", [normal(2, 3, 2, 2)], {"startDim": 1, "endDim": 2}),
        ("dims 0 to -2", [normal(2, 3, 4)], {"startDim": 0, "endDim": -2}),
        ("zero-dimensional", [normal()], {}),
        ("transposed", [normal(2, 3, 4)], {"startDim": 1}, [1, 2]),
    ],
    "transpose": [
        ("matrix", [normal(3, 4)], {"dim0": 0, "dim1": 1}),
        ("negative dims", [normal(2, 3, 4)], {"dim0": -1, "dim1": -3}),
        ("dims 1 and 2", [normal(2, 3, 4)], {"dim0": 1, "dim1": 2}),
        ("a dim with itself", [normal(2, 3)], {"dim0": 1, "dim1": 1}),
        ("twice", [normal(3, 4)], {"dim0": 0, "dim1": 1}, [0, 1]),
        ("image", [normal(2, 3, 2, 4)], {"dim0": 2, "dim1": 3}),
    ],
    "permute": [
        ("channels last", [normal(2, 3, 2, 4)], {"dims": [0, 2, 3, 1]}),
        ("reversed", [normal(2, 3, 4)], {"dims": [2, 1, 0]}),
        ("negative dims", [normal(2, 3, 4)], {"dims": [-1, 0, 1]}),
        ("identity", [normal(2, 3)], {"dims": [0, 1]}),
        ("of a transposed", [normal(2, 3, 4)], {"dims": [1, 2, 0]}, [0, 2]),
    ],
    "squeeze": [
        ("every dim of one", [normal(1, 3, 1, 2)], {}),
        ("dim 0", [normal(1, 3, 1)], {"dim": 0}),
        ("dim -1", [normal(2, 3, 1)], {"dim": -1}),
        ("a dim of three stays", [normal(1, 3)], {"dim": 1}),
        ("to zero dims", [normal(1, 1)], {}),
        ("an empty list of dims", [normal(1, 3, 1)], {"dim": []}),
        ("two dims", [normal(1, 3, 1)], {"dim": [0, 2]}),
    ],
    "unsqueeze": [
        ("in front", [normal(2, 3)], {"dim": 0}),
        ("in the middle", [normal(2, 3)], {"dim": 1}),
        ("at the end", [normal(2, 3)], {"dim": 2}),
        ("dim -1", [normal(4)], {"dim": -1}),
        ("dim -2", [normal(2, 3)], {"dim": -2}),
        ("zero-dimensional", [normal()], {"dim": 0}),
    ],
    "slice": [
        ("dim 0 from 1 to 3", [normal(5, 2)], {"dim": 0, "start": 1, "end": 3}),
        ("to the end", [normal(2, 6)], {"dim": 1, "start": 2}),
        ("negative start and end", [normal(7, 2)], {"dim": 0, "start": -4, "end": -1}),
        ("step 2", [normal(2, 7)], {"dim": -1, "start": 1, "end": 7, "step": 2}),
        ("step 3, end past the size", [normal(8)], {"dim": 0, "start": 0, "end": 99, "step": 3}),
        ("nothing is left", [normal(4, 2)], {"dim": 0, "start": 3, "end": 2}),
        ("of a transposed", [normal(3, 5)], {"dim": 0, "start": 1, "end": 5, "step": 2}, [0, 1]),
        ("int32", [whole([[1, 2, 3], [4, 5, 6]])], {"dim": 1, "start": 1, "end": 3}),
    ],
    "cat": [
        ("dim 0", [normal(2, 3), normal(1, 3)], {"dim": 0}),
        ("dim 1, three tensors", [normal(2, 1), normal(2, 3), normal(2, 2)], {"dim": 1}),
        ("dim -1", [normal(2, 2, 1), normal(2, 2, 2)], {"dim": -1}),
        ("one tensor", [normal(3)], {"dim": 0}),
        ("channels", [normal(2, 1, 2, 2), normal(2, 3, 2, 2)], {"dim": 1}),
        ("an empty part", [normal(0, 2), normal(3, 2)], {"dim": 0}),
        ("one needs no gradient", [normal(2, 2).fixed(), normal(2, 2)], {"dim": 0}),
        ("first is transposed", [normal(3, 2), normal(2, 3)], {"dim": 0}, [0, 1]),
        ("int32", [whole([1, 2]), whole([3])], {"dim": 0}),
        ("an empty list before rows", [normal(0), normal(2, 3)], {"dim": 1}),
        ("an empty list among rows", [normal(2, 3), normal(0), normal(2, 1)], {"dim": -1}),
        ("empty lists alone", [normal(0), normal(0)], {"dim": 0}),
        ("an empty list of a wider dtype", [normal(0), whole([[1, 2]])], {"dim": 0}),
    ],
    "stack": [
        ("dim 0", [normal(2, 3), normal(2, 3)], {"dim": 0}),
        ("dim 1, three tensors", [normal(2, 2), normal(2, 2), normal(2, 2)], {"dim": 1}),
        ("dim -1", [normal(2, 3), normal(2, 3)], {"dim": -1}),
        ("zero-dimensional", [normal(), normal(), normal()], {"dim": 0}),
        ("one tensor", [normal(3)], {"dim": 1}),
        ("first is transposed", [normal(3, 2), normal(2, 3)], {"dim": 2}, [0, 1]),
    ],
    "where": [
        ("same shape", [flags(3, 4), normal(3, 4), normal(3, 4)], {}),
        ("condition broadcasts", [flags(4), normal(3, 4), normal(3, 4)], {}),
        ("operands broadcast", [flags(2, 3, 4), normal(3, 1), normal(4)], {}),
        ("everything broadcasts", [flags(2, 1, 1), normal(3, 1), normal(4)], {}),
        ("zero-dimensional operand", [flags(5), normal(5), normal()], {}),
        ("NaN on the side not taken", [Input(lambda rng: np.array([True, False, True]), "bool", False), given([1, NAN, 3]), given([INF, 5, NAN])], {}),
    ],
    "conv2d": CONV2D,
    "maxPool2d": MAX_POOL2D,
    "avgPool2d": AVG_POOL2D,
    "batchNorm": BATCH_NORM,
    "linear": LINEAR,
    "dropout": DROPOUT,
    "dropout2d": DROPOUT,
    "logSoftmax": SOFTMAX,
    "softmax": SOFTMAX,
    "nllLoss": losses(3),
    "crossEntropy": losses(3) + [("scores of a hundred", [normal(5, 4, scale=100.0), labels(4, 5), None], {})],
    "arange": [
        ("to 5", [], {"end": 5}),
        ("2 to 7", [], {"start": 2, "end": 7}),
        ("0 to 1 by 0.3", [], {"start": 0, "end": 1, "step": 0.3}),
        ("5 down to 0 by 2", [], {"start": 5, "end": 0, "step": -2}),
        ("empty", [], {"start": 3, "end": 3}),
    ],
    "linspace": [
        ("0 to 1 in 5", [], {"start": 0, "end": 1, "steps": 5}),
        ("-3 to 10 in 4", [], {"start": -3, "end": 10, "steps": 4}),
        ("downwards in 7", [], {"start": 1, "end": -2, "steps": 7}),
        ("one step", [], {"start": 2, "end": 9, "steps": 1}),
        ("none", [], {"start": 2, "end": 9, "steps": 0}),
    ],
    "eye": [(f"size {n}", [], {"n": n}) for n in (0, 1, 2, 3, 5)],
}
