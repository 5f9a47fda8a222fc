"""Predictions for frames without a crop."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.metrics.nearest_frame import nearest_frames, nearest_rows


@pytest.mark.parametrize(
    ("frame", "expected"),
    [(0, 0), (2, 0), (4, 0), (5, 1), (6, 1), (100, 1)],
    ids=["before", "itself", "tie", "nearer later", "itself later", "after"],
)
def test_the_nearest_of_frames_two_and_six(frame: int, expected: int) -> None:
    """Ties go to the earlier frame; ends hold."""
    assert nearest_frames(np.array([frame]), np.array([2, 6])).tolist() == [expected]


def test_without_kept_frames_there_is_no_nearest() -> None:
    """The caller falls back on something else."""
    assert nearest_frames(np.array([1, 2]), np.array([], np.int64)).tolist() == [-1, -1]


def test_rows_take_from_their_own_subject_alone() -> None:
    """Subject b has no crop, whatever lies beside it; rows may come in any order."""
    subjects = ["a", "b", "a", "a", "b"]
    source = nearest_rows(subjects, np.array([9, 1, 0, 4, 2]), np.array([True, False, True, False, False]))
    assert source.tolist() == [0, -1, 2, 2, -1]


def test_no_rows_have_no_sources() -> None:
    """An empty table stays empty."""
    assert nearest_rows([], np.array([], np.int64), np.array([], np.bool_)).tolist() == []


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 30), st.booleans()),
    min_size=1,
    unique_by=lambda r: r[:2],
)


@given(rows)
def test_sources_follow_the_rule(table: list[tuple[str, int, bool]]) -> None:
    """A row with a crop is its own source; another takes the least distance, then the earliest frame."""
    subjects, frames, crops = zip(*table, strict=True)
    found = nearest_rows(subjects, np.array(frames), np.array(crops))
    for row, (subject, frame, _) in enumerate(table):
        kept = [(abs(f - frame), f, i) for i, (s, f, c) in enumerate(table) if c and s == subject]
        assert found[row] == (min(kept)[2] if kept else -1)
