"""Scores against scikit-learn and against cases worked by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from fer_data.core.metrics import scores
from fer_data.errors import DatasetError

CLASSES = 5
labels = st.integers(0, CLASSES - 1)
pairs = st.lists(st.tuples(labels, labels), min_size=1, max_size=60)
series = hnp.arrays(np.float64, st.integers(2, 40), elements=st.floats(-1, 1, width=32))


@given(pairs)
def test_class_scores_are_scikit_learns(rows: list[tuple[int, int]]) -> None:
    """Confusion, precision, recall, F1, macro F1 and accuracy agree on any labels, absent classes included."""
    actual, predicted = zip(*rows, strict=True)
    ours = scores.class_scores(actual, predicted, CLASSES)
    precision, recall, f1, _ = precision_recall_fscore_support(
        actual, predicted, labels=range(CLASSES), zero_division=0
    )
    np.testing.assert_array_equal(ours.confusion, confusion_matrix(actual, predicted, labels=range(CLASSES)))
    np.testing.assert_allclose([ours.precision, ours.recall, ours.f1], [precision, recall, f1])
    assert ours.macro_f1 == pytest.approx(f1.mean())
    assert ours.accuracy == pytest.approx(accuracy_score(actual, predicted))


def test_a_class_that_never_occurs_still_counts_in_the_mean() -> None:
    """Two right rows of class 0 out of two classes: F1 is 1 and 0, the mean one half."""
    assert scores.class_scores([0, 0], [0, 0], 2).macro_f1 == 0.5


def test_no_rows_score_zero() -> None:
    """Nothing right among nothing is zero, not an error."""
    empty = scores.class_scores([], [], 3)
    assert (empty.macro_f1, empty.macro_f1_present, empty.accuracy, empty.confusion.sum()) == (
        0.0,
        0.0,
        0.0,
        0,
    )


@pytest.mark.parametrize(
    ("actual", "predicted", "message"),
    [
        ([0, 1], [0], "must have one length, got 2 and 1"),
        ([0, 3], [0, 1], r"actual holds class 3; it must be in \[0, 3\)"),
        ([0, 1], [0, -1], "predicted holds class -1"),
    ],
    ids=["length", "too large", "negative"],
)
def test_wrong_classes_are_refused(actual: list[int], predicted: list[int], message: str) -> None:
    """A label that is no class is named, never counted somewhere."""
    with pytest.raises(DatasetError, match=message):
        scores.class_scores(actual, predicted, 3)


def test_the_challenge_score_of_the_baseline_paper() -> None:
    """F1 0.33 and accuracy 0.63 make 0.429, printed as 0.43."""
    assert scores.challenge_score(0.33, 0.63) == pytest.approx(0.429)


def test_always_neutral_on_the_real_shares_scores_as_published() -> None:
    """Always guessing Neutral on the seven-class validation counts of Aff-Wild2 has macro F1 0.09."""
    counts = [82258, 6126, 5296, 8408, 34511, 25157, 12332]
    actual = np.repeat(np.arange(7), counts)
    assert scores.class_scores(actual, np.zeros_like(actual), 7).macro_f1 == pytest.approx(0.092, abs=5e-4)


@given(series)
def test_concordance_with_itself_is_one(x: np.ndarray) -> None:
    """CCC(x, x) = 1, for a constant series too."""
    assert scores.concordance(x, x) == pytest.approx(1.0)


@given(series, st.floats(0.125, 1, width=32))
def test_an_offset_costs_concordance(x: np.ndarray, offset: float) -> None:
    """Shifting by d divides twice the variance by twice the variance plus d squared, and the order does not matter."""
    expected = 2 * x.var() / (2 * x.var() + offset**2)
    assert scores.concordance(x, x + offset) == pytest.approx(expected, abs=1e-9)
    assert scores.concordance(x + offset, x) == pytest.approx(expected, abs=1e-9)


def test_concordance_by_hand() -> None:
    """Means 2 and 3, variances 2/3 and 2/3, covariance 2/3: 2 * 2/3 / (4/3 + 1) = 4/7."""
    assert scores.concordance([1, 2, 3], [2, 3, 4]) == pytest.approx(4 / 7)


def test_concordance_of_unequal_lengths_is_refused() -> None:
    """A missing frame would shift everything behind it."""
    with pytest.raises(DatasetError, match="got 3 and 2 rows"):
        scores.concordance([1, 2, 3], [1, 2])


def test_concordance_of_nothing_is_zero() -> None:
    """No rows score zero, not an error."""
    assert scores.concordance([], []) == 0.0


def test_valence_and_arousal_are_averaged_over_annotated_rows() -> None:
    """Each dimension is scored on its own; a row that is not annotated counts for neither."""
    random = np.random.default_rng(3)
    actual, predicted = random.uniform(-1, 1, (50, 2)), random.uniform(-1, 1, (50, 2))
    missing = np.vstack([actual, [[np.nan, 0.5]]])
    found = scores.valence_arousal_score(missing, np.vstack([predicted, [[0.9, 0.9]]]))
    expected = [scores.concordance(actual[:, index], predicted[:, index]) for index in (0, 1)]
    assert found == pytest.approx((*expected, sum(expected) / 2))


def test_action_units_agree_with_scikit_learn() -> None:
    """Each unit is a question of its own; rows not annotated for it are left out of it alone."""
    random = np.random.default_rng(4)
    actual, predicted = random.integers(-1, 2, (200, 12)), random.integers(0, 2, (200, 12))
    expected = [
        f1_score(truth[truth >= 0], guess[truth >= 0])
        for truth, guess in zip(actual.T, predicted.T, strict=True)
    ]
    np.testing.assert_allclose(scores.action_unit_f1(actual, predicted), expected)


def test_a_unit_that_is_never_annotated_has_no_score() -> None:
    """It must not pull the mean down; a unit that is annotated and never occurs does."""
    found = scores.action_unit_f1([[-1, 0], [-1, 0]], [[1, 0], [0, 0]])
    assert np.isnan(found[0])
    assert found[1] == 0.0


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda: scores.action_unit_f1([[2]], [[0]]), "must be 1 or 0"),
        (lambda: scores.action_unit_f1([[1]], [[-1]]), "must be 1 or 0"),
        (lambda: scores.action_unit_f1([[1, 0]], [[1]]), r"must both be \(n, units\)"),
        (lambda: scores.valence_arousal_score([[0.0]], [[0.0]]), r"must both be \(n, 2\)"),
    ],
    ids=["value", "unanswered", "units", "one-dimension"],
)
def test_impossible_units_and_dimensions_are_refused(compute: Callable[[], object], message: str) -> None:
    """Codes for missing values never reach the predictions, and shapes must fit."""
    with pytest.raises(DatasetError, match=message):
        compute()
