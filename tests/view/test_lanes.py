"""Lanes are packed without loss within a budget, and beyond it they keep what matters and say how coarse they are."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.view.lanes import fair_share, line, runs, stride_of


def unpacked(flat: list[int]) -> dict[int, int]:
    """Return the value of each frame, as the page reads runs."""
    found, frame = {}, 0
    for length, value in zip(flat[::2], flat[1::2], strict=True):
        if value >= 0:
            found.update(dict.fromkeys(range(frame, frame + length), value))
        frame += length
    return found


def points(packed: dict[str, Any], name: str = "low") -> list[int | None]:
    """Return the points of a line, as the page reads them."""
    found: list[int | None] = []
    last = 0
    for step in packed.get(name, packed["low"]):
        last += step or 0
        found.append(None if step is None else last)
    return found


@given(st.dictionaries(st.integers(0, 200), st.integers(-1, 3), min_size=1))
def test_runs_give_back_every_value(values: dict[int, int]) -> None:
    """Whatever frames have rows, each has its value and no other frame has one, where a row stands for one frame."""
    frames = np.array(sorted(values))
    flat, step = runs(frames, np.array([values[frame] for frame in frames]), 1, 10_000)
    assert step == 1
    assert unpacked(flat) == {frame: value for frame, value in values.items() if value >= 0}


@given(st.lists(st.integers(0, 4), min_size=1, max_size=300), st.integers(2, 20))
def test_runs_keep_to_their_share(values: list[int], most: int) -> None:
    """There are no more runs than asked for, each of a value of its frames, over all of them."""
    flat, step = runs(np.arange(len(values)), np.array(values), 1, most)
    assert len(flat) // 2 <= most
    found = unpacked(flat)
    assert set(range(len(values))) <= set(found)
    for frame in range(len(values)):
        start = frame - frame % step
        assert found[frame] in values[start : start + step]


def test_rows_of_every_fifth_frame_stand_for_five() -> None:
    """A row stands for the frames up to the next, and a longer gap is none."""
    frames = np.array([0, 5, 10, 40])
    assert runs(frames, np.array([1, 1, 2, 2]), stride_of(frames), 9)[0] == [10, 1, 5, 2, 25, -1, 5, 2]


def test_a_far_frame_takes_no_room() -> None:
    """A frame number that no video has makes neither a long list nor a slow page."""
    frames = np.array([0, 1, 2, 2_000_000_000])
    packed = line(frames, np.array([0.1, 0.2, 0.3, 0.4]), 1, 1000, scale=10)
    assert packed is not None
    assert len(packed["low"]) <= 1001
    assert runs(frames, np.array([1, 1, 1, 1]), 1, 1000)[0] == [3, 1, 1_999_999_997, -1, 1, 1]


@given(st.lists(st.one_of(st.none(), st.integers(-1000, 1000)), min_size=1, max_size=300), st.integers(2, 50))
def test_a_line_keeps_the_lowest_and_the_highest(values: list[int | None], most: int) -> None:
    """Sampled or not, a line's lowest and highest values are those of its frames, and it keeps to its share."""
    known = [value for value in values if value is not None]
    numbers = np.array([np.nan if value is None else value / 1000 for value in values])
    packed = line(np.arange(len(values)), numbers, 1, most, scale=1000)
    if not known:
        assert packed is None
        return
    assert packed is not None
    low, high = points(packed), points(packed, "high")
    assert min(one for one in low if one is not None) == min(known)
    assert max(one for one in high if one is not None) == max(known)
    if packed["every"] == 1:
        first = packed["first"]
        assert low == values[first : first + len(low)]
    else:
        assert len(low) <= most


def test_long_lanes_give_way_to_short_ones() -> None:
    """Lanes that are no longer than the share stay as they are."""
    sizes = [3, 5, 1000, 2000]
    share = fair_share(sizes, 208)
    assert share == 100
    assert sum(min(size, share) for size in sizes) == 208


@pytest.mark.parametrize("sizes", [[], [0], [7]])
def test_a_share_is_two_at_least(sizes: list[int]) -> None:
    """No lane is left without a beginning and an end."""
    assert fair_share(sizes, 1) == 2
