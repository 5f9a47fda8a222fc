"""What all detectors on onnxruntime have in common: a picture in, its faces out, a frame at a time."""

from collections.abc import Callable, Sequence

from fer_data.core.arrays import Image
from fer_data.core.vision.boxes import SAME_ANSWER_IOU, nms, weighted_nms
from fer_data.core.vision.faces import Faces
from fer_data.detectors.network import DetectorNetwork
from fer_data.detectors.onnx.letterbox import letterbox, to_source

__all__ = ["OnnxDetector"]


class OnnxDetector:
    """Find faces with a network that reads one picture at a time."""

    def __init__(self, network: DetectorNetwork[Image, Faces], *, nms_iou: float) -> None:
        self.name = network.name
        self.weights_sha256 = network.weights_sha256
        self._network = network
        self._nms_iou = nms_iou

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each RGB frame; the frames may differ in size."""
        return [nms(self._answers(self._network.read, frame), self._nms_iou) for frame in frames]

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of RGB views around a face, each the mean of all the network's answers for it."""
        read = self._network.read_view or self._network.read
        return [weighted_nms(self._answers(read, view), self._nms_iou, SAME_ANSWER_IOU) for view in views]

    def _answers(self, read: Callable[[Image], Faces], frame: Image) -> Faces:
        padded, scale = letterbox(frame, self._network.size_px)
        return to_source(read(padded), scale, frame)
