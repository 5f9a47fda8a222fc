"""Intervals by bootstrap over videos."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from fer_data.core.metrics.bootstrap import (
    MIN_VIDEOS,
    Interval,
    compare,
    compare_runs,
    group_confusions,
    interval_note,
    run_intervals,
    score_intervals,
    videos_by_class,
)
from fer_data.core.metrics.scores import class_scores
from fer_data.errors import DatasetError


def rows(seed: int, videos: int = 12, classes: int = 4) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return labels, predictions that are right two times in three, and the video of each row."""
    rng = np.random.default_rng(seed)
    names = [f"v{index:02d}" for index in range(videos) for _ in range(rng.integers(3, 30))]
    actual = rng.integers(0, classes, len(names))
    guess = rng.integers(0, classes, len(names))
    return actual, np.where(rng.random(len(names)) < 2 / 3, actual, guess), names


def test_confusions_of_the_videos_add_up_to_the_whole() -> None:
    """Each row is counted in its own video, whatever the order of rows."""
    actual, predicted, names = rows(1)
    shuffled = np.random.default_rng(2).permutation(len(names))
    parts = group_confusions(actual, predicted, names, classes=4)
    again = group_confusions(
        actual[shuffled], predicted[shuffled], [names[index] for index in shuffled], classes=4
    )
    np.testing.assert_array_equal(parts, again)
    np.testing.assert_array_equal(parts.sum(axis=0), class_scores(actual, predicted, 4).confusion)


def test_draws_are_those_of_an_independent_bootstrap() -> None:
    """The intervals agree with scikit-learn's scores on rows that are drawn video by video."""
    actual, predicted, names = rows(3)
    found = score_intervals(group_confusions(actual, predicted, names, classes=4), draws=4000, seed=5)
    rng, unique, names_ = np.random.default_rng(99), sorted(set(names)), np.array(names)
    indices = [np.flatnonzero(names_ == name) for name in unique]
    macro, accuracy = [], []
    for _ in range(300):
        drawn = np.concatenate([indices[index] for index in rng.integers(0, len(unique), len(unique))])
        macro.append(
            f1_score(actual[drawn], predicted[drawn], labels=range(4), average="macro", zero_division=0)
        )
        accuracy.append(accuracy_score(actual[drawn], predicted[drawn]))
    for interval, values in ((found.macro_f1, macro), (found.accuracy, accuracy)):
        assert interval is not None
        width = interval.high - interval.low
        np.testing.assert_allclose(
            (interval.low, interval.high), np.quantile(values, (0.025, 0.975)), atol=0.15 * width
        )


def test_frames_of_one_video_count_as_one_witness() -> None:
    """Repeating every frame a hundred times adds nothing: the interval stays as it was."""
    parts = group_confusions(*rows(4), classes=4)
    assert score_intervals(parts, draws=200, seed=1) == score_intervals(100 * parts, draws=200, seed=1)


def right_answers(videos: dict[str, list[int]], classes: int) -> np.ndarray:
    """Return the confusions of right answers, from the classes that each video shows, one frame of each."""
    actual = [label for labels in videos.values() for label in labels]
    names = [name for name, labels in videos.items() for _ in labels]
    return group_confusions(actual, actual, names, classes=classes)


def test_a_class_that_a_draw_lacks_counts_zero_in_it() -> None:
    """Six videos, all right, the last alone of class 1: (5/6)^6 = 33 % of the draws miss it and score (1 + 0) / 2."""
    parts = right_answers({**{f"v{n}": [0] for n in range(5)}, "w": [1]}, classes=2)
    found = score_intervals(parts, draws=400, seed=1)
    assert found.macro_f1 == found.macro_f1_present == Interval(0.5, 1.0)
    assert found.accuracy == Interval(1.0, 1.0)


def test_every_draw_is_scored_over_the_same_classes() -> None:
    """Of three classes two occur: macro F1 is two thirds of the mean over those two, in score, interval and gain."""
    actual, predicted, names = rows(5, classes=2)
    parts = group_confusions(actual, predicted, names, classes=3)
    found, scores = score_intervals(parts, draws=300, seed=1), class_scores(actual, predicted, 3)
    assert scores.absent == (2,)
    assert scores.macro_f1 == pytest.approx(scores.macro_f1_present * 2 / 3)
    assert found.macro_f1 is not None
    assert found.macro_f1_present is not None
    assert found.macro_f1.low == pytest.approx(found.macro_f1_present.low * 2 / 3)
    assert found.macro_f1.high == pytest.approx(found.macro_f1_present.high * 2 / 3)
    gain = compare(parts, group_confusions(actual, actual, names, classes=3), draws=100, seed=1)
    assert gain["macro_f1"].difference == pytest.approx(gain["macro_f1_present"].difference * 2 / 3)


