"""The network that tells people apart: that of `align.identity`, or VGGFace2's SENet-50 before it was fine-tuned."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from fer_data.core.arrays import Float32, Image
from fer_data.core.network import GIVEN
from fer_data.core.vision.geometry import Matrix, apply_matrix, box_matrix, similarity_matrix, warp_crop
from fer_data.errors import DetectorError, WeightsError
from fer_data.identity.network import FACE_PX, identity_weights, open_identity
from fer_data.model.files import load_release_weights, read_tensors
from fer_data.model.input_contract import InputContract
from fer_data.model.releases import known_release
from fer_data.model.senet import SENet50
from fer_data.params.document import Params
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.home import at_home

__all__ = ["Describer", "Face", "View", "check_describer", "open_describer"]

_SENET_PX, _SENET_WIDTH = 224, 64


@dataclass(frozen=True, slots=True)
class View:
    """How the crops of a dataset show the source picture.

    Attributes:
        geometry: `similarity` or `box`, `given` where all crops were given.
        margin: fraction by which the field of view is grown.
        base_px: side of the crop that was aligned; the template depends on it.
        side_px: to which it was reduced.
    """

    geometry: str
    margin: float
    base_px: int
    side_px: int

    def matrix(self, box: Float32, landmarks: Float32) -> Matrix:
        """Return the map from source pixels to the crop."""
        if self.geometry.startswith("box"):
            aligned = box_matrix(box, self.base_px, self.margin)
        else:
            aligned = similarity_matrix(landmarks, self.base_px, self.margin)
        share = self.side_px / self.base_px
        # The middle of a pixel stays where it is.
        return np.asarray(share * aligned + np.array([0, 0, (share - 1) / 2]), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A crop (RGB, square), with box and landmarks in source pixels; None of a crop that was given."""

    crop: Image
    box: Float32 | None
    landmarks: Float32 | None


@dataclass(frozen=True, slots=True, eq=False)
class Describer:
    """A network that describes whose face a crop shows.

    Attributes:
        name: `sface`, `insightface` or `senet50`.
        sha256: of its file.
        describe: returns the description of a face, of length 1.
    """

    name: str
    sha256: str
    describe: Callable[[Face], Float32]


def check_describer(params: Params) -> str:
    """Return which network would be used, its file and hash checked.

    Raises:
        DetectorError: the parameters name none, or its file is missing or another one.
    """
    identity = params.align.identity
    if identity.name != "none":
        identity_weights(identity)
        return identity.name
    if not _is_senet(params):
        raise DetectorError(
            "align.identity.name (none) must name a network that tells people apart. `fer-data weights get sface` gets "
            "one and prints the section; a pack of InsightFace or VGGFace2's SENet-50 in train.weights will do as well."
        )
    return "senet50"


def open_describer(params: Params, view: View) -> Describer:
    """Return the network that the parameters name, for crops of a view.

    Raises:
        DetectorError: there is none, or its file is missing, another one or cannot be run.
        WeightsError: train.weights is damaged.
    """
    name, identity = check_describer(params), params.align.identity
    network = open_identity(identity)
    if network is None:
        return Describer(name, str(params.train.weights_sha256), _senet(params, view))
    return Describer(name, str(identity.sha256), lambda face: network.embed(_aligned(face, view)))


def _is_senet(params: Params) -> bool:
    """Say whether train.weights are those of VGGFace2, before anything was learnt of expressions, by their hash."""
    path = at_home(params.train.weights or "")
    if not params.train.weights or not path.is_file() or params.train.base_width != _SENET_WIDTH:
        return False
    try:
        return known_release(path) is not None and file_sha256(path) == params.train.weights_sha256
    except WeightsError:
        return False


def _aligned(face: Face, view: View) -> Image:
    """Return a face where the networks' template has it; a given crop as a whole, since nothing is known of it."""
    if face.landmarks is None or face.box is None or view.geometry == GIVEN:
        middle = (FACE_PX - 1) / 2 - (face.crop.shape[0] - 1) / 2 * FACE_PX / face.crop.shape[0]
        scale = FACE_PX / face.crop.shape[0]
        return warp_crop(face.crop, np.array([[scale, 0, middle], [0, scale, middle]]), FACE_PX)
    marks = apply_matrix(view.matrix(face.box, face.landmarks), face.landmarks).astype(np.float32)
    return warp_crop(face.crop, similarity_matrix(marks, FACE_PX, 0.0), FACE_PX)


def _senet(params: Params, view: View) -> Callable[[Face], Float32]:
    path = at_home(params.train.weights or "")
    head = int(read_tensors(path)["fc.weight"].shape[0])
    network = SENet50(head, base_width=_SENET_WIDTH)
    load_release_weights(network, path, params.train.weights_sha256)
    network.eval()
    contract = InputContract(_SENET_PX, view.geometry, view.margin)

    @torch.inference_mode()
    def describe(face: Face) -> Float32:
        inputs = contract.to_input(torch.from_numpy(contract.centre(contract.resize(face.crop)[None])))
        found = network.features(inputs)[0].numpy().astype(np.float64)
        return np.asarray(found / max(float(np.linalg.norm(found)), 1e-12), np.float32)

    return describe
