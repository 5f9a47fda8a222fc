"""Frames as they leave the decoder, held against the packets that went in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.frames.arrivals import Arrivals

TICKS = np.arange(0, 400, 40)


def through(arrivals: Arrivals, ticks: list[int]) -> list[int]:
    """Return the slots of frames with those times."""
    return [arrivals.arrive(tick, whole=True) for tick in ticks]


def test_every_packet_a_frame() -> None:
    """Slots count up, and the times are kept."""
    arrivals = Arrivals(TICKS, sure=True)
    assert through(arrivals, TICKS.tolist()) == list(range(10))
    arrivals.finish()
    seen = arrivals.footage(0.001, counted=False, ended=False)
    assert (seen.slots, seen.lost.tolist(), seen.tail, seen.sure) == (10, [], 0, True)
    assert seen.seconds(2) == pytest.approx(0.08)


def test_packets_without_a_frame_take_no_slot_before_damage() -> None:
    """Hidden reference frames, and what a decoder skips at the start, are no frames; holes in the times are left."""
    arrivals = Arrivals(TICKS, sure=True)
    assert through(arrivals, [80, 120, 200, 240]) == [0, 1, 2, 3]
    seen = arrivals.footage(0.001, counted=False, ended=False)
    assert seen.lost.tolist() == []
    assert seen.holes is not None
    assert (seen.holes.after.tolist(), seen.tail) == ([1], 3)


def test_packets_without_a_frame_are_lost_behind_damage() -> None:
    """From the refused packet on, in the order of decoding, each of them is a lost slot, at the end as well."""
    arrivals = Arrivals(TICKS, sure=True)
    assert through(arrivals, [0, 80]) == [0, 1]
    arrivals.damage(4)
    assert arrivals.passed_over(240) == 2
    assert through(arrivals, [120, 240, 280]) == [2, 5, 6]
    arrivals.finish()
    seen = arrivals.footage(0.001, counted=False, ended=False)
    assert (seen.slots, seen.lost.tolist(), seen.tail) == (9, [3, 4, 7, 8], 0)


def test_a_frame_that_is_not_whole_keeps_its_slot() -> None:
    """Also where the times say nothing."""
    for sure in (True, False):
        arrivals = Arrivals(TICKS, sure=sure)
        arrivals.arrive(0, whole=True)
        arrivals.arrive(40, whole=False)
        assert arrivals.arrive(80, whole=True) == 2
        assert arrivals.footage(0.001, counted=False, ended=False).lost.tolist() == [1]


@pytest.mark.parametrize("tick", [None, 41, 0], ids=["none", "foreign", "back"])
def test_a_time_that_no_packet_has_ends_the_sureness(tick: int | None) -> None:
    """From then on frames are counted alone."""
    arrivals = Arrivals(TICKS, sure=True)
    through(arrivals, [0, 40])
    assert arrivals.arrive(tick, whole=True) == 2
    assert not arrivals.timed
    assert arrivals.footage(0.001, counted=False, ended=False).ticks is None


def test_frames_out_of_order_are_strange_where_something_is_missing() -> None:
    """Beside damage or holes a late frame, or one of no packet's time, has no slot; elsewhere frames are counted."""
    healthy = Arrivals(TICKS, sure=True)
    holey = Arrivals(np.delete(TICKS, 3), sure=True)
    broken = Arrivals(TICKS, sure=True)
    broken.damage(1)
    for arrivals, strange in ((healthy, False), (holey, True), (broken, True)):
        through(arrivals, [0, 80])
        assert [arrivals.strange(tick) for tick in (40, None, 81)] == [strange] * 3
        assert not arrivals.strange(240)


def test_counted_times_say_that_there_is_a_hole_and_not_whose() -> None:
    """An AVI with B-frames: as many packets as frames, in an order that is not that of presentation."""
    ticks = np.array([0, 1, 2, 4, 5])
    arrivals = Arrivals(ticks, sure=False)
    for tick in (3, 1, None, 5, 4):
        arrivals.arrive(tick, whole=True)
    seen = arrivals.footage(0.04, counted=True, ended=False)
    assert seen.holes is not None
    assert (seen.sure, seen.holes.total) == (False, 1)


@given(st.sets(st.integers(0, 59), max_size=20), st.integers(0, 60), st.sets(st.integers(1, 58), max_size=8))
def test_every_frame_is_among_the_lines_that_it_may_mean(
    silent: set[int], damage: int, gone: set[int]
) -> None:
    """Whichever reading is chosen in the end, the line of a frame is within what was said when it came."""
    packets = [frame for frame in range(60) if frame not in gone]
    arrivals = Arrivals(np.array(packets) * 40, sure=True)
    said = {}
    for position, frame in enumerate(packets):
        if position == damage:
            arrivals.damage(position)
        if frame not in silent:
            slot = arrivals.arrive(frame * 40, whole=True)
            said[slot] = arrivals.lines(slot)
    arrivals.finish()
    seen = arrivals.footage(0.001, counted=False, ended=False)
    missing = np.zeros(seen.slots, int) if seen.holes is None else seen.holes.before(seen.slots)
    lost = np.cumsum(np.isin(np.arange(seen.slots), seen.lost))
    for slot, (first, last) in said.items():
        assert first <= slot - lost[slot] <= slot <= last
        if len(packets) > 2 * len(gone) + 2 and seen.holes is not None and not silent:
            assert slot + missing[slot] <= last
