"""A batch of frames whose faces are known and whose pixels are still at hand for cropping."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, Union, cast

import numpy as np
from numpy.typing import NDArray

from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import Matrix, warp_crop
from fer_data.core.vision.regions import preview
from fer_data.detectors import Detector
from fer_data.media.video import Frame
from fer_data.params.align import DetectionParams
from fer_data.tracking.refinement import refine

if TYPE_CHECKING:
    from fer_data.detectors.torch.detector import TorchDetector
    from fer_data.media.nvdec import DeviceFrame

__all__ = ["AnyFrame", "FrameBatch", "HostFrameBatch", "detect_batch"]

AnyFrame: TypeAlias = Union[Frame, "DeviceFrame"]


class FrameBatch(Protocol):
    """The faces of a batch of frames, and crops of them wherever the pixels lie.

    Attributes:
        frames: in their order.
        faces: of each frame, best score first.
    """

    @property
    def frames(self) -> Sequence[AnyFrame]:
        """Return the frames, in their order."""
        ...

    @property
    def faces(self) -> Sequence[Faces]:
        """Return the faces of each frame, best score first."""
        ...

    def warp(self, owners: Sequence[int], matrices: Sequence[Matrix], size: int) -> NDArray[np.uint8]:
        """Return one crop a matrix, shape (n, size, size, 3); crop i shows frame `owners[i]` of the batch."""
        ...

    def previews(self) -> Sequence[NDArray[np.int16]]:
        """Return some pixels of each frame, the same wherever they lie: `core.regions.preview`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class HostFrameBatch:
    """A batch in host memory, warped by OpenCV."""

    faces: Sequence[Faces]
    frames: Sequence[AnyFrame]

    def warp(self, owners: Sequence[int], matrices: Sequence[Matrix], size: int) -> NDArray[np.uint8]:
        """Return one crop a matrix, shape (n, size, size, 3); crop i shows frame `owners[i]` of the batch."""
        crops = [
            warp_crop(self.frames[owner].image, matrix, size)
            for owner, matrix in zip(owners, matrices, strict=True)
        ]
        return np.array(crops, np.uint8).reshape(-1, size, size, 3)

    def previews(self) -> Sequence[NDArray[np.int16]]:
        """Return some pixels of each frame."""
        return [preview(frame.image) for frame in self.frames]


def detect_batch(
    detector: Detector, frames: Sequence[AnyFrame], detection: DetectionParams | None = None
) -> FrameBatch:
    """Return the faces of frames, each searched in full, where the detector runs; a torch detector keeps the pixels.

    With `detection` each face is looked at again in its region, as `align` does it.
    """
    if hasattr(detector, "locate"):
        from fer_data.tracking.device_batch import sight_on_device

        return sight_on_device(cast("TorchDetector", detector), frames, detection)
    faces = detector.detect([frame.image for frame in frames])
    if detection is not None:
        pairs = zip(frames, faces, strict=True)
        faces = [refine(detector, frame.image, found, detection) for frame, found in pairs]
    return HostFrameBatch(faces, frames)
