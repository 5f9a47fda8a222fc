"""What all detectors on onnxruntime have in common: pictures in, the faces of each out."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from fer_data.core.arrays import Image
from fer_data.core.vision.boxes import SAME_ANSWER_IOU, nms, weighted_nms
from fer_data.core.vision.faces import Faces
from fer_data.detectors.network import DetectorNetwork
from fer_data.detectors.onnx.letterbox import letterbox, to_source

__all__ = ["OnnxDetector"]

_VIEWS = 6
"""Views that are read together, at most: those of a frame. Each then takes 0.92 (two) or 0.90 (three) of its time."""

_Read = Callable[[Sequence[Image]], list[Faces]]


class OnnxDetector:
    """Find faces with a network that reads some pictures of one size at a time."""

    def __init__(self, network: DetectorNetwork[Sequence[Image], list[Faces]], *, nms_iou: float) -> None:
        self.name = network.name
        self.weights_sha256 = network.weights_sha256
        self._network = network
        self._nms_iou = nms_iou

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each RGB frame; the frames may differ in size."""
        answers = (self._answers(self._network.read, [frame])[0] for frame in frames)
        return [nms(found, self._nms_iou) for found in answers]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of RGB views around a face, each the mean of all the network's answers for it."""
        read = self._network.read_view or self._network.read
        answers = (found for batch in _batches(views) for found in self._answers(read, batch))
        return [weighted_nms(found, self._nms_iou, SAME_ANSWER_IOU) for found in answers]

    def _answers(self, read: _Read, pictures: Sequence[Image]) -> list[Faces]:
        padded = [letterbox(picture, self._network.size_px) for picture in pictures]
        found = read([image for image, _ in padded])
        return [
            to_source(faces, scale, picture)
            for faces, (_, scale), picture in zip(found, padded, pictures, strict=True)
        ]


def _batches(views: Sequence[Image]) -> Iterator[Sequence[Image]]:
    """Yield views in their order, a few of one size at a time."""
    for _, same in groupby(views, lambda view: view.shape):
        group = list(same)
        yield from (group[start : start + _VIEWS] for start in range(0, len(group), _VIEWS))
