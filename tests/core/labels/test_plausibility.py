"""Labels that are possible but unlikely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.plausibility import disagreements, happy_but_unpleasant, single_frame_flips

expressions = st.lists(st.integers(-1, 7), max_size=30).map(lambda values: np.array(values, np.int8))


@pytest.mark.parametrize(
    ("values", "frames"),
    [
        ([0, 0, 3, 0, 0], [2]),
        ([0, 3, 3, 0], []),
        ([0, -1, 0], []),
        ([-1, 3, -1], []),
        ([0, 3, 1], []),
        ([0, 1, 0, 1, 0], [1, 2, 3]),
        ([0, 3, 0], [1]),
        ([0, 1], []),
        ([], []),
    ],
)
def test_flips_are_one_frame_between_equals(values: list[int], frames: list[int]) -> None:
    """Only an annotated frame between two equal annotated ones counts."""
    assert single_frame_flips(np.array(values, np.int8)).tolist() == frames


@given(expressions)
def test_flips_read_the_same_backwards(values: np.ndarray) -> None:
    """Playing the video backwards finds the same frames."""
    backwards = len(values) - 1 - single_frame_flips(values[::-1])
    assert sorted(backwards.tolist()) == single_frame_flips(values).tolist()


def test_happiness_with_strongly_negative_valence() -> None:
    """Only the named class counts, only below the threshold, and a missing valence never."""
    expression = np.array([4, 4, 4, 5, -1], np.int8)
    valence = np.array([-0.51, -0.5, np.nan, -0.9, -0.9], np.float32)

    assert happy_but_unpleasant(expression, valence, 4).tolist() == [0]


@given(expressions)
def test_nothing_disagrees_with_itself(values: np.ndarray) -> None:
    """Equal labels never disagree."""
    assert disagreements(values, values).tolist() == []


def test_disagreement_needs_two_annotations() -> None:
    """A frame that one side leaves out is no disagreement."""
    assert disagreements(np.array([0, 1, -1], np.int8), np.array([1, 1, 2], np.int8)).tolist() == [0]
