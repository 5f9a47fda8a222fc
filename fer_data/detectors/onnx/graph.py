"""ONNX detectors that were exported for one input size, made to run at any size on one thread."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import numpy_helper

from fer_data.core.arrays import Float32
from fer_data.errors import DetectorError

__all__ = ["OnnxNetwork", "free_sizes", "keep_outputs", "load_graph"]

_ERRORS_ONLY = 3
_NHWC = [0, 2, 3, 1]
_HWNC = [2, 3, 0, 1]
onnxruntime.set_default_logger_severity(_ERRORS_ONLY)


class OnnxNetwork:
    """A network on onnxruntime: one array in, all outputs as arrays out.

    Raises:
        DetectorError: the device is not there, or the graph cannot be run.
    """

    def __init__(self, graph: onnx.ModelProto, device: str) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}[device]
        available = onnxruntime.get_available_providers()
        if provider not in available:
            raise DetectorError(
                f"align.device ({device}) needs onnxruntime's {provider}; this machine has {', '.join(available)}. "
                "Install onnxruntime-gpu in place of onnxruntime, or set align.device to cpu."
            )
        try:
            self._session = onnxruntime.InferenceSession(
                graph.SerializeToString(), options, providers=[provider]
            )
        except onnxruntime.capi.onnxruntime_pybind11_state.Fail as error:
            raise DetectorError(f"The network's graph cannot be run by onnxruntime: {error}.") from error
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: Float32) -> list[Float32]:
        """Return the outputs for a batch of shape (n, 3, height, width)."""
        outputs: list[Float32] = self._session.run(None, {self._input: batch})
        return outputs


def load_graph(path: Path, parameter: str = "align.detector.weights") -> onnx.ModelProto:
    """Return the graph of an ONNX file that a parameter names, with its picture as the only input.

    Old exports list weights among the inputs, and quantised ones names that nothing reads any more.

    Raises:
        DetectorError: the file is missing or is no ONNX graph.
    """
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.load(str(path))
    except (OSError, DecodeError) as error:
        raise DetectorError(f"{path} cannot be read as an ONNX file: {error}. Check {parameter}.") from error
    weights = {weight.name for weight in graph.graph.initializer}
    read = {name for node in graph.graph.node for name in node.input}
    inputs = [value for value in graph.graph.input if value.name in read - weights]
    del graph.graph.input[:]
    graph.graph.input.extend(inputs)
    if len(inputs) != 1:
        raise DetectorError(f"{path} must have one input, a picture; it has {len(inputs)}.")
    return graph


def free_sizes(graph: onnx.ModelProto) -> None:
    """Make batch, height and width free in place, also where the export wrote them into the graph.

    Upsampling to a fixed size becomes upsampling by 2. Old InsightFace packs flatten their outputs as
    (height, width, batch, anchors); they are made to keep the batch in front, as the newer ones do.
    """
    for dimension, name in zip(
        graph.graph.input[0].type.tensor_type.shape.dim, ("n", None, "h", "w"), strict=True
    ):
        if name:
            dimension.dim_param = name
    for output in graph.graph.output:
        output.type.tensor_type.ClearField("shape")
    del graph.graph.value_info[:]
    constants = {weight.name: numpy_helper.to_array(weight) for weight in graph.graph.initializer}
    for node in graph.graph.node:
        if node.op_type == "Resize":
            _double_instead(graph, node, constants)
        elif node.op_type == "Transpose":
            _keep_batch_first(node)
        elif node.op_type == "Reshape" and node.input[1] in constants:
            _keep_batch(graph, node, constants[node.input[1]])


def keep_outputs(graph: onnx.ModelProto, indices: Iterable[int]) -> None:
    """Leave only the outputs at some places in a graph, and the nodes that they need, in place."""
    outputs = [graph.graph.output[index] for index in indices]
    needed, nodes = {output.name for output in outputs}, []
    for node in reversed(graph.graph.node):
        if needed.intersection(node.output):
            nodes.append(node)
            needed.update(node.input)
    weights = [weight for weight in graph.graph.initializer if weight.name in needed]
    for field, kept in (("output", outputs), ("node", nodes[::-1]), ("initializer", weights)):
        graph.graph.ClearField(field)
        getattr(graph.graph, field).extend(kept)


def _double_instead(graph: onnx.ModelProto, node: onnx.NodeProto, constants: dict[str, NDArray[Any]]) -> None:
    if len(node.input) == 4 and node.input[3] in constants:
        name = _add_constant(graph, f"{node.output[0]}_scales", np.array([1, 1, 2, 2], np.float32))
        del node.input[2:]
        node.input.append(name)


def _keep_batch_first(node: onnx.NodeProto) -> None:
    for attribute in node.attribute:
        if attribute.name == "perm" and list(attribute.ints) == _HWNC:
            attribute.ints[:] = _NHWC


def _keep_batch(graph: onnx.ModelProto, node: onnx.NodeProto, shape: NDArray[np.int64]) -> None:
    """Let a reshape to rows of scores, distances or offsets keep the batch as its first axis."""
    if shape.size in (2, 3) and int(shape[-2]) == -1:
        columns = np.array([0, -1, int(shape[-1])], np.int64)
        node.input[1] = _add_constant(graph, f"{node.output[0]}_shape", columns)


def _add_constant(graph: onnx.ModelProto, name: str, value: NDArray[Any]) -> str:
    graph.graph.initializer.append(numpy_helper.from_array(value, name))
    return name
