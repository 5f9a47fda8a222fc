"""InsightFace's SCRFD detectors, from an installed pack or an ONNX file; their weights are for research alone."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.faces import Faces
from fer_data.detectors.network import DetectorNetwork
from fer_data.detectors.onnx.detector import OnnxDetector
from fer_data.detectors.onnx.graph import OnnxNetwork
from fer_data.detectors.scrfd_heads import ScrfdHeads, scrfd_graph
from fer_data.errors import DetectorError
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.home import at_home

__all__ = ["insightface_weights", "open_insightface"]

_PACKS = Path("~/.insightface/models")


def insightface_weights(weights: str | None, sha256: str | None) -> Path:
    """Return the detector file that `weights` names, a path or a pack under ~/.insightface/models, its hash checked.

    Raises:
        DetectorError: nothing is named, the file is missing, or its hash is not the one in the parameters.
    """
    if weights is None:
        raise DetectorError(
            "align.detector.weights (null) must name an InsightFace pack or an SCRFD ONNX file."
        )
    path = at_home(weights)
    if not path.is_file():
        path = _pack_detector(weights)
    found = file_sha256(path)
    if sha256 != found:
        raise DetectorError(
            f"align.detector.sha256 ({sha256}) must be that of {path.name}, which is {found}. "
            "Check where the file comes from, then write that value."
        )
    return path


def _pack_detector(name: str) -> Path:
    folder = _PACKS.expanduser() / Path(name).name
    files = sorted(file for pattern in ("det_*.onnx", "scrfd_*.onnx") for file in folder.glob(pattern))
    if len(files) != 1:
        raise DetectorError(
            f"align.detector.weights ({name}) must be an ONNX file or a pack with one detector in {folder}; "
            f"{len(files)} found. Unpack it there by hand: nothing is downloaded."
        )
    return files[0]


def open_insightface(
    path: Path,
    *,
    size_px: int,
    min_score: float,
    nms_iou: float,
    device: str = "cpu",
    face_px: float | None = None,
) -> OnnxDetector:
    """Return an SCRFD network of any export on onnxruntime: 6 or 9 outputs (3 levels), 10 or 15 (5 levels).

    Networks with 6 or 10 outputs give no landmarks; these are then NaN. With `face_px`, the side of a face's box in a
    view, views are examined by the level for such faces alone.

    Source: Guo et al., Sample and Computation Redistribution for Efficient Face Detection, 2021.

    Raises:
        DetectorError: the file is no such network, or the device is not there.
    """
    graph, heads = scrfd_graph(path)
    read = partial(_read, OnnxNetwork(graph, device), heads, min_score)
    read_view = None
    if face_px is not None:
        graph, heads = scrfd_graph(path, face_px)
        read_view = partial(_read, OnnxNetwork(graph, device), heads, min_score)
    network = DetectorNetwork("insightface", file_sha256(path), size_px, read, read_view)
    return OnnxDetector(network, nms_iou=nms_iou)


def _read(network: OnnxNetwork, heads: ScrfdHeads, min_score: float, images: Sequence[Image]) -> list[Faces]:
    """Return the answers for each picture, read by itself: some exports have no axis for a batch."""
    return [_read_one(network, heads, min_score, image) for image in images]


def _read_one(network: OnnxNetwork, heads: ScrfdHeads, min_score: float, image: Image) -> Faces:
    pixels = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)
    pixels -= np.float32(127.5)
    pixels /= np.float32(128)
    outputs = [output.reshape(-1, output.shape[-1]) for output in network(pixels)]
    levels = len(heads.strides)
    found = [
        _decode_level(
            outputs[level::levels],
            image.shape[:2],
            stride=stride,
            anchors=heads.anchors,
            min_score=min_score,
        )
        for level, stride in enumerate(heads.strides)
    ]
    return Faces(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _decode_level(
    outputs: Sequence[Float32], shape: tuple[int, ...], *, stride: int, anchors: int, min_score: float
) -> tuple[Float32, Float32, Float32]:
    """Return boxes, scores and landmarks of one level, from its scores, edge distances and landmark offsets."""
    scores = outputs[0][:, 0]
    chosen = np.flatnonzero(scores >= min_score)
    columns = shape[1] // stride
    cell = chosen // anchors
    centres = np.stack([cell % columns, cell // columns], 1).astype(np.float32) * stride
    edges = outputs[1][chosen] * stride
    boxes = np.concatenate([centres - edges[:, :2], centres + edges[:, 2:]], 1)
    if len(outputs) < 3:
        return boxes, scores[chosen], np.full((len(chosen), 5, 2), np.nan, np.float32)
    return boxes, scores[chosen], centres[:, None] + outputs[2][chosen].reshape(-1, 5, 2) * stride
