"""Detect known faces again, each in a region around it: at a fixed scale, where landmarks are finer and vary less.

The region of a head that rolls is turned by the roll of the detection before, so that the detector sees it upright.
"""

from fer_data.core.arrays import Image
from fer_data.core.vision.consistency import lower_confidence
from fer_data.core.vision.faces import Faces
from fer_data.core.vision.geometry import warp_crop
from fer_data.core.vision.regions import from_region, refined, region_maps
from fer_data.detectors import Detector
from fer_data.params.align import DetectionParams

__all__ = ["LOOKS", "redetect", "refine"]

LOOKS = 4
"""How often a face that a search found is detected again in its region."""


def redetect(detector: Detector, image: Image, faces: Faces, params: DetectionParams) -> list[Faces]:
    """Return what the detector finds in the region around each face, in the frame's pixels."""
    maps = region_maps(faces, params.region_px, params.region_margin)
    views = detector.detect_in_regions([warp_crop(image, matrix, params.region_px) for matrix in maps])
    size_wh = (image.shape[1], image.shape[0])
    return [from_region(view, matrix, size_wh) for view, matrix in zip(views, maps, strict=True)]


def refine(detector: Detector, image: Image, faces: Faces, params: DetectionParams) -> Faces:
    """Return the faces of a search as detected in their regions; a face that is not found there stays as it is.

    A fixed-point iteration: every region lies around the last detection, as it does where a face is followed from frame
    to frame, so that both ways agree. A face whose last two detections disagree gets half its score.
    """
    before = faces
    for _ in range(LOOKS):
        before, faces = faces, refined(faces, redetect(detector, image, faces, params), params.min_iou)
    return lower_confidence(faces, before)
