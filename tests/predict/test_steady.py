"""What stays still in an annotated video: places of people, and values that do not flicker."""

import numpy as np
import pytest
from drawn_faces import faces

from fer_data.predict.recognise import SourceFaces
from fer_data.predict.steady import most_at_once, places_of, steadied, window_of


def seen(people: dict[int, list[int]]) -> SourceFaces:
    """Return faces of people in these frames."""
    rows = sorted((frame, person) for person, frames in people.items() for frame in frames)
    frames = 1 + max(frame for frame, _ in rows)
    found = faces([[(0, 0, 9, 9)] * sum(at == frame for at, _ in rows) for frame in range(frames)])
    found.person_id[:] = found.track_id[:] = [person for _, person in rows]
    return found


def test_a_person_keeps_a_place_and_leaves_it_to_another() -> None:
    """The second of two places goes on, the first one is free for whoever comes next."""
    found = seen({0: [0, 1, 2], 1: [1, 2, 3, 4, 5], 2: [4, 5, 6]})
    assert most_at_once(found) == 2
    places = places_of(found, 2)
    assert places.people.tolist() == [[0, -1], [0, 1], [0, 1], [0, 1], [2, 1], [2, 1], [2, 1]]
    assert not places.without


def test_a_person_who_is_not_found_for_a_moment_is_held() -> None:
    """The last values stay for half a second, not fresh; then there are none."""
    places = places_of(seen({0: [0, 1, *range(30, 32)]}), 1)
    assert places.rows[:14, 0].tolist() == [0] + [1] * 13
    assert places.fresh[:4, 0].tolist() == [True, True, False, False]
    assert places.rows[14:30, 0].tolist() == [-1] * 16
    assert places.rows[30, 0] == 2


def test_where_places_are_too_few_those_seen_longest_have_one() -> None:
    """The others are named."""
    found = seen({0: [0, 1], 1: [0, 1, 2, 3], 2: [1, 2, 3]})
    assert most_at_once(found) == 3
    places = places_of(found, 1)
    assert set(places.people.ravel().tolist()) == {1}
    assert places.without == {0, 2}


def test_nobody_takes_no_place() -> None:
    """A video without a face."""
    found = faces([[], []])
    assert most_at_once(found) == 0
    assert places_of(found, 1).rows.tolist() == [[-1], [-1]]


@pytest.mark.parametrize(("smoothing", "window"), [(0, 3), (5, 5)])
def test_drawn_values_do_not_flicker(smoothing: int, window: int) -> None:
    """They are means over a tenth of a second to either side, unless smoothing was asked for, which they then have."""
    found = faces([[(0, 0, 9, 9)]] * 40)
    assert window_of(found, smoothing) == window
    drawn = steadied(found, window, smoothing).answers["expression"].values
    raw = found.answers["expression"].values
    if smoothing:
        np.testing.assert_array_equal(drawn, raw)
    else:
        assert np.abs(np.diff(drawn, axis=0)).mean() < 0.3 * np.abs(np.diff(raw, axis=0)).mean()
        np.testing.assert_allclose(drawn[10], raw[7:14].mean(axis=0))
