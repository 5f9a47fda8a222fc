"""What one label is about."""

import numpy as np
import pytest

from fer_data.core.labels.label_units import label_units, spread_over


def units_of(
    people: str, frames: list[int], labels: list[int], segments: list[str] | None = None
) -> list[int]:
    """Return the units of rows of people with one letter each."""
    named = np.array(segments or [""] * len(frames))
    return label_units(np.array(list(people)), np.array(frames), np.array(labels), named).tolist()


def test_a_run_of_equal_labels_of_one_person_is_one_unit() -> None:
    """It ends where the label changes, where a row has none, and with the person."""
    assert units_of("aaaaaabb", [0, 1, 2, 3, 4, 5, 0, 1], [1, 1, -1, 1, 2, 2, 2, 2]) == [
        0,
        0,
        1,
        2,
        3,
        3,
        4,
        4,
    ]


def test_rows_may_stand_in_any_order() -> None:
    """Frames decide, and units are counted in the order of their first rows."""
    assert units_of("aaaa", [3, 0, 2, 1], [7, 5, 7, 5]) == [0, 1, 0, 1]


def test_pictures_are_a_unit_each() -> None:
    """A person's single pictures are nobody's run: each has a place of its own."""
    people = np.array(["ann p1", "ann p2", "ann p3"])
    assert label_units(people, np.zeros(3, int), np.ones(3, int), np.array([""] * 3)).tolist() == [0, 1, 2]


def test_a_segment_is_a_unit_whatever_lies_between_its_frames() -> None:
    """And two segments with equal labels that touch are two."""
    assert units_of("aaaa", [0, 1, 2, 3], [1, 1, 1, 1], ["s", "s", "t", "t"]) == [0, 0, 1, 1]
    assert units_of("ab", [0, 0], [1, 1], ["s", "s"]) == [0, 1]


def test_no_rows_have_no_units() -> None:
    """Nor are any looked at."""
    assert units_of("", [], []) == []


@pytest.mark.parametrize("most", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [1, 2, 5, 7, 100])
def test_rows_are_looked_at_evenly(count: int, most: int) -> None:
    """At most so many of each unit, all where there are fewer, none twice, the middle one where one is."""
    units = np.repeat([0, 1], [count, 3])
    frames = np.concatenate([np.arange(count), np.arange(3)])
    taken = spread_over(units, frames, most)
    own = taken[taken < count]
    assert len(own) == min(count, most)
    assert len(set(own.tolist())) == len(own)
    assert (np.diff(own) > 0).all()
    assert own.mean() == pytest.approx((count - 1) / 2, abs=1)
