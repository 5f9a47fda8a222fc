"""A picture that leaps, as at a cut, is told from one that moves, however quickly."""

import numpy as np
import pytest

from fer_data.core.tracks.continuity import Continuity


def said(levels: list[float]) -> list[bool]:
    """Return what is said of frames that are grey all over, each by its level."""
    continuity = Continuity()
    return [continuity.goes_on(np.full((6, 8, 3), level, np.uint8)) for level in levels]


def test_a_cut_in_a_calm_shot_is_a_leap() -> None:
    """A picture that changes by 1 and once by 15 leaps there and nowhere else."""
    assert said([50, 51, 50, 51, 66, 67, 66]) == [True] * 4 + [False] + [True] * 2


def test_a_shaking_camera_is_no_cut() -> None:
    """A picture that always changes by 20 goes on."""
    assert all(said([50, 70, 50, 70, 90, 70, 50]))


def test_frames_that_come_twice_do_not_hide_the_motion() -> None:
    """Where every second frame repeats the one before, only the first two steps of a motion may look like leaps."""
    levels = [50.0, 51.0, 51.0, *([65.0, 65.0, 79.0, 79.0] * 5)]
    assert False not in said(levels)[6:]


def test_a_change_of_the_whole_picture_is_a_leap_whatever_went_before() -> None:
    """Grey levels that differ by more than 40 on average are another picture."""
    assert said([50, 70, 50, 100]) == [True, True, True, False]


def test_two_cuts_in_a_row_are_both_seen() -> None:
    """The first cut does not count as motion before the second."""
    assert said([50, 51, 50, 70, 71, 70, 50]) == [True, True, True, False, True, True, False]


def test_another_size_is_a_leap() -> None:
    """Frames of two sizes cannot go on from each other."""
    continuity = Continuity()
    continuity.goes_on(np.zeros((6, 8, 3), np.uint8))
    assert not continuity.goes_on(np.zeros((6, 9, 3), np.uint8))


@pytest.mark.parametrize("frames", [1, 2], ids=["one", "two"])
def test_nothing_is_said_against_the_first_frames(frames: int) -> None:
    """Without a change before there is nothing to hold a change against."""
    assert all(said([50, 80][:frames]))


@pytest.mark.parametrize(
    ("light", "other", "goes_on"),
    [(0.4, False, True), (1.0, True, False), (0.4, True, False), (0.01, False, False)],
    ids=["fade", "cut", "cut to a darker picture", "black"],
)
def test_a_picture_that_fades_goes_on(light: float, other: bool, goes_on: bool) -> None:
    """All of it has the same share of its light; another picture has not, and of black nothing is known."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(40, 200, (2, 6, 8, 3))
    continuity = Continuity()
    for _ in range(4):
        continuity.goes_on(first.astype(np.uint8))
    assert continuity.goes_on(((second if other else first) * light).astype(np.uint8)) is goes_on
