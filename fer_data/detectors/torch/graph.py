"""Run a detector's ONNX graph in torch: any batch size and picture size, on any device, in any float type.

Old exports have a batch of one baked in: their heads flatten as (H, W, N, anchors), or reshape to a first side of 1.
`onnx_graph.free_sizes` puts the batch first, so that a batch of different pictures gives what each gives alone, and
`TorchGraph` refuses what still mixes pictures up.

Source: https://github.com/deepinsight/insightface/issues/2879
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import helper, numpy_helper
from torch import Tensor, nn

from fer_data.detectors.onnx.graph import free_sizes, load_graph
from fer_data.detectors.torch.operators import CONV_RELU, HOST_INPUTS, OPERATORS, Call
from fer_data.errors import DetectorError

__all__ = ["TorchGraph", "load_torch_graph"]

_CONSTANT, _SHAPE = "Constant", "Shape"


@dataclass(frozen=True, slots=True)
class _Node:
    """One operator of the graph; an empty input name means that the input is left out."""

    kind: str
    name: str
    inputs: tuple[str, ...]
    output: str
    attributes: Mapping[str, Any]


def load_torch_graph(path: Path) -> "TorchGraph":
    """Return a detector's ONNX file as a torch module in float32 on the CPU, its batch and picture size free.

    Raises:
        DetectorError: no such file, no ONNX file, or an operator that is not supported.
    """
    graph = load_graph(path)
    free_sizes(graph)
    return TorchGraph(graph)


class TorchGraph(nn.Module):
    """An ONNX graph as a torch module with free batch size, height and width.

    Attributes:
        output_names: names of the outputs, in the graph's order. Flattened heads come out as
            (N, H * W * anchors, C), maps as (N, C, H, W).
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        super().__init__()
        self.output_names = tuple(output.name for output in model.graph.output)
        nodes = [_node(node) for node in model.graph.node if node.op_type != _CONSTANT]
        nodes = _with_relu(nodes, self.output_names)
        _check_operators(nodes)
        constants = _constants(model)
        self._input_name = _input_name(model, constants)
        self._host_outputs = _host_outputs(nodes, constants)
        self._nodes = nodes
        self._host = {name: value for name, value in constants.items() if self._used(name, on_host=True)}
        self._places = {name: f"weight_{index}" for index, name in enumerate(constants)}
        for name, value in constants.items():
            if self._used(name, on_host=False):
                last = torch.channels_last if value.ndim == 4 else torch.contiguous_format
                self.register_buffer(self._places[name], value.contiguous(memory_format=last))
        self._last_use = {name: i for i, node in enumerate(self._nodes) for name in node.inputs}

    def _used(self, constant: str, *, on_host: bool) -> bool:
        return any(
            name == constant and self._reads_host(node, index) is on_host
            for node in self._nodes
            for index, name in enumerate(node.inputs)
        )

    def _reads_host(self, node: _Node, index: int) -> bool:
        return node.output in self._host_outputs or index in HOST_INPUTS.get(node.kind, ())

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return every output by its name for pictures of shape (N, 3, H, W).

        Raises:
            DetectorError: an output does not have the batch as its first side.
        """
        values = {self._input_name: images}
        for step, node in enumerate(self._nodes):
            inputs = [self._value(values, node, index) for index in range(len(node.inputs))]
            values[node.output] = OPERATORS[node.kind](Call(node.name, inputs, node.attributes))
            for name in node.inputs:
                if self._last_use[name] == step and name not in self.output_names:
                    values.pop(name, None)
        outputs = {name: values[name] for name in self.output_names}
        for name, value in outputs.items():
            if value.shape[0] != len(images):
                raise DetectorError(
                    f"output {name!r} of shape {tuple(value.shape)} must have the batch of {len(images)} first; "
                    "export the detector with a free batch size, or use engine onnxruntime."
                )
        return outputs

    def _value(self, values: Mapping[str, Tensor], node: _Node, index: int) -> Tensor | None:
        name = node.inputs[index]
        if not name:
            return None
        if name in values:
            return values[name]
        if self._reads_host(node, index):
            return self._host[name]
        return self.get_buffer(self._places[name])


def _node(node: onnx.NodeProto) -> _Node:
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    readable = {
        name: value.decode() if isinstance(value, bytes) else value for name, value in attributes.items()
    }
    return _Node(node.op_type, node.name or node.output[0], tuple(node.input), node.output[0], readable)


def _with_relu(nodes: Sequence[_Node], outputs: Sequence[str]) -> list[_Node]:
    """Return the nodes, a convolution and the Relu that alone reads it as one: on a GPU one kernel does both."""
    readers = Counter(name for node in nodes for name in node.inputs) + Counter(outputs)
    relus = {node.inputs[0]: node.output for node in nodes if node.kind == "Relu"}
    convolutions = {node.output for node in nodes if node.kind == "Conv" and readers[node.output] == 1}
    joined = {name: output for name, output in relus.items() if name in convolutions}
    return [
        replace(node, kind=CONV_RELU, output=joined[node.output]) if node.output in joined else node
        for node in nodes
        if not (node.kind == "Relu" and node.inputs[0] in joined)
    ]


def _check_operators(nodes: Sequence[_Node]) -> None:
    unknown = sorted({node.kind for node in nodes} - set(OPERATORS))
    if unknown:
        raise DetectorError(
            f"detector operator {unknown[0]!r} is not supported by engine torch ({len(unknown)} unknown: "
            f"{', '.join(unknown)}); use engine onnxruntime."
        )


def _constants(model: onnx.ModelProto) -> dict[str, Tensor]:
    """Return the initialisers and the values of Constant nodes by name."""
    protos = {proto.name: proto for proto in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == _CONSTANT:
            protos[node.output[0]] = helper.get_attribute_value(node.attribute[0])
    return {name: torch.from_numpy(numpy_helper.to_array(proto).copy()) for name, proto in protos.items()}


def _input_name(model: onnx.ModelProto, constants: Mapping[str, Tensor]) -> str:
    names: list[str] = [value.name for value in model.graph.input if value.name not in constants]
    if len(names) != 1:
        raise DetectorError(f"detector inputs {names} must be one picture; give another ONNX file.")
    return names[0]


def _host_outputs(nodes: Sequence[_Node], constants: Mapping[str, Tensor]) -> set[str]:
    """Return the outputs that follow from shapes and constants alone: sizes, which are reckoned on the host."""
    found: set[str] = set()
    for node in nodes:
        known = all(not name or name in found or name in constants for name in node.inputs)
        if node.kind == _SHAPE or known:
            found.add(node.output)
    return found
