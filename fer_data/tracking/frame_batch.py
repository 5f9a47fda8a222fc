"""A batch of frames whose faces are known and whose pixels are still at hand for cropping."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Image
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import Matrix, warp_crop
from fer_data.media.video import Frame

if TYPE_CHECKING:
    from fer_data.media.nvdec import DeviceFrame

__all__ = ["AnyFrame", "FrameBatch", "HostFrameBatch"]

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

    @property
    def previews(self) -> Sequence[Image]:
        """Return some pixels of each frame, the same wherever they lie: `core.regions.preview`."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class HostFrameBatch:
    """A batch in host memory, warped by OpenCV."""

    faces: Sequence[Faces]
    frames: Sequence[AnyFrame]
    previews: Sequence[Image]

    def warp(self, owners: Sequence[int], matrices: Sequence[Matrix], size: int) -> NDArray[np.uint8]:
        """Return one crop a matrix, shape (n, size, size, 3); crop i shows frame `owners[i]` of the batch."""
        crops = [
            warp_crop(self.frames[owner].image, matrix, size)
            for owner, matrix in zip(owners, matrices, strict=True)
        ]
        return np.array(crops, np.uint8).reshape(-1, size, size, 3)
