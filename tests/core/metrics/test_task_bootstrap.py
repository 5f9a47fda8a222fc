"""Concordance and F1 of action units from terms that add up, and how sure they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fer_data.core.metrics.scores import action_unit_f1, concordance, valence_arousal_score
from fer_data.core.metrics.task_bootstrap import (
    by_video,
    concordance_scores,
    concordance_terms,
    score_gain,
    task_intervals,
    unit_score_of,
    unit_terms,
    videos_by_unit,
)
from fer_data.errors import DatasetError

thousandths = st.integers(-1000, 1000).map(lambda value: value / 1000)  # as label files are written
pairs = hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(4)), elements=thousandths)
UNITS = ("AU01", "AU02", "AU04")


def drawn_units(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels, probabilities and videos of a few rows."""
    random = np.random.default_rng(seed)
    videos = np.array([f"v{number}" for number in random.integers(0, 4, rows)])
    return random.integers(-1, 2, (rows, 3)), random.random((rows, 3)), videos


@given(pairs)
def test_summed_terms_give_the_concordance(values: np.ndarray) -> None:
    """The same number as from the rows, constant series included."""
    truth, guess = values[:, :2], values[:, 2:]
    found = concordance_scores(concordance_terms(truth, guess).sum(axis=0))
    expected = valence_arousal_score(truth, guess)
    assert [float(one) for one in found.values()] == pytest.approx(expected, abs=1e-6)


@given(hnp.arrays(np.float64, st.tuples(st.integers(3, 30), st.just(2)), elements=thousandths))
def test_concordance_is_symmetric_and_below_correlation(values: np.ndarray) -> None:
    """CCC(x, y) = CCC(y, x), and its size is never above that of Pearson's correlation."""
    x, y = values.T
    found = concordance(x, y)
    assert found == pytest.approx(concordance(y, x))
    if min(x.std(), y.std()) > 1e-3:
        assert abs(found) <= abs(np.corrcoef(x, y)[0, 1]) + 1e-9


def test_a_constant_answer_has_no_concordance() -> None:
    """Whatever the constant: it goes with nothing."""
    assert concordance([0.1, 0.5, -0.3], [0.1, 0.1, 0.1]) == pytest.approx(0.0)


@given(st.integers(1, 40), st.integers(0, 500))
def test_summed_terms_give_the_f1_of_each_unit(rows: int, seed: int) -> None:
    """The same numbers as from the rows; a unit that no row annotates is left out."""
    truth, chance, videos = drawn_units(rows, seed)
    counts = by_video(unit_terms(truth, chance), videos)
    found = unit_score_of(counts, UNITS)(counts.sum(axis=0)[None])
    expected = action_unit_f1(truth, chance >= 0.5)
    known = [unit for unit, one in zip(UNITS, expected, strict=True) if not np.isnan(one)]
    assert [name for name in found if name != "mean_f1"] == known
    if known:
        np.testing.assert_allclose([found[unit][0] for unit in known], expected[~np.isnan(expected)])
        assert found["mean_f1"][0] == pytest.approx(np.nanmean(expected))


def test_a_unit_that_a_draw_lacks_counts_zero_in_it() -> None:
    """Video b alone annotates the first unit: draws without it count that unit 0, and score over both all the same."""
    truth, chance = np.array([[-1, 1], [1, 1]]), np.array([[0.0, 1.0], [1.0, 1.0]])
    counts = by_video(unit_terms(truth, chance), ["a", "b"])
    score = unit_score_of(counts, ("AU01", "AU02"))
    assert score(counts[:1])["mean_f1"].tolist() == [0.5]
    assert score(counts[1:])["mean_f1"].tolist() == [1.0]
    assert videos_by_unit(counts, ("AU01", "AU02")) == {"AU01": 1, "AU02": 2}


def test_a_unit_that_all_videos_lack_counts_zero_as_in_the_score() -> None:
    """Annotated, never there and never predicted: F1 is 0, in every draw."""
    counts = by_video(unit_terms(np.zeros((10, 1)), np.zeros((10, 1))), list("aabbccddee"))
    found = task_intervals(counts, unit_score_of(counts, ("AU01",)), draws=100, seed=1)
    assert (found["mean_f1"].low, found["mean_f1"].high) == (0.0, 0.0)
    assert videos_by_unit(counts, ("AU01",)) == {"AU01": 0}


@pytest.mark.parametrize(("videos", "given"), [(4, False), (5, True)])
def test_fewer_than_five_videos_have_no_interval(videos: int, given: bool) -> None:
    """Of scores and of gains alike."""
    terms = concordance_terms([[0.1, 0.2], [0.3, 0.1]] * videos, [[0.1, 0.1], [0.2, 0.2]] * videos)
    counts = by_video(terms, [f"v{row // 2}" for row in range(2 * videos)])
    scores = (concordance_scores, concordance_scores)
    assert (task_intervals(counts, concordance_scores, draws=50, seed=1)["ccc"] is not None) == given
    assert (score_gain(counts, counts, scores, name="ccc", draws=50, seed=1).interval is not None) == given


def test_frames_of_one_video_count_as_one_witness() -> None:
    """Ten times the frames of each video leave the interval as it is."""
    random = np.random.default_rng(1)
    truth, guess = random.uniform(-1, 1, (20, 2)), random.uniform(-1, 1, (20, 2))
    videos = [f"v{row}" for row in range(20)]
    once = by_video(concordance_terms(truth, guess), videos)
    often = by_video(concordance_terms(np.tile(truth, (10, 1)), np.tile(guess, (10, 1))), videos * 10)
    few, many = (task_intervals(one, concordance_scores, draws=200, seed=3) for one in (once, often))
    assert few["ccc"].low == pytest.approx(many["ccc"].low)
    assert few["ccc"].low < concordance_scores(once.sum(axis=0))["ccc"] < few["ccc"].high


def test_one_video_has_no_interval() -> None:
    """Nothing says how another would have done."""
    one = by_video(concordance_terms([[0.1, 0.2], [0.3, 0.1]], [[0.1, 0.1], [0.2, 0.2]]), ["a", "a"])
    assert task_intervals(one, concordance_scores, draws=100, seed=1)["ccc"] is None
    scores = (concordance_scores, concordance_scores)
    assert score_gain(one, one, scores, name="ccc", draws=100, seed=1).interval is None


def test_a_gain_is_the_second_minus_the_first() -> None:
    """Perfect answers against noise, on the same videos; nothing against itself."""
    random = np.random.default_rng(2)
    truth = random.uniform(-1, 1, (60, 2))
    videos = [f"v{row % 12}" for row in range(60)]
    noise, right = (
        by_video(concordance_terms(truth, guess), videos) for guess in (random.uniform(-1, 1, (60, 2)), truth)
    )
    scores = (concordance_scores, concordance_scores)
    gain = score_gain(noise, right, scores, name="ccc", draws=200, seed=1)
    assert gain.interval is not None
    assert gain.difference > gain.interval.low > 0.5
    assert score_gain(right, right, scores, name="ccc", draws=200, seed=1).difference == 0.0


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (lambda: concordance_terms([[0.0]], [[0.0]]), r"must both be \(n, 2\)"),
        (lambda: unit_terms([[1, 0]], [[0.5]]), r"must both be \(n, units\)"),
        (lambda: by_video(np.zeros((2, 1)), ["a"]), "must be one a row, got 1 for 2"),
    ],
    ids=["dimensions", "units", "videos"],
)
def test_impossible_shapes_are_refused(terms: object, message: str) -> None:
    """Rows that do not belong together are never added up."""
    assert callable(terms)
    with pytest.raises(DatasetError, match=message):
        terms()
