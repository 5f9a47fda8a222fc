"""Which frame a label line belongs to: holes, lost frames, and what the numbers say of both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.frames.frame_policy import FrameRule, HoleRule
from fer_data.core.frames.line_frames import Footage, frames_of_lines

GONE = {3, 7, 8}


def footage(gone: set[int], lost: list[int] | None = None, *, frames: int = 20, sure: bool = True) -> Footage:
    """Return a video of 25 frames a second without some frames, and with some slots lost."""
    ticks = np.array([40 * frame for frame in range(frames) if frame not in gone], np.int64)
    return Footage(len(ticks), np.array(lost or [], np.int64), ticks, 0.001, sure=sure)


def placed(gone: set[int], lines: int, frames: int = 20) -> list[int]:
    """Return the slot of each line if lines number the filmed frames."""
    order = [frame for frame in range(frames) if frame not in gone]
    return [order.index(line) if line in order else -1 for line in range(lines)]


@pytest.mark.parametrize("lines", [20, 21], ids=["every frame", "one more"])
def test_place_gives_the_holes_lines_of_their_own(lines: int) -> None:
    """Rows of the holes have no frame, all others their own, and so has a line too many at the end."""
    found = frames_of_lines(footage(GONE), lines, FrameRule(2, "place"))
    assert found.slots.tolist() == placed(GONE, lines)
    assert (found.placed, found.quarantined, found.damaged.any()) == (True, False, False)


@pytest.mark.parametrize("lines", [17, 18, 19, 22, 16], ids=str)
@pytest.mark.parametrize("holes", ["place", "end", "evidence"])
def test_numbers_that_do_not_fit_the_holes_place_nothing(lines: int, holes: HoleRule) -> None:
    """With as many lines as frames, or a difference that the holes do not explain, line N is decoded frame N."""
    found = frames_of_lines(footage(GONE), lines, FrameRule(5, holes))
    assert found.slots.tolist() == [*range(min(17, lines)), *[-1] * (lines - 17)]
    assert [remark.rule for remark in found.remarks] == ([] if lines == 17 else ["frame-holes"])


@pytest.mark.parametrize(
    ("gone", "lines", "moved", "is_placed"),
    [
        ({3}, 20, False, False),
        ({3, 4}, 20, False, False),
        ({3}, 20, True, True),
        (GONE, 20, False, True),
        ({3, 4}, 21, False, True),
    ],
    ids=["within", "just within", "within, crops moved", "beyond", "beyond, one line more"],
)
def test_evidence_places_beyond_the_tolerance_or_where_crops_moved(
    gone: set[int], lines: int, moved: bool, is_placed: bool
) -> None:
    """One line too many is usual; three are not, and crops that move at the hole are evidence."""
    found = frames_of_lines(footage(gone), lines, FrameRule(2, "evidence"), crops_moved=moved)
    assert found.placed == is_placed
    assert [(remark.rule, remark.severity) for remark in found.remarks] == [("frame-holes", "warning")]


@pytest.mark.parametrize("holes", ["end", "place", "quarantine", "evidence"])
def test_a_hole_with_a_difference_is_always_a_warning_that_names_all(holes: HoleRule) -> None:
    """Both numbers, the place, the time, and the other reading stand in one warning."""
    found = frames_of_lines(footage({3}), 20, FrameRule(2, holes))
    warnings = [remark.message for remark in found.remarks if remark.severity == "warning"]
    assert len(warnings) == 1
    assert "19 decoded frames against 20 label lines" in warnings[0]
    assert "1 after frame 3 (0.080 s)" in warnings[0]
    assert "rows from 4 on show a frame that is up to 1 too" in warnings[0]


def test_quarantine_uses_no_row() -> None:
    """Any hole with a difference costs the subject, and is an error; without a difference nothing happens."""
    rule = FrameRule(2, "quarantine")
    found = frames_of_lines(footage({3}), 20, rule)
    assert found.quarantined
    assert {remark.rule for remark in found.remarks} == {"frame-holes", "frames-quarantined"}
    assert frames_of_lines(footage({3}), 19, rule).remarks == ()


def test_a_line_too_few_is_never_placed() -> None:
    """More frames than lines beside a hole is a warning and nothing more."""
    found = frames_of_lines(footage({3}), 18, FrameRule(2, "place"))
    assert (found.placed, found.slots.tolist()) == (False, list(range(18)))
    assert [remark.rule for remark in found.remarks] == ["frame-holes"]


def test_times_that_only_count_chunks_place_nothing() -> None:
    """An AVI with B-frames shows that there is a hole, not whose."""
    found = frames_of_lines(footage({3}, sure=False), 20, FrameRule(2, "place"))
    assert not found.placed
    assert "An AVI with B-frames keeps no presentation times" in found.remarks[0].message


def test_lists_of_some_frames_place_by_their_last_one() -> None:
    """A list that goes beyond the video by the holes numbers the filmed frames; one that ends earlier says nothing."""
    rule = FrameRule(2, "place")
    assert frames_of_lines(footage(GONE), 20, rule, listed=True).placed
    assert frames_of_lines(footage(GONE), 12, rule, listed=True).remarks == ()


@pytest.mark.parametrize("holes", ["end", "place", "evidence"])
def test_a_lost_frame_costs_its_own_row(holes: HoleRule) -> None:
    """Lines that number what the file holds keep their frames on both sides of damage."""
    found = frames_of_lines(footage(set(), [5, 6]), 20, FrameRule(2, holes))
    assert found.slots.tolist() == list(range(20))
    assert np.flatnonzero(found.damaged).tolist() == [5, 6]
    assert found.remarks == ()


@pytest.mark.parametrize(("lost", "lines"), [([5], 19), ([5, 9], 18), ([5, 9], 19)], ids=str)
def test_labels_made_of_the_damaged_video_number_its_decoded_frames(lost: list[int], lines: int) -> None:
    """As many lines as decoded frames, or one more, mean decoded frame N, with a warning."""
    found = frames_of_lines(footage(set(), lost), lines, FrameRule(2, "place"))
    whole = [slot for slot in range(20) if slot not in lost]
    assert found.slots.tolist() == [*whole, *[-1] * (lines - len(whole))]
    assert not found.damaged.any()
    assert [(remark.rule, remark.severity) for remark in found.remarks] == [
        ("labels-of-damaged-video", "warning")
    ]


def test_holes_and_lost_frames_together() -> None:
    """The rows of holes have no frame, those of lost slots are damaged."""
    found = frames_of_lines(footage({3}, [10]), 20, FrameRule(2, "place"))
    assert found.slots.tolist() == placed({3}, 20)
    assert np.flatnonzero(found.damaged).tolist() == [11]


def test_damage_with_numbers_that_nothing_explains_keeps_what_lies_before() -> None:
    """As before damage was passed over: rows before it are sure, the others end as damaged."""
    found = frames_of_lines(footage(set(), [5]), 40, FrameRule(2, "end"))
    assert found.slots.tolist() == [*range(5), *[-1] * 35]
    assert np.flatnonzero(found.damaged).tolist() == list(range(5, 40))
    assert not found.quarantined


def test_reading_that_stopped_leaves_the_rest_damaged() -> None:
    """Nothing is quarantined or placed where more frames may follow."""
    found = frames_of_lines(Footage(5, ended=True), 40, FrameRule(2, "place"))
    assert np.flatnonzero(found.damaged).tolist() == list(range(5, 40))
    assert (found.quarantined, found.remarks) == (False, ())


def test_packets_that_give_no_frame_at_the_end_are_no_quarantine() -> None:
    """A decoder that finds its references gone says nothing; the labels fit the packets."""
    found = frames_of_lines(Footage(20, tail=27), 48, FrameRule(2, "end"))
    assert found.slots[:20].tolist() == list(range(20))
    assert found.damaged[20:].all()
    assert not found.quarantined


def test_a_hole_before_the_tail_ends_what_is_sure() -> None:
    """Rows between a hole that cannot be placed and the damage behind it may be off, so they are not used."""
    ticks = np.array([40 * frame for frame in range(36) if frame != 30])
    found = frames_of_lines(Footage(35, ticks=ticks, tick_seconds=0.001, tail=10), 46, FrameRule(2, "place"))
    assert found.slots.tolist() == [*range(30), *[-1] * 16]
    assert found.damaged[30:].all()


def test_a_late_start_is_told_where_a_line_is_left_over() -> None:
    """The line too many may be the first one; times cannot show it, so a person is told."""
    seen = Footage(
        18, ticks=np.array([40 * frame for frame in range(1, 20) if frame != 5]), tick_seconds=0.001
    )
    found = frames_of_lines(seen, 20, FrameRule(2, "place"))
    assert "The first frame is shown at 0.040 s" in found.remarks[0].message
    seen = Footage(18, ticks=np.arange(40, 760, 40), tick_seconds=0.001)
    for lines, severity in ((18, None), (19, "warning"), (20, "warning"), (17, "info")):
        remarks = frames_of_lines(seen, lines, FrameRule(2, "end")).remarks
        assert [remark.severity for remark in remarks] == ([severity] if severity else [])


@given(
    st.sets(st.integers(1, 18), max_size=6),
    st.sets(st.integers(0, 13), max_size=6),
    st.integers(1, 30),
    st.sampled_from(["end", "place", "quarantine", "evidence"]),
    st.booleans(),
)
def test_no_frame_has_two_lines_and_the_order_stays(
    gone: set[int], lost: set[int], lines: int, holes: HoleRule, listed: bool
) -> None:
    """Whatever is missing and whatever the rule, lines rise through the frames and none shows a lost one unmarked."""
    seen = footage(gone, sorted(lost))
    found = frames_of_lines(seen, lines, FrameRule(2, holes), listed=listed)
    used = found.slots[found.slots >= 0]
    assert len(found.slots) == len(found.damaged) == lines
    assert (np.diff(used) > 0).all()
    assert used.max(initial=-1) < seen.slots
    assert not np.isin(found.slots[~found.damaged], seen.lost).any()


@pytest.mark.parametrize(
    ("lines", "explained"), [(44, False), (45, True), (49, True), (50, False)], ids=["44", "45", "49", "50"]
)
def test_a_silent_tail_explains_lines_up_to_the_tolerance(lines: int, explained: bool) -> None:
    """20 frames and 27 packets that gave none are 47 lines, give or take two; else the subject is quarantined."""
    found = frames_of_lines(Footage(20, tail=27), lines, FrameRule(2, "end"))
    assert found.quarantined != explained
    assert found.damaged.any() == explained
