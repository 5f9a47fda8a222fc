"""Small ONNX graphs with random weights, with the node patterns of real detectors' exports."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

STRIDES = (8, 16, 32)
ANCHORS = 2
WIDTHS = {"score": 1, "bbox": 4, "kps": 10}

HeadOrder = Literal["interleaved", "baked", "free"]
"""interleaved: (H, W, N, anchors) rows; baked: a first side of 1; free: batch first, as engine torch makes it."""


class _Builder:
    """Collects nodes and their weights."""

    def __init__(self, seed: int) -> None:
        self.generator = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, value: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def add(self, kind: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def conv(self, source: str, output: str, channels: tuple[int, int], stride: int) -> str:
        shape = (channels[1], channels[0], 3, 3)
        value = self.generator.normal(0, (channels[0] * 9) ** -0.5, shape).astype(np.float32)
        weight = self.weight(f"{output}.weight", value)
        bias = self.weight(f"{output}.bias", self.generator.normal(0, 0.3, channels[1]).astype(np.float32))
        return self.add(
            "Conv", [source, weight, bias], output, kernel_shape=[3, 3], pads=[1] * 4, strides=[stride] * 2
        )


def scrfd_like(order: HeadOrder, *, side: int | None = None, seed: int = 7) -> onnx.ModelProto:
    """Return a nine-output graph with SCRFD's pyramid and heads; `side` fixes the picture's size and the resizes.

    The inputs are RGB pictures of shape (1, 3, H, W), the outputs in SCRFD's order: scores, boxes and landmarks
    of strides 8, 16 and 32.
    """
    build = _Builder(seed)
    value, levels = "input.1", []
    for index, stride in enumerate((2, 4, *STRIDES)):
        value = build.conv(value, f"stage{stride}", (3 if index == 0 else 8, 8), 2)
        value = build.add("Relu", [value], f"relu{stride}")
        levels += [value] if stride in STRIDES else []
    for index in (1, 0):
        larger = _enlarged(
            build, levels[index + 1], levels[index], None if side is None else side // STRIDES[index]
        )
        levels[index] = build.add("Add", [levels[index], larger], f"pyramid{index}")
    outputs = [
        _head(build, levels[index], f"{name}_{stride}", order)
        for name in WIDTHS
        for index, stride in enumerate(STRIDES)
    ]
    return _model(build, outputs, side)


def _enlarged(build: _Builder, small: str, like: str, side: int | None) -> str:
    if side is not None:
        size = build.weight(f"{small}.size", np.array([1, 8, side, side], np.int64))
    else:
        whole = build.add("Shape", [like], f"{small}.like")
        low = build.weight(f"{small}.low", np.array([2], np.int64))
        high = build.weight(f"{small}.high", np.array([4], np.int64))
        sides = build.add("Slice", [whole, low, high], f"{small}.sides")
        zero = build.weight(f"{small}.zero", np.array([0], np.int64))
        two = build.weight(f"{small}.two", np.array([2], np.int64))
        first = build.add(
            "Slice", [build.add("Shape", [small], f"{small}.shape"), zero, two], f"{small}.first"
        )
        size = build.add("Concat", [first, sides], f"{small}.size", axis=0)
    empty = build.weight(f"{small}.none", np.zeros(0, np.float32))
    return build.add(
        "Resize",
        [small, empty, empty, size],
        f"{small}.large",
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )


def _head(build: _Builder, level: str, name: str, order: HeadOrder) -> str:
    kind = name.split("_", maxsplit=1)[0]
    width = WIDTHS[kind]
    value = build.conv(level, f"{name}.conv", (8, ANCHORS * width), 1)
    if kind == "bbox":
        factor = build.weight(f"{name}.scale", np.array(1.5, np.float32))
        value = build.add("Mul", [value, factor], f"{name}.scaled")
    perm = [2, 3, 0, 1] if order == "interleaved" else [0, 2, 3, 1]
    first = {"interleaved": [], "baked": [1], "free": [0]}[order]
    shape = build.weight(f"{name}.shape", np.array([*first, -1, width], np.int64))
    moved = build.add("Transpose", [value], f"{name}.moved", perm=perm)
    rows = build.add("Reshape", [moved, shape], name if kind != "score" else f"{name}.rows")
    return build.add("Sigmoid", [rows], name) if kind == "score" else rows


def _model(build: _Builder, outputs: Sequence[str], side: int | None) -> onnx.ModelProto:
    sides = [1, 3, side, side] if side else ["N", 3, "H", "W"]
    graph = helper.make_graph(
        build.nodes,
        "scrfd_like",
        [helper.make_tensor_value_info("input.1", TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        build.weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=7)


def read_convolution(kinds: Sequence[str], outputs: Sequence[str]) -> onnx.ModelProto:
    """Return a graph of a convolution `conv` that operators `a` and `b` read; an Add adds `a` to it."""
    build = _Builder(3)
    build.conv("input.1", "conv", (3, 4), 1)
    for kind, name in zip(kinds, "ab", strict=False):
        build.add(kind, ["a", "conv"] if kind == "Add" else ["conv"], name)
    return _model(build, outputs, None)


def one_node(
    kind: str,
    shape: Sequence[int],
    *,
    opset: int,
    inputs: Sequence[NDArray[np.generic]] = (),
    **attributes: object,
) -> onnx.ModelProto:
    """Return a graph of one operator; `inputs` are the constants after the picture."""
    weights = [numpy_helper.from_array(value, f"constant{index}") for index, value in enumerate(inputs)]
    node = helper.make_node(
        kind, ["x", *(weight.name for weight in weights)], ["y"], name="only", **attributes
    )
    graph = helper.make_graph(
        [node],
        kind,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=7)


def recognition_graph(*, normalises: bool = True, length: int = 16) -> onnx.ModelProto:
    """Return a graph that turns a face of 112 px into a vector, as SFace's export does.

    It lists inputs that nothing reads any more, and with `normalises` brings grey levels into its own range itself.
    """
    made = _Builder(3)
    source = "data"
    if normalises:
        made.weight("middle", np.array([127.5], np.float32))
        made.weight("scale", np.array([1 / 127.5], np.float32))
        source = made.add("Mul", [made.add("Sub", ["data", "middle"], "minus"), "scale"], "scaled")
    pooled = made.add("AveragePool", [source], "pooled", kernel_shape=[14, 14], strides=[14, 14])
    flat = made.add("Flatten", [pooled], "flat")
    weight = made.weight("project", made.generator.normal(0, 1, (192, length)).astype(np.float32))
    made.add("MatMul", [flat, weight], "fc1")
    inputs = [
        helper.make_tensor_value_info("data", TensorProto.FLOAT, [1, 3, 112, 112]),
        helper.make_tensor_value_info("conv_1_weight", TensorProto.FLOAT, [8, 3, 3, 3]),
    ]
    outputs = [helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, length])]
    graph = helper.make_graph(made.nodes, "recognition", inputs, outputs, made.weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
