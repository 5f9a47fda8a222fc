"""Augmented copies of a face: what may be done to it, drawn from a seed, with an exact record."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np

from fer_data.core.arrays import Image

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # its import would ask the network for a newer version
import albumentations as A  # noqa: N812 - after the line above; `A` is its documented alias

__all__ = ["LIBRARY", "Augmentation", "augment"]

LIBRARY = f"albumentations {A.__version__}"
"""What draws and applies the operations."""

_LONGEST_LIST = 64
_NOT_DRAWN = {"shape", "output_shape", "bbox_matrix", "fill_mask"}
_SMALLEST_JPEG_PX = 64
_REFERENCE_PX = 256


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How an augmented copy was made: enough to make it again, and to see what was done.

    Attributes:
        seed: that everything was drawn from, in [0, 2**32).
        copy: the copy's number, counted from 1.
        library: name and version of what drew and applied the operations.
        encoder: `jpeg` or `png`.
        quality: of the JPEG encoder; None for PNG.
        operations: in the order of application, each with its `name` and drawn `params`.
    """

    seed: int
    copy: int
    library: str
    encoder: str
    quality: int | None
    operations: list[dict[str, Any]]

    def to_json(self) -> str:
        """Return the record as one line of JSON."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def from_json(cls, text: str) -> "Augmentation":
        """Return the record that `to_json` wrote."""
        return cls(**json.loads(text))


def augment(image: Image, seed: int) -> tuple[Image, list[dict[str, Any]]]:
    """Return a changed picture of the same face, expression and size, and the operations that made it.

    The same picture and seed give the same result, whatever was drawn before. One seed draws the same flip, affine
    map and colours at every resolution.
    """
    recipe = _recipe(image.shape[1])
    recipe.set_random_seed(seed)
    made = recipe(image=image)
    return made["image"], [_record(name, params) for name, params in made["applied_transforms"]]


@cache
def _recipe(side: int) -> A.Compose:
    """Return what may be done to a picture of `side` px; the ranges are small enough to keep an expression."""
    sigma = side / _REFERENCE_PX
    steps = [
        A.HorizontalFlip(p=0.5),
        A.Affine(
            scale=(0.94, 1.06),
            translate_percent=(-0.03, 0.03),
            rotate=(-8.0, 8.0),
            shear=(-3.0, 3.0),
            keep_ratio=True,
            interpolation=cv2.INTER_CUBIC,
            border_mode=cv2.BORDER_REFLECT_101,
            p=1.0,  # so that no copy is its parent
        ),
        A.RandomBrightnessContrast(brightness_limit=0.15, contrast_limit=0.2, p=0.7),
        A.RandomGamma(gamma_limit=(80, 125), p=0.3),
        A.HueSaturationValue(hue_shift_limit=5, sat_shift_limit=20, val_shift_limit=0, p=0.5),
        A.GaussianBlur(blur_limit=0, sigma_limit=(0.5 * sigma, 2.0 * sigma), p=0.2),
        A.GaussNoise(std_range=(0.01, 0.03), p=0.2),
    ]
    if side >= _SMALLEST_JPEG_PX:  # below, a JPEG block of 8 px is as large as a mouth
        steps.append(A.ImageCompression(quality_range=(60, 95), p=0.2))
    return A.Compose(steps, seed=0, save_applied_params=True)


def _record(name: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "params": {key: _plain(v) for key, v in params.items() if key not in _NOT_DRAWN}}


def _plain(value: object) -> object:
    """Return a drawn parameter as JSON can hold it: a long array by its shape and hash."""
    if isinstance(value, np.ndarray) and value.size > _LONGEST_LIST:
        digest = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"dtype": str(value.dtype), "shape": list(value.shape), "sha256": digest}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
