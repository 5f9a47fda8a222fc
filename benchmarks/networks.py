"""A network of SCRFD-10G's size with random weights: right for time, says nothing of accuracy."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

__all__ = ["write_scrfd_10g"]

_STAGES = ((56, 3), (88, 4), (88, 2), (224, 3))
_NECK, _HEAD, _ANCHORS, _SEED = 56, 80, 2, 10


class _Graph:
    """Nodes and weights of a graph that grows by one layer at a time."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self._rng = np.random.default_rng(_SEED)

    def add(self, kind: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401
        """Add a node and return its output."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: np.ndarray) -> str:
        """Add a constant and return its name."""
        name = f"constant_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def conv(self, value: str, channels: tuple[int, int], kernel: int = 3, stride: int = 1) -> str:
        """Add a convolution from and to so many channels."""
        shape = (channels[1], channels[0], kernel, kernel)
        scale = np.sqrt(2 / (channels[0] * kernel * kernel))
        weight = self.constant((self._rng.standard_normal(shape) * scale).astype(np.float32))
        pad = kernel // 2
        bias = self.constant(np.zeros(channels[1], np.float32))
        return self.add("Conv", value, weight, bias, strides=[stride, stride], pads=[pad] * 4)

    def block(self, value: str, channels: tuple[int, int], stride: int) -> str:
        """Add a basic residual block."""
        inner = self.add("Relu", self.conv(value, channels, stride=stride))
        inner = self.conv(inner, (channels[1], channels[1]))
        if stride > 1:
            value = self.add("AveragePool", value, kernel_shape=[2, 2], strides=[2, 2])
        if channels[0] != channels[1]:
            value = self.conv(value, channels, kernel=1)
        return self.add("Relu", self.add("Add", inner, value))

    def double(self, value: str) -> str:
        """Add an enlargement by 2."""
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        return self.add("Resize", value, "", scales, mode="nearest")


def write_scrfd_10g(path: Path) -> None:
    """Write the network as ONNX with free batch and sides: scores, boxes and landmarks at strides 8, 16 and 32.

    Source: configuration scrfd_10g_bnkps of Guo et al., Sample and Computation Redistribution for Efficient Face
    Detection, 2021, its normalisation folded.
    """
    graph = _Graph()
    levels = _neck(graph, _backbone(graph))
    outputs = [name for level in levels for name in _head(graph, level)]
    floats = TensorProto.FLOAT
    value = helper.make_tensor_value_info("input", floats, ["n", 3, "h", "w"])
    results = [helper.make_tensor_value_info(name, floats, ["n", None, None, None]) for name in outputs]
    body = helper.make_graph(graph.nodes, "scrfd_10g_random", [value], results, graph.weights)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _backbone(graph: _Graph) -> list[str]:
    value = graph.add("Relu", graph.conv("input", (3, 28), stride=2))
    value = graph.add("Relu", graph.conv(value, (28, 28)))
    value = graph.add("Relu", graph.conv(value, (28, 56)))
    value = graph.add("MaxPool", value, kernel_shape=[2, 2], strides=[2, 2])
    levels, before = [], 56
    for index, (channels, blocks) in enumerate(_STAGES):
        for block in range(blocks):
            value = graph.block(value, (before, channels), 2 if block == 0 and index else 1)
            before = channels
        levels.append(value)
    return levels[1:]


def _neck(graph: _Graph, levels: list[str]) -> list[str]:
    widths = [channels for channels, _ in _STAGES[1:]]
    sides = [graph.conv(level, (width, _NECK), kernel=1) for level, width in zip(levels, widths, strict=True)]
    sides[1] = graph.add("Add", sides[1], graph.double(sides[2]))
    sides[0] = graph.add("Add", sides[0], graph.double(sides[1]))
    outs = [graph.conv(side, (_NECK, _NECK)) for side in sides]
    for index in (1, 2):
        down = graph.conv(outs[index - 1], (_NECK, _NECK), stride=2)
        outs[index] = graph.add("Add", outs[index], down)
    return [outs[0], *(graph.conv(out, (_NECK, _NECK)) for out in outs[1:])]


def _head(graph: _Graph, level: str) -> list[str]:
    width = _NECK
    for _ in range(3):
        level, width = graph.add("Relu", graph.conv(level, (width, _HEAD))), _HEAD
    scores = graph.add("Sigmoid", graph.conv(level, (_HEAD, _ANCHORS)))
    return [scores, graph.conv(level, (_HEAD, 4 * _ANCHORS)), graph.conv(level, (_HEAD, 10 * _ANCHORS))]