def test_a_class_that_no_video_has_counts_zero_as_in_the_score() -> None:
    """The interval of a three-class score lies around that score, although one class never occurs."""
    parts = right_answers({f"v{n}": [0, 1] for n in range(5)}, classes=3)
    found = score_intervals(parts, draws=100, seed=1)
    assert found.macro_f1 is not None
    assert (found.macro_f1.low, found.macro_f1.high) == pytest.approx((2 / 3, 2 / 3))
    assert found.macro_f1_present == Interval(1.0, 1.0)
    assert found.f1 == (Interval(1.0, 1.0), Interval(1.0, 1.0), None)


def test_a_class_that_is_predicted_but_absent_is_not_present() -> None:
    """Its wrong answers cost the class that they were taken from; it never enters the mean over present classes."""
    scores = class_scores([0, 0, 0, 1], [0, 0, 2, 1], 3)
    assert scores.absent == (2,)
    assert scores.macro_f1 == pytest.approx((4 / 5 + 1 + 0) / 3)
    assert scores.macro_f1_present == pytest.approx((4 / 5 + 1) / 2)


@pytest.mark.parametrize(("videos", "given"), [(MIN_VIDEOS - 1, False), (MIN_VIDEOS, True)])
def test_fewer_than_five_videos_have_no_interval(videos: int, given: bool) -> None:
    """Of scores, of gains, and of gains over runs alike; their values stay."""
    parts = right_answers({f"v{n}": [0, 1] for n in range(videos)}, classes=2)
    found = score_intervals(parts, draws=50, seed=1)
    gains = compare(parts, parts, draws=50, seed=1), compare_runs(parts[None], parts[None], draws=50, seed=1)
    assert all((one is not None) == given for one in (*found.f1, found.macro_f1, found.accuracy))
    assert all((gain["macro_f1"].interval is not None) == given for gain in gains)
    assert all((gain["macro_f1"].p_value is not None) == given for gain in gains)
    assert (run_intervals(parts[None], draws=50, seed=1)["macro_f1"] is not None) == given


def test_a_class_in_fewer_than_five_videos_has_no_interval_of_its_own() -> None:
    """Class 1 is in four of eight videos, class 0 in all."""
    parts = right_answers({**{f"v{n}": [0] for n in range(4)}, **{f"w{n}": [0, 1] for n in range(4)}}, 2)
    found = score_intervals(parts, draws=50, seed=1)
    assert videos_by_class(parts) == [8, 4]
    assert found.f1 == (Interval(1.0, 1.0), None)
    assert found.macro_f1 is not None
    assert "the F1 of Fear, which fewer than 5 videos show" in interval_note(8, {"Neutral": 8, "Fear": 4})


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 8))
def test_an_interval_holds_order_and_range(seed: int, videos: int) -> None:
    """0 <= low <= high <= 1, and the same seed gives the same interval."""
    parts = group_confusions(*rows(seed, videos), classes=4)
    found = score_intervals(parts, draws=50, seed=seed)
    assert found == score_intervals(parts, draws=50, seed=seed)
    for interval in (*found.f1, found.macro_f1, found.accuracy, found.challenge):
        assert interval is None or 0 <= interval.low <= interval.high <= 1


def test_predictions_compared_with_themselves_gain_nothing() -> None:
    """The difference is exactly zero in every draw, and the p-value is 1."""
    parts = group_confusions(*rows(6), classes=4)
    for found in compare(parts, parts, draws=100, seed=1).values():
        assert (found.difference, found.interval, found.p_value) == (0.0, Interval(0.0, 0.0), 1.0)


def test_a_clear_gain_is_found_and_its_sign_follows_the_order() -> None:
    """Perfect against two in three: the interval is above zero; swapped, it is the mirror image."""
    actual, predicted, names = rows(7)
    weak = group_confusions(actual, predicted, names, classes=4)
    perfect = group_confusions(actual, actual, names, classes=4)
    gain, loss = (compare(*pair, draws=500, seed=1) for pair in ((weak, perfect), (perfect, weak)))
    for name, found in gain.items():
        assert found.interval is not None
        assert found.interval.low > 0
        assert found.p_value == pytest.approx(2 / 501)
        assert loss[name].difference == -found.difference
        assert loss[name].interval is not None
        assert loss[name].interval.high == pytest.approx(-found.interval.low)


