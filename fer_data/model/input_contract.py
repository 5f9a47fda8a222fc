"""What the network is fed, stated once: the crop's field of view, its size, channel order, range and mean."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fer_data.core.arrays import Image
from fer_data.core.network import GEOMETRIES, GIVEN, MAX_INPUT_PX, MAX_MARGIN, MIN_INPUT_PX
from fer_data.errors import WeightsError

__all__ = ["MEAN_BGR", "InputContract", "read_contract"]

MEAN_BGR = (91.4953, 103.8827, 131.0912)
"""Mean of VGGFace2's training pictures, blue, green, red, on the scale 0-255. Source: the VGGFace2 release."""

_RESIZE_OVER_CROP = 256 / 224


@dataclass(frozen=True, slots=True)
class InputContract:
    """The one statement of a network's input; a model is stored with it and refuses crops that break it.

    Attributes:
        input_px: side of the square that the network sees.
        geometry: how the crops were aligned: `similarity` or `box`; `given` where they were not made here; or both,
            such as `similarity+given`.
        margin: fraction by which the crops' field of view is grown; None where all were given.
    """

    input_px: int
    geometry: str
    margin: float | None

    @property
    def resize_px(self) -> int:
        """Return the side a crop is resized to before the input is cut out of it: 256 for an input of 224."""
        return round(self.input_px * _RESIZE_OVER_CROP)

    def document(self) -> dict[str, Any]:
        """Return the whole contract as plain values, constants included."""
        return {
            "field_of_view": {"geometry": self.geometry, "margin": self.margin},
            "resize_px": self.resize_px,
            "resize": "shorter side; area average when it shrinks, bilinear when it grows",
            "input_px": self.input_px,
            "crop": "centre at inference; random in training",
            "channels": "BGR",
            "range": [0, 255],
            "mean": list(MEAN_BGR),
            "layout": "NCHW float32",
        }

    def sha256(self) -> str:
        """Return the hash of the contract's document, in hexadecimal."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def resize(self, crop: Image) -> Image:
        """Return an RGB picture with its shorter side at `resize_px`, longer one in proportion."""
        height, width = crop.shape[:2]
        scale = self.resize_px / min(height, width)
        size = (max(self.resize_px, round(width * scale)), max(self.resize_px, round(height * scale)))
        if size == (width, height):
            return crop
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8)

    def centre(self, crops: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the central `input_px` square of resized crops, (n, height, width, 3)."""
        top, left = ((side - self.input_px) // 2 for side in crops.shape[1:3])
        return crops[:, top : top + self.input_px, left : left + self.input_px]

    def to_input(self, images: Tensor) -> Tensor:
        """Return the network's input, (n, 3, input_px, input_px) float32, of RGB uint8 (n, input_px, input_px, 3).

        Raises:
            WeightsError: the pictures are not uint8 of that shape.
        """
        expected = (self.input_px, self.input_px, 3)
        if images.dtype != torch.uint8 or tuple(images.shape[1:]) != expected:
            raise WeightsError(
                f"The network's input must be uint8 of shape (n, {self.input_px}, {self.input_px}, 3), "
                f"got {images.dtype} of {tuple(images.shape)}. Resize and crop as the input contract says."
            )
        return (images.flip(3).float() - _mean(images.device)).permute(0, 3, 1, 2)

    def check_crops(self, geometry: str, margin: float | None) -> None:
        """Hold the field of view of crops against the one the network was trained on.

        A network that was trained on crops of two kinds may see either.

        Raises:
            WeightsError: they differ.
        """
        known = geometry in (self.geometry, *self.geometry.split("+"))
        if known and (geometry == GIVEN or margin == self.margin):
            return
        if self.geometry == GIVEN:
            raise WeightsError(
                f"The crops have geometry {geometry}, but the model was trained on crops that were given (geometry "
                "given), whose field of view is that of whoever made them. Publish crops from there (`crops` of a "
                "source) and predict that dataset with --split, or train on crops that align made."
            )
        if GIVEN in geometry.split("+") and GIVEN not in self.geometry:
            raise WeightsError(
                f"The crops were given, all or in part (geometry {geometry}), so their field of view is that of "
                f"whoever made them, but the model was trained on geometry {self.geometry} and margin {self.margin}. "
                "Predict the videos or pictures that they were cut from, or train on a dataset that has given crops."
            )
        raise WeightsError(
            f"The crops have geometry {geometry} and margin {margin}, but the model was trained on "
            f"{self.geometry} and {self.margin}. Align them as its input contract says, or train again."
        )


@cache
def _mean(device: torch.device) -> Tensor:
    """Return the mean on a device, copied there once: a copy at every step would wait for the step before."""
    return torch.tensor(MEAN_BGR, device=device)


def read_contract(document: Mapping[str, Any], sha256: str) -> InputContract:
    """Return the contract that a stored document states.

    Raises:
        WeightsError: the document is altered, incomplete, or states a rule that this version does not follow.
    """
    try:
        view = document["field_of_view"]
        geometry, margin = str(view["geometry"]), view["margin"]
        contract = InputContract(
            int(document["input_px"]), geometry, None if geometry == GIVEN else float(margin)
        )
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise WeightsError(
            f"The model's input contract is incomplete: {error!r}. Train or export it again."
        ) from error
    _check_bounds(contract)
    if contract.document() != dict(document) or contract.sha256() != sha256:
        raise WeightsError(
            "The model's input contract was altered or is another version's; its hash must be "
            f"{contract.sha256()[:12]}, got {sha256[:12]}. Train or export it again."
        )
    return contract


def _check_bounds(contract: InputContract) -> None:
    """Refuse values that `align` and `train` do not admit."""
    rules = {
        "input_px": (contract.input_px, MIN_INPUT_PX <= contract.input_px <= MAX_INPUT_PX),
        "geometry": (contract.geometry, contract.geometry in GEOMETRIES),
        "margin": (contract.margin, contract.margin is None or 0.0 <= contract.margin <= MAX_MARGIN),
    }
    for name, (value, holds) in rules.items():
        if not holds:
            raise WeightsError(
                f"The model's input contract: {name} ({str(value)[:40]}) is out of range. Train or export it again."
            )
