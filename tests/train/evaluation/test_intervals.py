"""How much rows of one unit share their errors, by task."""

import numpy as np
import pytest

from train.evaluation.intervals import errors_within
from train.evaluation.tasks.action_units.evaluation import ActionUnits
from train.evaluation.tasks.valence_arousal.evaluation import ValenceArousal

UNITS = np.repeat(["a", "b", "c"], 4)


def test_videos_that_are_wholly_wrong_or_right_count_once_each() -> None:
    """Four rows of a video say no more than one; rows without a label are left out."""
    errors = np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1], float)
    assert errors_within(errors, UNITS) == pytest.approx(
        {"correlation": 1.0, "design_effect": 4.0, "effective_rows": 3.0}
    )
    errors[3:4], errors[7:8] = np.nan, np.nan
    found = errors_within(errors, UNITS)
    assert found is not None
    assert found["effective_rows"] == pytest.approx(10 / found["design_effect"])


@pytest.mark.parametrize(
    ("errors", "units"),
    [(np.zeros(12), UNITS), (np.arange(12.0), np.array(list("abcdefghijkl"))), (np.full(12, np.nan), UNITS)],
    ids=["no error", "single pictures", "no label"],
)
def test_what_is_not_defined_is_none(
    errors: "np.ndarray[tuple[int], np.dtype[np.float64]]", units: object
) -> None:
    """Nothing is made up where rows cannot be compared."""
    assert errors_within(errors, np.asarray(units)) is None


def test_how_wrong_an_answer_is() -> None:
    """Of values the mean absolute error, of action units the share of annotated ones."""
    values = ValenceArousal().errors(np.array([[0.5, 0.0]]), np.array([[0.1, 0.2]]))
    assert values == pytest.approx([0.3])
    units = ActionUnits(("AU01", "AU02", "AU04"))
    found = units.errors(np.array([[1, 0, -1], [-1, -1, -1]]), np.array([[0.9, 0.8, 0.1], [0.0, 0.0, 0.0]]))
    assert found[0] == 0.5
    assert np.isnan(found[1])
