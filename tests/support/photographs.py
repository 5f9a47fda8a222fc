"""Photographs inside installed packages, read without what a package imports beside them."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from fer_data.core.arrays import Image

__all__ = ["six_people"]


@cache
def six_people() -> Image:
    """Return InsightFace's photograph of six people, RGB, 1280 x 886 px, which nobody may write to."""
    package = find_spec("insightface")  # importing it takes two seconds
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).with_name("data") / "images" / "t1.jpg"
    picture = cv2.imread(str(path))
    assert picture is not None, path
    picture = np.ascontiguousarray(picture[:, :, ::-1]).astype(np.uint8)
    picture.setflags(write=False)
    return picture
