"""Face detectors behind one protocol; whatever their conventions, faces leave here in ours."""

from collections.abc import Sequence
from typing import Protocol

from fer_data.core.arrays import Image
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.regions import face_side_px
from fer_data.errors import DetectorError
from fer_data.params.align import AlignParams

__all__ = ["Detector", "open_detector"]


class Detector(Protocol):
    """Something that finds faces in RGB frames.

    Attributes:
        name: as in `align.detector.name`.
        weights_sha256: of the file that the weights come from.
    """

    @property
    def name(self) -> str:
        """Return the name that the parameters give it."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Return the SHA-256 of the weights file."""
        ...

    def detect(self, frames: Sequence[Image]) -> list[Faces]:
        """Return the faces of each frame, best score first, in the frame's pixels."""
        ...

    def detect_in_regions(self, views: Sequence[Image]) -> list[Faces]:
        """Return the faces of views around a face, each the mean of all the network's answers for it."""
        ...


def open_detector(params: AlignParams) -> Detector:
    """Return the detector that the parameters name, ready to run on one thread.

    Raises:
        DetectorError: its weights are missing or altered, or the machine cannot run it as asked.
    """
    if params.engine == "torch":
        from fer_data.detectors.torch.detector import open_torch_detector

        return open_torch_detector(params)
    if params.precision != "fp32":
        raise DetectorError(
            f"align.precision ({params.precision}) must be fp32 with align.engine onnxruntime. Use engine torch for it."
        )
    if params.detector.name == "centerface":
        return _open_centerface(params)
    return _open_insightface(params)


def _open_centerface(params: AlignParams) -> Detector:
    from fer_data.detectors.centerface import check_no_weights, open_centerface

    detector = params.detector
    check_no_weights(detector.weights, detector.sha256)
    return open_centerface(
        size_px=detector.size_px,
        min_score=detector.min_score,
        nms_iou=detector.nms_iou,
        device=params.device,
    )


def _open_insightface(params: AlignParams) -> Detector:
    from fer_data.detectors.insightface import insightface_weights, open_insightface

    detector, detection = params.detector, params.detection
    return open_insightface(
        insightface_weights(detector.weights, detector.sha256),
        size_px=detector.size_px,
        min_score=detector.min_score,
        nms_iou=detector.nms_iou,
        device=params.device,
        face_px=face_side_px(detection.region_px, detection.region_margin),
    )
