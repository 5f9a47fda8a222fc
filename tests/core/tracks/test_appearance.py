"""Looks tell people apart and stay while one person moves."""

import numpy as np
import pytest
from video_corpora import people

from fer_data.core.arrays import Float32, Image
from fer_data.core.tracks.appearance import (
    DESCRIPTOR_LENGTH,
    THUMBNAIL_PX,
    appearance_descriptors,
    descriptor_distance,
    median_descriptor,
    thumbnail_matrix,
    visible_descriptor,
)
from fer_data.core.vision.geometry import warp_crop

BOX = np.array([30, 20, 90, 100], np.float32)


def thumbnail(image: Image, box: Float32) -> Image:
    """Return a face's thumbnail as the CPU makes it."""
    return warp_crop(image, thumbnail_matrix(box), THUMBNAIL_PX)


def test_other_people_look_more_different_than_moved_ones() -> None:
    """A face whose box is off by a few pixels is nearer to itself than to anyone else."""
    own = appearance_descriptors(np.stack([thumbnail(face, BOX) for face in people()]))
    moved = appearance_descriptors(
        np.stack([thumbnail(face, BOX + np.array([4, -3, 6, 2], np.float32)) for face in people()])
    )
    apart = descriptor_distance(own[:, None], moved[None])
    assert np.diag(apart).max() < 0.6 * apart[~np.eye(3, dtype=bool)].min()


def test_other_light_moves_a_look_less_than_another_person() -> None:
    """The same face under a lamp of another colour is nearer to itself than to anyone else."""
    faces = np.stack([thumbnail(face, BOX) for face in people()])
    warmer = np.clip(faces * np.array([1.08, 1.0, 0.9]), 0, 255).astype(np.uint8)
    apart = descriptor_distance(appearance_descriptors(faces)[:, None], appearance_descriptors(warmer)[None])
    assert np.diag(apart).max() < 0.7 * apart[~np.eye(3, dtype=bool)].min()


def test_an_odd_frame_does_not_move_the_mean_look() -> None:
    """The look of a track is a median."""
    values = np.zeros((9, DESCRIPTOR_LENGTH), np.float32)
    values[4] = 90
    assert not median_descriptor(values).any()


def test_no_thumbnails_have_no_descriptors() -> None:
    """A frame without faces gives an empty array of the right width."""
    none = np.zeros((0, THUMBNAIL_PX, THUMBNAIL_PX, 3), np.uint8)
    assert appearance_descriptors(none).shape == (0, DESCRIPTOR_LENGTH)


def test_a_nearer_shot_of_a_person_looks_the_same() -> None:
    """It shows less around the face; only what both shots show is compared, and two people stay apart."""
    wide = [
        thumbnail(
            np.pad(face, ((0, 0), (60, 60), (0, 0)), mode="edge"),
            BOX + np.float32(60) * np.array([1, 0, 1, 0], np.float32),
        )
        for face in people()
    ]
    near = [np.where(_frame(14, 40), one, 0).astype(np.uint8) for one in wide]
    far_descriptors = np.stack([visible_descriptor(np.stack([one] * 5)) for one in wide])
    near_descriptors = np.stack([visible_descriptor(np.stack([one] * 5)) for one in near])
    assert np.isnan(near_descriptors).any()
    apart = descriptor_distance(far_descriptors[:, None], near_descriptors[None])
    assert np.diag(apart).max() < 0.5
    assert apart[~np.eye(3, dtype=bool)].min() > 2
    assert not np.isnan(visible_descriptor(np.stack(near[:1] * 4))).any()
    plain = descriptor_distance(
        appearance_descriptors(np.stack(wide)), appearance_descriptors(np.stack(near))
    )
    assert plain.min() > 4 * np.diag(apart).max()


def _frame(first: int, last: int) -> np.ndarray:
    inside = np.zeros((THUMBNAIL_PX, THUMBNAIL_PX, 1), bool)
    inside[first:last, first:last] = True
    return inside


def test_in_the_dark_all_of_a_look_counts() -> None:
    """Black pictures are no picture's edge."""
    assert not np.isnan(visible_descriptor(np.zeros((5, THUMBNAIL_PX, THUMBNAIL_PX, 3), np.uint8))).any()


@pytest.mark.parametrize("count", [1, 5])
def test_descriptors_are_the_same_one_by_one_as_together(count: int) -> None:
    """However many thumbnails are described at once, each gets the same bits: batches may be cut anywhere."""
    rng = np.random.default_rng(count)
    shown = rng.integers(0, 256, (count, THUMBNAIL_PX, THUMBNAIL_PX, 3), dtype=np.uint8)
    alone = np.concatenate([appearance_descriptors(shown[i : i + 1]) for i in range(count)])
    assert np.array_equal(appearance_descriptors(shown), alone)
