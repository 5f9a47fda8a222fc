"""Augmented copies of a face: what may be done to it, drawn from a seed, with an exact record."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np

from fer_data.core.arrays import Image
from fer_data.core.sampling.operations import OPERATIONS
from fer_data.shell.left_out import leaving_out

try:
    with leaving_out(
        "torch", "huggingface_hub"
    ):  # for tensors and sharing recipes: three quarters of its import
        import albumentations as A  # noqa: N812 - `A` is its documented alias
except (ImportError, AttributeError, NameError):  # a version that needs them: slower, and no fault
    import albumentations as A  # noqa: N812 - as above

__all__ = ["LIBRARY", "Augmentation", "alter", "augment"]

LIBRARY = f"albumentations {A.__version__}"
"""What draws and applies the operations."""

_LONGEST_LIST = 64
_NOT_DRAWN = {"shape", "output_shape", "bbox_matrix", "fill_mask"}
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


def alter(image: Image, operation: str, *, strength: float, seed: int) -> tuple[Image, dict[str, Any]]:
    """Return a picture changed by one of `OPERATIONS` alone, of the same size, and the transform with what was drawn.

    At strength 1 it is drawn as `augment` draws it where it does it; other strengths go as many times as far, from the
    same draw: one seed only grows stronger.
    """
    alone = _alone(operation, image.shape[1], strength)
    alone.set_random_seed(seed)
    made = alone(image=image)
    ((name, params),) = made["applied_transforms"]
    return made["image"], _record(name, params)


@cache
def _recipe(side: int) -> A.Compose:
    """Return what may be done to a picture of `side` px; the ranges are small enough to keep an expression."""
    steps = [
        A.HorizontalFlip(p=0.5),
        _affine(1.0, dict.fromkeys(_AFFINE, 1.0)),  # always, so that no copy is its parent
        _brightness_contrast(0.7, 1.0, 1.0),
        _gamma(0.3, 1.0),
        _hue_saturation(0.5, 1.0, 1.0),
        _blur(0.2, 1.0, side),
        _noise(0.2, 1.0),
    ]
    if side >= OPERATIONS["compression"].smallest_px:
        steps.append(_compression(0.2, 1.0))
    return A.Compose(steps, seed=0, save_applied_params=True)


@cache
def _alone(operation: str, side: int, strength: float) -> A.Compose:
    """Return what does one operation, always; the other parts of its transform do nothing."""
    part = {name: strength if name == operation else 0.0 for name in OPERATIONS}
    steps: dict[str, Callable[[], Any]] = {
        "HorizontalFlip": lambda: A.HorizontalFlip(p=1.0),
        "Affine": lambda: _affine(1.0, part),
        "RandomBrightnessContrast": lambda: _brightness_contrast(1.0, part["brightness"], part["contrast"]),
        "RandomGamma": lambda: _gamma(1.0, strength),
        "HueSaturationValue": lambda: _hue_saturation(1.0, part["hue"], part["saturation"]),
        "GaussianBlur": lambda: _blur(1.0, strength, side),
        "GaussNoise": lambda: _noise(1.0, strength),
        "ImageCompression": lambda: _compression(1.0, strength),
    }
    return A.Compose([steps[OPERATIONS[operation].step]()], seed=0, save_applied_params=True)


_AFFINE = {"scale": 0.06, "translate": 0.03, "rotate": 8.0, "shear": 3.0}
"""A fraction, a fraction of the side, and degrees: either way, at strength 1."""


def _affine(p: float, strength: Mapping[str, float]) -> A.Affine:
    reach = {name: most * strength[name] for name, most in _AFFINE.items()}
    return A.Affine(
        scale=(1 - reach["scale"], 1 + reach["scale"]),
        translate_percent=(-reach["translate"], reach["translate"]),
        rotate=(-reach["rotate"], reach["rotate"]),
        shear=(-reach["shear"], reach["shear"]),
        keep_ratio=True,
        interpolation=cv2.INTER_CUBIC,
        border_mode=cv2.BORDER_REFLECT_101,
        p=p,
    )


def _brightness_contrast(p: float, brightness: float, contrast: float) -> A.RandomBrightnessContrast:
    return A.RandomBrightnessContrast(brightness_limit=0.15 * brightness, contrast_limit=0.2 * contrast, p=p)


def _gamma(p: float, strength: float) -> A.RandomGamma:
    return A.RandomGamma(gamma_limit=(100 - 20 * strength, 100 + 25 * strength), p=p)


def _hue_saturation(p: float, hue: float, saturation: float) -> A.HueSaturationValue:
    return A.HueSaturationValue(
        hue_shift_limit=5 * hue, sat_shift_limit=20 * saturation, val_shift_limit=0, p=p
    )


def _blur(p: float, strength: float, side: int) -> A.GaussianBlur:
    sigma = strength * side / _REFERENCE_PX
    return A.GaussianBlur(blur_limit=0, sigma_limit=(0.5 * sigma, 2.0 * sigma), p=p)


def _noise(p: float, strength: float) -> A.GaussNoise:
    return A.GaussNoise(std_range=(0.01 * strength, 0.03 * strength), p=p)


def _compression(p: float, strength: float) -> A.ImageCompression:
    worst, best = (round(100 - lost * strength) for lost in (40, 5))
    return A.ImageCompression(quality_range=(worst, best), p=p)


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
