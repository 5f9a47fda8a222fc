"""Bring frames to a detector's input: never enlarged, never distorted, sides padded to multiples of 32."""

from typing import cast

import cv2
import numpy as np

from fer_data.core.arrays import Float32, Image
from fer_data.core.vision.faces import Faces

__all__ = ["letterbox", "to_source"]

_MULTIPLE = 32


def letterbox(image: Image, size_px: int) -> tuple[Image, float]:
    """Return the picture with its longer side at most `size_px`, padded in black on the right and below, and its scale.

    Reduction averages areas. The scale is input pixels a source pixel, at most 1.
    """
    height, width = image.shape[:2]
    scale = min(1.0, size_px / max(height, width))
    if scale < 1.0:
        side = max(1, int(width * scale)), max(1, int(height * scale))
        image = cast("Image", cv2.resize(image, side, interpolation=cv2.INTER_AREA))
    padded = np.zeros((*(-(-side // _MULTIPLE) * _MULTIPLE for side in image.shape[:2]), 3), np.uint8)
    padded[: image.shape[0], : image.shape[1]] = image
    return padded, scale


def to_source(faces: Faces, scale: float, image: Image) -> Faces:
    """Return faces found in a letterboxed picture in the source's pixels, their boxes cut at the picture's edges."""
    height, width = image.shape[:2]
    limits: Float32 = np.array([width, height, width, height], np.float32)
    boxes = np.clip(faces.boxes / np.float32(scale), 0, limits)
    return Faces(boxes, faces.scores, faces.landmarks / np.float32(scale))