def test_pairing_is_sharper_than_two_intervals() -> None:
    """Two models whose intervals overlap can differ for sure, since both meet the same hard videos."""
    actual, predicted, names = rows(8, videos=40)
    better = predicted.copy()
    wrong = np.flatnonzero(better != actual)[::4]
    better[wrong] = actual[wrong]
    parts = [group_confusions(actual, guess, names, classes=4) for guess in (predicted, better)]
    first, second = (score_intervals(part, draws=500, seed=1).accuracy for part in parts)
    assert first is not None
    assert second is not None
    assert first.high > second.low
    paired = compare(parts[0], parts[1], draws=500, seed=1)["accuracy"].interval
    assert paired is not None
    assert paired.low > 0


def test_other_rows_cannot_be_compared() -> None:
    """Two sets of predictions over different labels are refused."""
    first = group_confusions([0, 1], [0, 1], ["a", "b"], classes=2)
    second = group_confusions([1, 1], [0, 1], ["a", "b"], classes=2)
    with pytest.raises(DatasetError, match="same rows of the same videos"):
        compare(first, second, draws=10, seed=1)


def test_lengths_and_classes_are_checked() -> None:
    """A group too few, or a class beyond the last, is refused."""
    with pytest.raises(DatasetError, match="groups must have one length"):
        group_confusions([0, 1], [0, 1], ["a"], classes=2)
    with pytest.raises(DatasetError, match="must be in"):
        group_confusions([0, 2], [0, 1], ["a", "b"], classes=2)


def runs(*seeds: int) -> np.ndarray:
    """Return (runs, videos, 4, 4) of runs over the same rows, each right two times in three in places of its own."""
    actual, _, names = rows(9)
    kinds = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        guess = np.where(random.random(len(actual)) < 2 / 3, actual, random.integers(0, 4, len(actual)))
        kinds.append(group_confusions(actual, guess, names, classes=4))
    return np.stack(kinds)


def test_one_run_is_compared_as_without_runs() -> None:
    """With a single seed there is nothing to draw but videos."""
    first, second = runs(1), runs(2)
    assert compare_runs(first, second, draws=200, seed=3) == compare(first[0], second[0], draws=200, seed=3)
    whole = score_intervals(first[0], draws=200, seed=3)
    assert run_intervals(first, draws=200, seed=3) == {
        "macro_f1": whole.macro_f1,
        "macro_f1_present": whole.macro_f1_present,
        "accuracy": whole.accuracy,
        "challenge": whole.challenge,
    }


def test_a_gain_over_runs_is_the_mean_of_the_runs_gains() -> None:
    """The difference is that of the mean scores; the interval lies around it."""
    first, second = runs(1, 2, 3), runs(4, 5, 6)
    found = compare_runs(first, second, draws=500, seed=3)
    for name in ("macro_f1", "accuracy"):
        alone = [compare(a, b, draws=10, seed=3)[name].difference for a, b in zip(first, second, strict=True)]
        assert found[name].difference == pytest.approx(np.mean(alone))
        assert found[name].interval is not None
        assert found[name].interval.low < found[name].difference < found[name].interval.high


def test_runs_that_disagree_widen_the_interval() -> None:
    """Draws take seeds as well as videos, so luck with the seed is in the interval."""
    same = np.repeat(runs(1), 3, axis=0)
    perfect = np.stack([np.zeros_like(same[0])] * 3)
    perfect[:, :, range(4), range(4)] = same.sum(axis=3)
    mixed = np.stack([same[0], same[0], perfect[0]])
    alike, apart = (run_intervals(one, draws=500, seed=3)["accuracy"] for one in (same, mixed))
    assert alike is not None
    assert apart is not None
    assert apart.high - apart.low > 2 * (alike.high - alike.low)


def test_runs_over_other_rows_or_one_video_say_nothing() -> None:
    """Other labels are refused; a single video has no interval."""
    with pytest.raises(DatasetError, match="same rows of the same videos"):
        compare_runs(runs(1), runs(1, 2), draws=10, seed=1)
    alone = runs(1, 2)[:, :1]
    assert run_intervals(alone, draws=10, seed=1)["macro_f1"] is None
    assert compare_runs(alone, alone, draws=10, seed=1)["macro_f1"].interval is None
