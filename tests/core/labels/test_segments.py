"""Rows of one segment are scored once."""

import numpy as np
import pytest

from fer_data.core.labels.segments import scored_once, segment_keys


def test_frames_are_scored_as_they_are() -> None:
    """Nothing is made of rows whose labels are about one frame each."""
    keys = segment_keys(["frame", "frame"], ["", ""], ["a", "a"])
    assert scored_once(keys, np.array([True, False])) is None


def test_a_segment_is_one_row_with_the_mean_of_those_that_have_a_crop() -> None:
    """It is represented by the first of them; a segment without any has no values."""
    keys = segment_keys(["segment"] * 3 + ["clip"] * 2 + ["frame"], ["s"] * 3 + ["c"] * 2 + [""], ["a"] * 6)
    known = np.array([False, True, True, False, False, True])
    found = scored_once(keys, known)
    assert found is not None
    assert found.first.tolist() == [1, 3, 5]
    assert found.any(known).tolist() == [True, False, True]
    values = np.array([[1.0], [2.0], [7.0]], np.float32)
    assert found.mean(values, known).tolist() == [[1.5], [7.0]]


def test_two_people_of_one_clip_are_two() -> None:
    """A label is about one person."""
    found = scored_once(segment_keys(["clip"] * 2, ["c"] * 2, ["a", "b"]), np.array([True, True]))
    assert found is not None
    assert found.first.tolist() == [0, 1]


@pytest.mark.parametrize("seed", range(5))
def test_means_do_not_depend_on_where_rows_of_a_segment_stand(seed: int) -> None:
    """Segments may be interleaved with others and with frames; the order of rows is that of their first."""
    random = np.random.default_rng(seed)
    keys = random.choice(["", "s", "t"], 20).astype(np.str_)
    known = random.random(20) < 0.7
    found = scored_once(keys, known)
    assert found is not None
    assert (np.diff(found.first) > 0).all()
    values = random.normal(size=(20, 2)).astype(np.float32)
    means = iter(found.mean(values[known], known))
    for first, some in zip(found.first, found.any(known), strict=True):
        own = np.arange(20) == first if keys[first] == "" else keys == keys[first]
        if some:
            assert next(means) == pytest.approx(values[own & known].mean(axis=0), abs=1e-6)
