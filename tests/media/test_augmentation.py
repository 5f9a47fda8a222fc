"""Augmented copies and their record."""

import json
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.arrays import Image
from fer_data.media.augmentation import LIBRARY, Augmentation, augment

SIDES = [16, 32, 64, 128, 256]


def face(side: int) -> Image:
    """Return a smooth picture with something to see on either side."""
    ramp = np.linspace(40, 200, side)
    return np.stack(
        np.broadcast_arrays(ramp[:, None], ramp[None], (ramp[:, None] + ramp[None]) / 2), axis=2
    ).astype(np.uint8)


def drawn(side: int, seed: int, name: str) -> dict[str, object] | None:
    """Return the drawn parameters of one operation, if it was applied."""
    return next((o["params"] for o in augment(face(side), seed)[1] if o["name"] == name), None)


@given(st.integers(0, 2**32 - 1), st.sampled_from(SIDES))
def test_size_and_type_are_kept(seed: int, side: int) -> None:
    """An augmented copy is a picture of the same size."""
    made, _ = augment(face(side), seed)
    assert (made.shape, made.dtype) == ((side, side, 3), np.uint8)


@pytest.mark.parametrize("side", SIDES)
def test_the_result_depends_on_the_seed_alone(side: int) -> None:
    """What was drawn before changes nothing, so any order of the work gives the same bytes."""
    forward = [augment(face(side), seed) for seed in range(20)]
    backward = [augment(face(side), seed) for seed in reversed(range(20))][::-1]
    for (one, first), (two, second) in zip(forward, backward, strict=True):
        assert np.array_equal(one, two)
        assert first == second


def test_seeds_draw_different_copies() -> None:
    """Twenty seeds give twenty pictures."""
    assert len({augment(face(64), seed)[0].tobytes() for seed in range(20)}) == 20


@pytest.mark.parametrize("seed", range(10))
def test_one_seed_draws_the_same_copy_at_every_resolution(seed: int) -> None:
    """Flip, affine map and colours are those of the other resolutions."""
    for name, keys in {
        "HorizontalFlip": [],
        "Affine": ["rotate", "scale"],
        "RandomBrightnessContrast": ["alpha"],
        "RandomGamma": ["gamma"],
        "HueSaturationValue": ["hue_shift", "sat_shift"],
    }.items():
        params = [drawn(side, seed, name) for side in SIDES]
        assert len({params[0] is None, *(p is None for p in params)}) == 1
        for key in keys if params[0] is not None else []:
            assert {json.dumps(p[key]) for p in params if p is not None} == {
                json.dumps((params[0] or {})[key])
            }


def test_copies_stay_close_to_the_face() -> None:
    """The face stays where it is: a mark in the middle moves by no more than a tenth of the side."""
    image = np.full((128, 128, 3), 128, np.uint8)
    image[60:68, 60:68] = 255
    for seed in range(50):
        made = augment(image, seed)[0].astype(int).sum(axis=2)
        row, column = np.argwhere(made >= np.percentile(made, 99.7)).mean(axis=0)
        assert abs(row - 64) < 13
        assert abs(column - 64) < 13


def test_the_record_is_json_and_says_what_was_drawn() -> None:
    """Short arrays are written out, long ones by shape and hash; the record reads back equal."""
    operations = [o for seed in range(40) for o in augment(face(64), seed)[1]]
    noise = next(o for o in operations if o["name"] == "GaussNoise")
    affine = next(o for o in operations if o["name"] == "Affine")
    assert noise["params"]["noise_map"]["shape"] == [64, 64, 3]
    assert len(affine["params"]["matrix"]) == 3
    record = Augmentation(3, 1, LIBRARY, "png", None, operations)
    assert Augmentation.from_json(record.to_json()) == record


def test_the_library_is_named_with_its_version() -> None:
    """A record says which version drew it."""
    assert version("albumentations") in LIBRARY
