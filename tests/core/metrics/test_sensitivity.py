"""How far answers move, in terms that add up."""

import numpy as np
import pytest

from fer_data.core.metrics.bootstrap import MIN_VIDEOS
from fer_data.core.metrics.sensitivity import KINDS, measured, moved_terms

CALM, GLAD = np.array([[2.0, 0.0]]), np.array([[0.0, 2.0]])


@pytest.mark.parametrize("kind", KINDS)
def test_equal_answers_have_not_moved(kind: str) -> None:
    """The zero of every measure, of the parent and between seeds."""
    outputs = np.array([[0.3, -0.2], [4.0, 9.0]])
    terms = moved_terms(kind, outputs, outputs, outputs)  # type: ignore[arg-type]
    assert terms.shape == (2, 2, 2)
    assert not terms.any()


@pytest.mark.parametrize("kind", KINDS)
def test_no_pictures_have_no_terms(kind: str) -> None:
    """An empty batch gives an empty array of the same form."""
    none = np.zeros((0, 2))
    assert moved_terms(kind, none, none, none).shape == (0, 2, 2)  # type: ignore[arg-type]


def test_a_class_moves_against_the_parent_and_between_seeds() -> None:
    """Both copies alike: the answer moved and two seeds agree, so the operation pushes it one way."""
    terms = moved_terms("classes", CALM, GLAD, GLAD)[0]
    assert terms[0].tolist() == [1.0, 0.0]
    assert terms[1].round(3).tolist() == [0.762, 0.0]
    scattered = moved_terms("classes", CALM, CALM, GLAD)[0]
    assert scattered[0].tolist() == [0.5, 1.0]


def test_values_are_compared_within_their_range() -> None:
    """What lies beyond the annotation's range is answered as its end, so that it does not move."""
    terms = moved_terms("values", np.array([[0.5, 1.2]]), np.array([[0.25, 3.0]]), np.array([[0.75, 1.0]]))[0]
    assert terms.tolist() == [[0.25, 0.5], [0.0, 0.0]]


def test_units_count_the_decisions_that_change() -> None:
    """Of four units one is answered otherwise by one copy of two."""
    parent, other = np.full((1, 4), 3.0), np.array([[3.0, -3.0, 3.0, 3.0]])
    terms = moved_terms("units", parent, parent, other)[0]
    assert terms[0].tolist() == [0.125, 0.25]


def test_shares_are_means_over_all_pictures() -> None:
    """A person with more pictures weighs more, as in the table's first column."""
    sums = np.array([[[1.0, 0.0], [0.5, 0.0]], [[0.0, 2.0], [0.0, 1.0]]])
    found = measured("classes", np.array([1, 3]), sums, draws=100, seed=1)
    assert found["answer"]["moved"] == (0.25, None)
    assert found["answer"]["two_seeds"] == (0.5, None)
    assert found["probability"]["difference"] == (-0.125, None)


def test_intervals_draw_whole_people() -> None:
    """From five people on there is one, and it is as wide as people differ, however many pictures each has."""
    people = 3 * MIN_VIDEOS
    moved = np.arange(people) % 2  # every second person's answers all move
    sums = np.zeros((people, 2, 2))
    sums[:, 0, 0] = 1000 * moved
    found = measured("classes", np.full(people, 1000), sums, draws=2000, seed=3)
    value, interval = found["answer"]["moved"]
    assert value == pytest.approx(7 / 15)
    assert interval is not None
    assert interval.high - interval.low > 0.4
    alike = measured("classes", np.full(people, 1000), np.full((people, 2, 2), 300.0), draws=2000, seed=3)
    steady = alike["answer"]["moved"][1]
    assert steady is not None
    assert (steady.low, steady.high) == (pytest.approx(0.3), pytest.approx(0.3))


def test_differences_are_paired() -> None:
    """Where every person moves as far as two seeds do, the difference is none, whoever is drawn."""
    sums = np.zeros((8, 2, 2))
    sums[:, 0] = np.arange(8)[:, None]
    value, interval = measured("classes", np.full(8, 10), sums, draws=500, seed=1)["answer"]["difference"]
    assert value == 0.0
    assert interval is not None
    assert (interval.low, interval.high) == (0.0, 0.0)
