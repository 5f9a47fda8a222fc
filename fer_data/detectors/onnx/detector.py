"""What all detectors on onnxruntime have in common: a picture in, its faces out, a frame at a time."""

from collections.abc import Callable, Sequence

from fer_data.core.arrays import Image
from fer_data.core.vision.boxes import SAME_ANSWER_IOU, nms, weighted_nms
from fer_data.core.vision.faces import Faces
from fer_data.detectors.onnx.letterbox import letterbox, to_source

__all__ = ["OnnxDetector"]


class OnnxDetector:
    """Find faces with a network.

    `read` returns what the network says of a letterboxed picture: all its answers, in that picture's pixels.
    `read_view` does so for views around a face, where another network is quicker for these.
    """

    def __init__(
        self,
        name: str,
        weights_sha256: str,
        read: Callable[[Image], Faces],
        *,
        read_view: Callable[[Image], Faces] | None = None,
        size_px: int,
        nms_iou: float,
    ) -> None:
        self.name = name
        self.weights_sha256 = weights_sha256
        self._read = read
        self._read_view = read_view or read
        self._size_px = size_px
        self._nms_iou = nms_iou

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each RGB frame; the frames may differ in size."""
        return [nms(self._answers(self._read, frame), self._nms_iou) for frame in frames]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of RGB views around a face, each the mean of all the network's answers for it."""
        return [
            weighted_nms(self._answers(self._read_view, view), self._nms_iou, SAME_ANSWER_IOU)
            for view in views
        ]

    def _answers(self, read: Callable[[Image], Faces], frame: Image) -> Faces:
        padded, scale = letterbox(frame, self._size_px)
        return to_source(read(padded), scale, frame)
