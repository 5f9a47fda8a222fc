"""What augmentation may do to a face, one operation at a time, and by how much at most: what `balance` draws from."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["OPERATIONS", "STRENGTHS", "Operation", "operations_of"]

STRENGTHS = (0.5, 1.0, 2.0)
"""Shares of what `balance` draws at most: 1 is what it does, 2 goes twice as far."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that may be done to a picture.

    Attributes:
        name: as people call it.
        step: name of the transform that does it, as the records of augmented copies have it.
        most: how far it goes at strength 1, in words.
        strengths: at which it can be done.
        smallest_px: side of a picture below which it is not done.
    """

    name: str
    step: str
    most: str
    strengths: tuple[float, ...] = STRENGTHS
    smallest_px: int = 1


_LIST = (
    Operation("flip", "HorizontalFlip", "mirrored", (1.0,)),
    Operation("rotate", "Affine", "by up to 8 degrees either way"),
    Operation("scale", "Affine", "by up to 6 % either way"),
    Operation("shear", "Affine", "by up to 3 degrees either way"),
    Operation("translate", "Affine", "by up to 3 % of the side, across and down"),
    Operation(
        "brightness", "RandomBrightnessContrast", "by up to 15 % of the range of grey values either way"
    ),
    Operation("contrast", "RandomBrightnessContrast", "by up to 20 % either way"),
    Operation("gamma", "RandomGamma", "a gamma from 0.8 to 1.25"),
    Operation("hue", "HueSaturationValue", "by up to 5 of 180 steps either way"),
    Operation("saturation", "HueSaturationValue", "by up to 20 of 255 steps either way"),
    Operation("blur", "GaussianBlur", "a sigma of 0.5 to 2 px in a picture of 256 px"),
    Operation("noise", "GaussNoise", "a standard deviation of 1 to 3 % of the range of grey values"),
    # Below 64 px a block of 8 px is as large as a mouth.
    Operation("compression", "ImageCompression", "JPEG of quality 95 to 60", smallest_px=64),
)

OPERATIONS: Mapping[str, Operation] = {one.name: one for one in _LIST}
"""By name, in the order in which `balance` applies them."""


def operations_of(step: str) -> tuple[str, ...]:
    """Return the operations that a transform of an augmented copy's record stands for; none of an unknown one.

    >>> operations_of("HueSaturationValue")
    ('hue', 'saturation')
    """
    return tuple(one.name for one in _LIST if one.step == step)
