"""Networks that describe whose face a picture shows, for telling the people of one video apart; on one thread."""

from pathlib import Path

import numpy as np
import onnx

from fer_data.core.arrays import Float32, Image
from fer_data.detectors.onnx.graph import OnnxNetwork, load_graph
from fer_data.errors import DetectorError
from fer_data.params.align import IdentityParams
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.home import at_home

__all__ = ["FACE_PX", "IdentityNetwork", "identity_weights", "open_identity"]

FACE_PX = 112
_PACKS = "~/.insightface/models"
_PACK_FILES = ("w600k_*.onnx", "glintr*.onnx")
_MIDDLE = 127.5


class IdentityNetwork:
    """Turn aligned RGB faces of 112 px into vectors of length 1, alike for pictures of one person."""

    def __init__(self, graph: onnx.ModelProto, source: Path) -> None:
        self._network = OnnxNetwork(graph, "cpu")
        self._plain = _normalises(graph)
        probe = self._network(np.zeros((1, 3, FACE_PX, FACE_PX), np.float32))
        if len(probe) != 1 or probe[0].ndim != 2:
            raise DetectorError(
                f"align.identity.weights ({source}) must give one vector for a face of {FACE_PX} px. "
                "Name a network for recognition."
            )
        self.length = int(probe[0].shape[1])

    def embed(self, face: Image) -> Float32:
        """Return the vector of a face of shape (112, 112, 3) that lies where InsightFace's template has it."""
        pixels = np.ascontiguousarray(face.transpose(2, 0, 1)[None], np.float32)
        if not self._plain:
            pixels = (pixels - np.float32(_MIDDLE)) / np.float32(_MIDDLE)
        values = self._network(pixels)[0][0].astype(np.float32)
        length = float(np.linalg.norm(values.astype(np.float64)))
        return np.asarray(values / np.float32(max(length, 1e-12)), np.float32)


def _normalises(graph: onnx.ModelProto) -> bool:
    """Say whether a network takes grey levels as they are, because it begins by bringing them into its own range.

    Source: insightface.model_zoo.arcface_onnx, which looks for the same nodes by name.
    """
    image = graph.graph.input[0].name
    return {node.op_type for node in graph.graph.node if image in node.input} <= {"Sub", "Mul"}


def open_identity(params: IdentityParams) -> IdentityNetwork | None:
    """Return the network that the parameters name, its hash checked; None for `none`.

    Raises:
        DetectorError: its file is missing or another one, or cannot be run.
    """
    if params.name == "none":
        return None
    path = identity_weights(params)
    return IdentityNetwork(load_graph(path, "align.identity.weights"), path)


def identity_weights(params: IdentityParams) -> Path:
    """Return the file that `weights` names, a path or (insightface) a pack under ~/.insightface/models, hash checked.

    Raises:
        DetectorError: it is missing, or its hash is not the one in the parameters.
    """
    path = at_home(params.weights or "")
    if not path.is_file():
        path = _in_pack(params)
    found = file_sha256(path)
    if found != params.sha256:
        raise DetectorError(
            f"align.identity.sha256 ({params.sha256}) must be that of {path.name}, which is {found}. "
            "Check where the file comes from, then write that value."
        )
    return path


def _in_pack(params: IdentityParams) -> Path:
    if params.name == "sface":
        raise DetectorError(
            f"align.identity.weights ({params.weights}) must be SFace's ONNX file; there is none. "
            f"`fer-data weights get sface --output {params.weights}` gets it."
        )
    folder = at_home(_PACKS) / Path(params.weights or "").name
    files = sorted(file for pattern in _PACK_FILES for file in folder.glob(pattern))
    if len(files) != 1:
        raise DetectorError(
            f"align.identity.weights ({params.weights}) must be an ONNX file or a pack with one network for "
            f"recognition in {folder}; {len(files)} found. Unpack it there by hand: nothing is downloaded."
        )
    return files[0]
