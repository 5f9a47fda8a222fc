"""How valence and arousal are spread."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fer_data.core.metrics.circumplex import BINS, QUADRANTS, quadrant_counts, spread

VALUES = st.floats(-1, 1, width=32)


@given(arrays(np.float32, st.tuples(st.just(2), st.integers(0, 40)), elements=VALUES))
def test_every_pair_is_counted_once(points: np.ndarray) -> None:
    """Quadrants and axes together hold every frame; so does a histogram."""
    valence, arousal = points
    counts = quadrant_counts(valence, arousal)
    assert list(counts) == list(QUADRANTS)
    assert sum(counts.values()) == valence.size
    found = spread(valence)
    assert (0 if found is None else sum(found.histogram)) == valence.size


@pytest.mark.parametrize(
    ("valence", "arousal", "name"),
    [
        (1e-7, 1.0, "positive_active"),
        (-1e-7, 1.0, "negative_active"),
        (-1.0, -1e-7, "negative_passive"),
        (1.0, -1e-7, "positive_passive"),
        (0.0, 1.0, "on_an_axis"),
        (-1.0, 0.0, "on_an_axis"),
        (0.0, -0.0, "on_an_axis"),
    ],
)
def test_a_pair_lies_in_its_quadrant(valence: float, arousal: float, name: str) -> None:
    """Exactly zero is in none."""
    counts = quadrant_counts(np.array([valence]), np.array([arousal]))
    assert [key for key, count in counts.items() if count] == [name]


def test_the_ends_of_the_range_are_in_the_outer_bins() -> None:
    """-1 begins the first bin, 1 ends the last, and 0 begins the upper half."""
    found = spread(np.array([-1.0, 0.0, 1.0, 1.0]))
    assert found is not None
    assert (found.histogram[0], found.histogram[BINS // 2], found.histogram[-1]) == (1, 1, 2)
    assert (found.mean, found.median) == (0.25, 0.5)


def test_the_histogram_covers_the_limits_of_the_annotation() -> None:
    """Values of another range than valence's are counted over that range, both ends included."""
    found = spread(np.array([0.0, 4.9, 5.0, 10.0]), (0.0, 10.0))
    assert found is not None
    assert found.histogram == [1, *[0] * 8, 1, 1, *[0] * 8, 1]


def test_no_value_has_no_spread() -> None:
    """An unannotated split says nothing rather than zero."""
    assert spread(np.empty(0, np.float32)) is None
    assert sum(quadrant_counts(np.empty(0), np.empty(0)).values()) == 0
