"""A hash that is alike for near copies of a crop, and for nothing else."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from rendered_faces import rendered_face

from fer_data.core.arrays import Image
from fer_data.core.vision.geometry import similarity_matrix, warp_crop
from fer_data.core.vision.perceptual_hash import perceptual_hash

NEAR = 4
"""`MAX_DISTANCE` of multires, which compares hashes."""


def crop(seed: int) -> Image:
    """Return the aligned crop of a rendered face."""
    picture, landmarks = rendered_face(seed)
    return warp_crop(picture, similarity_matrix(landmarks, 256, 0.0), 256)


def bits(image: Image) -> int:
    """Return the bits of a crop's hash."""
    found = perceptual_hash(image)
    assert found is not None
    return found % (1 << 64)


def distance(first: Image, second: Image) -> int:
    """Return in how many bits two crops differ."""
    return (bits(first) ^ bits(second)).bit_count()


def jpeg(image: Image) -> Image:
    """Return a picture as strong compression leaves it."""
    return np.asarray(
        cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1), np.uint8
    )


def small(image: Image) -> Image:
    """Return a picture of a quarter of the side."""
    return np.asarray(cv2.resize(image, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)


def brighter(image: Image) -> Image:
    """Return a picture 20 grey levels brighter."""
    return np.clip(image.astype(np.int16) + 20, 0, 255).astype(np.uint8)


def turned(image: Image) -> Image:
    """Return a mirror image."""
    return np.ascontiguousarray(image[:, ::-1])


@pytest.mark.parametrize("change", [jpeg, small, brighter], ids=lambda change: change.__name__)
def test_near_copies_are_close(change: Callable[[Image], Image]) -> None:
    """What a re-uploaded picture went through stays within the distance."""
    assert distance(crop(1), change(crop(1))) <= NEAR


def test_other_people_are_far() -> None:
    """Some 32 of 64 bits differ by chance, far from the distance of copies."""
    assert min(distance(crop(1), crop(seed)) for seed in (2, 3)) > 2 * NEAR


def test_a_mirror_image_turns_over_known_bits() -> None:
    """Those of coefficients that are odd across, every other bit; one next to zero may do as it likes."""
    assert ((bits(crop(1)) ^ bits(turned(crop(1)))) ^ 0xAAAA_AAAA_AAAA_AAAA).bit_count() <= 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_picture_of_nothing_has_no_hash(level: int) -> None:
    """Else every black picture would be a copy of every other, and so would what noise there is."""
    assert perceptual_hash(np.full((256, 256, 3), level, np.uint8)) is None


@pytest.mark.parametrize("side", [8, 48, 112])
def test_crops_of_any_side_have_one(side: int) -> None:
    """Given crops are as large as they are."""
    image = np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)
    found = perceptual_hash(image)
    assert found is not None
    assert -(2**63) <= found < 2**63
    assert found == perceptual_hash(image.copy())
