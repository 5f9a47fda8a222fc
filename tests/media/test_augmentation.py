"""Augmented copies and their record."""

import json
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.arrays import Image
from fer_data.core.sampling.operations import OPERATIONS, operations_of
from fer_data.media.augmentation import LIBRARY, Augmentation, alter, augment

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


@pytest.mark.parametrize("error", [ImportError, AttributeError, NameError])
def test_a_library_that_cannot_do_without_the_others_gets_them(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """Another version may name what was left out while it is imported, in any of these ways."""

    def refused(*_names: str) -> None:
        raise error("torch")

    spec = find_spec("fer_data.media.augmentation")
    assert spec is not None
    assert spec.loader is not None
    monkeypatch.setattr("fer_data.shell.left_out.leaving_out", refused)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.LIBRARY == LIBRARY


@given(st.integers(0, 2**32 - 1), st.sampled_from(SIDES))
def test_size_and_type_are_kept(seed: int, side: int) -> None:
    """An augmented copy is a picture of the same size."""
    made, _ = augment(face(side), seed)
    assert (made.shape, made.dtype) == ((side, side, 3), np.uint8)


@pytest.mark.parametrize("side", SIDES)
def test_the_result_depends_on_the_seed_alone(side: int) -> None:
    """What was drawn before changes nothing, so any order of the work gives the same bytes."""
    forward = [augment(face(side), seed) for seed in range(10)]
    backward = [augment(face(side), seed) for seed in reversed(range(10))][::-1]
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


@pytest.mark.parametrize("side", SIDES)
def test_every_transform_of_a_copy_is_known_as_operations(side: int) -> None:
    """What `augment` may apply at a side is what `alter` can do at that side, no more and no less."""
    applied = {o["name"] for seed in range(60) for o in augment(face(side), seed)[1]}
    possible = {one.step for one in OPERATIONS.values() if side >= one.smallest_px}
    assert applied == possible
    assert {name for step in applied for name in operations_of(step)} == {
        one.name for one in OPERATIONS.values() if side >= one.smallest_px
    }


@pytest.mark.parametrize("name", OPERATIONS)
def test_one_operation_alone_depends_on_its_seed(name: str) -> None:
    """The same again for the same seed, whatever was drawn before; another picture for another one, but for a flip."""
    made = [alter(face(128), name, strength=1.0, seed=seed)[0] for seed in (*range(9), 0)]
    assert np.array_equal(made[0], made[-1])
    assert (len({picture.tobytes() for picture in made}) == 1) == (name == "flip")
    assert (made[0].shape, made[0].dtype) == ((128, 128, 3), np.uint8)


def test_a_flip_is_the_mirror_image() -> None:
    """Nothing else is done."""
    assert np.array_equal(alter(face(32), "flip", strength=1.0, seed=1)[0], face(32)[:, ::-1])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rotate", lambda p: p["rotate"]),
        ("scale", lambda p: p["scale"]["x"] - 1),
        ("shear", lambda p: p["matrix"][0][1]),
        ("brightness", lambda p: p["beta"]),
        ("contrast", lambda p: p["alpha"] - 1),
        ("gamma", lambda p: p["gamma"] - 1),
        ("hue", lambda p: p["hue_shift"]),
        ("saturation", lambda p: p["sat_shift"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_seed_grows_stronger_with_the_strength(name: str, value: Callable[[Any], float]) -> None:
    """The same draw goes as many times as far, and no other part of the transform does anything."""
    for seed in range(5):
        half, one, two = (alter(face(64), name, strength=s, seed=seed)[1]["params"] for s in (0.5, 1.0, 2.0))
        assert value(one) == pytest.approx(2 * value(half), rel=0.05, abs=1e-9)
        assert value(two) == pytest.approx(2 * value(one), rel=0.05, abs=1e-9)
        assert value(one) != 0


def test_strength_one_is_what_copies_are_made_with() -> None:
    """The drawn values of a hundred seeds fill the range of `augment` and never leave it."""
    copies = [
        o["params"]["rotate"]
        for seed in range(300)
        for o in augment(face(16), seed)[1]
        if "rotate" in o["params"]
    ]
    alone = [alter(face(16), "rotate", strength=1.0, seed=seed)[1]["params"]["rotate"] for seed in range(300)]
    for drawn_values in (copies, alone):
        assert 7.5 < max(drawn_values) <= 8.0
        assert -8.0 <= min(drawn_values) < -7.5
