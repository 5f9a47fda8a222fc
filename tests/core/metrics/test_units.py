"""What intervals draw."""

import numpy as np
import pytest

from fer_data.core.metrics.bootstrap import compare, group_confusions, interval_note, resampled, video_weights
from fer_data.core.metrics.units import LOWER_BOUND, VIDEOS, Drawn, drawn_units


def test_a_person_and_a_video_of_one_name_are_two_units() -> None:
    """Corpora may differ in what they name; then rows of a person are drawn by person, of a video by video."""
    units, drawn = drawn_units(
        ["given", "given", "video", "none"], ["7", "7", "8", "p"], ["a", "b", "7", "p"]
    )
    assert drawn == Drawn(("people", "pictures", "videos"))
    assert len(set(units.tolist())) == 3
    assert units[0] == units[1] != units[2]


def test_videos_are_drawn_where_nothing_else_is_said() -> None:
    """Two people of one video are one unit, as ever; no rows are no units."""
    units, drawn = drawn_units(["video", "video"], ["a_left", "a_right"], ["a", "a"])
    assert (units.tolist(), drawn) == (["a", "a"], VIDEOS)
    assert drawn_units([], [], [])[1] == VIDEOS


def test_the_note_names_what_is_drawn_and_what_an_interval_lacks() -> None:
    """Of few units too."""
    pictures = Drawn(("pictures",))
    assert interval_note(9, {"Fear": 2}, pictures).endswith(LOWER_BOUND)
    assert "fewer than 5 pictures show" in interval_note(9, {"Fear": 2}, pictures)
    assert interval_note(1, {}, Drawn(("people",))).startswith("No intervals: 1 person is fewer")
    assert interval_note(9, {}, Drawn(("people",))) == ""


def test_a_lower_bound_has_an_interval_and_no_p_value() -> None:
    """The gain of one kind of answers over another, on the same draws."""
    random = np.random.default_rng(1)
    actual = random.integers(0, 2, 40)
    names = [f"p{number}" for number in range(40)]
    both = [group_confusions(actual, random.integers(0, 2, 40), names, classes=2) for _ in range(2)]
    sure = compare(*both, draws=200, seed=7)["accuracy"]
    bound = compare(*both, draws=200, seed=7, drawn=Drawn(("pictures",)))["accuracy"]
    assert sure.p_value is not None
    assert (bound.difference, bound.interval, bound.p_value) == (sure.difference, sure.interval, None)


def test_draws_are_those_of_whole_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many are summed at a time."""
    statistics = np.random.default_rng(3).integers(0, 9, (30, 2, 2)).astype(np.float64)
    whole = (video_weights(30, 50, 7) @ statistics.reshape(30, 4)).reshape(50, 2, 2)
    assert resampled(statistics, 50, 7).tolist() == whole.tolist()
    monkeypatch.setattr("fer_data.core.metrics.bootstrap._CELLS", 100)
    assert resampled(statistics, 50, 7).tolist() == whole.tolist()


def test_very_many_units_are_drawn_by_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums have the same mean and spread, and every draw takes as many units."""
    statistics = np.repeat(np.eye(3), [50, 30, 20], axis=0)
    plain = resampled(statistics, 4000, 7)
    monkeypatch.setattr("fer_data.core.metrics.bootstrap._MANY", 10)
    joined = resampled(statistics, 4000, 7)
    assert (joined.sum(axis=1) == 100).all()
    assert joined.mean(axis=0) == pytest.approx(plain.mean(axis=0), abs=0.5)
    assert joined.std(axis=0) == pytest.approx(plain.std(axis=0), rel=0.1)
