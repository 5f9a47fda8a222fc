"""What outputs mean as answers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fer_data.core.metrics.head_outputs import unit_probabilities, units_present, within_range

outputs = hnp.arrays(np.float64, st.integers(0, 30), elements=st.floats(-1e6, 1e6))


@given(outputs)
def test_probabilities_are_torchs_sigmoid(logits: np.ndarray) -> None:
    """The logistic function, without overflow."""
    np.testing.assert_allclose(
        unit_probabilities(logits), torch.from_numpy(logits).sigmoid().numpy(), atol=1e-12
    )


@given(outputs)
def test_a_unit_is_present_from_one_half_on(logits: np.ndarray) -> None:
    """The answer follows from the probability that is shown beside it."""
    np.testing.assert_array_equal(units_present(logits), unit_probabilities(logits) >= 0.5)


@given(outputs)
def test_valence_and_arousal_stay_in_the_range_of_the_annotation(values: np.ndarray) -> None:
    """Clipping changes nothing that is inside."""
    clipped = within_range(values)
    assert (np.abs(clipped) <= 1).all()
    inside = np.abs(values) <= 1
    np.testing.assert_array_equal(clipped[inside], values[inside])


def test_clipping_never_costs_concordance_where_labels_are_in_range() -> None:
    """A value outside [-1, 1] is wrong in any case; the nearest end is the least wrong."""
    assert within_range([1.7, -3.0]).tolist() == pytest.approx([1.0, -1.0])
