"""Frames of segments of time: half-open, by presentation times, and never two labels for one frame."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.frames.segments import Segment, frames_of_segments

TIMES = np.arange(10) / 25


def owners(*segments: tuple[float, float, str], times: np.ndarray = TIMES) -> list[int]:
    """Return the segment of each frame."""
    return frames_of_segments(times, [Segment(*one) for one in segments]).owners.tolist()


def test_a_segment_has_the_frames_from_its_start_to_before_its_end() -> None:
    """Segments that touch share no frame, and a time written as a quotient is the same as one in ticks."""
    assert owners((0.08, 0.16, "a"), (0.16, 0.2, "b")) == [-1, -1, 0, 0, 1, -1, -1, -1, -1, -1]
    times = np.arange(300) * (1 / 12800 * 512)
    for frame in range(1, 299):
        assert owners((frame / 25, (frame + 1) / 25, "a"), times=times).index(0) == frame


def test_frames_of_uneven_times_are_found_by_time() -> None:
    """Counting by the average rate would give other frames."""
    assert owners((0.5, 1.5, "a"), times=np.array([0.0, 0.5, 0.6, 0.7, 1.5])) == [-1, 0, 0, 0, -1]


def test_segments_that_say_the_same_may_overlap() -> None:
    """A frame has the earlier of them."""
    assert owners((0.04, 0.16, "a"), (0.0, 0.12, "a")) == [1, 1, 1, 0, -1, -1, -1, -1, -1, -1]


def test_frames_of_segments_that_contradict_have_none() -> None:
    """Neither label is taken, whatever the order of the lines."""
    for order in (1, -1):
        found = frames_of_segments(TIMES, [Segment(0, 0.16, "a"), Segment(0.12, 0.24, "b")][::order])
        assert found.disputed.nonzero()[0].tolist() == [3]
        assert (found.owners == -1).nonzero()[0].tolist() == [3, 6, 7, 8, 9]


def test_what_lies_outside_the_video_is_said() -> None:
    """A segment between two frames or behind the last is empty; one that goes on after the end is beyond."""
    found = frames_of_segments(
        TIMES,
        [Segment(0.01, 0.03, "a"), Segment(0.32, 0.4, "a"), Segment(0.36, 0.5, "b"), Segment(7, 8, "c")],
    )
    assert (found.empty, found.beyond) == ((0, 3), (2, 3))
    nothing = frames_of_segments(np.zeros(0), [Segment(0, 1, "a")])
    assert (nothing.empty, nothing.beyond, len(nothing.owners)) == ((0,), (0,), 0)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from("ab")), max_size=6),
    st.permutations(range(6)),
)
def test_the_order_of_lines_changes_no_label(spans: list[tuple[int, int, str]], order: list[int]) -> None:
    """Each frame has what all segments around it say, or nothing."""
    segments = [Segment(start / 25, end / 25, says) for start, end, says in spans]
    shuffled = [segments[index] for index in order if index < len(segments)]
    for some in (segments, shuffled):
        found = frames_of_segments(TIMES, some)
        for frame, owner in enumerate(found.owners.tolist()):
            said = {
                one.says for one in segments if one.start * 25 <= frame + 0.01 and frame + 0.01 < one.end * 25
            }
            assert {some[owner].says for owner in [owner] if owner >= 0} == (
                said if len(said) == 1 else set()
            )
            assert found.disputed[frame] == (len(said) > 1)


@pytest.mark.parametrize("end", [0.08, 0.04])
def test_a_segment_without_length_is_empty(end: float) -> None:
    """Its end is at its start or before."""
    assert frames_of_segments(TIMES, [Segment(0.08, end, "a")]).empty == (0,)
