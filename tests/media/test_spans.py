"""Spans: decoded each by itself they give the frames of the whole, or the video is not cut."""

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from numbered_videos import CODECS, X265, Packet, damaged, numbered, remux, without, write_numbered

from fer_data.core.arrays import Image
from fer_data.media.frame_pictures import FrameRules
from fer_data.media.packets import PacketTimes
from fer_data.media.span_reader import SpanReader
from fer_data.media.spans import SpanPlan, opened_at, plan_spans
from fer_data.media.video import Frame, VideoReader

FRAMES, SPAN, WARM_UP = 60, 20, 4
RUN_OVER = 3

CODECS |= {
    "h264-default": ("libx264", {"g": "12"}),
    "h264-open": ("libx264", {"bf": "2", "x264-params": "open-gop=1:b-adapt=0:scenecut=0:keyint=12:min-keyint=12"}),
    "h264-few": ("libx264", {"bf": "2", "x264-params": "keyint=500:scenecut=0"}),
    "hevc-closed": ("libx265", {"preset": "ultrafast", "x265-params": f"{X265}:keyint=12:open-gop=0"}),
    "hevc-open": ("libx265", {"preset": "ultrafast", "x265-params": f"{X265}:keyint=12:scenecut=0"}),
    "vp8": ("libvpx", {"g": "12", "lag-in-frames": "16", "auto-alt-ref": "1", "deadline": "good", "cpu-used": "5"}),
    "vp9-hidden": ("libvpx-vp9", {"g": "12", "lag-in-frames": "16", "auto-alt-ref": "1", "cpu-used": "5"}),
    "mpeg2": ("mpeg2video", {"g": "12"}),
}  # fmt: skip


def moving(index: int) -> Image:
    """Return a numbered picture with motion in it, so that what a frame rests on shows."""
    noise = np.random.default_rng(index // 7).integers(0, 255, (96, 128, 3), dtype=np.uint8)
    mixed = numbered(index).astype(np.int32) * 2 // 3 + np.roll(noise, 3 * index, 1) // 3
    return mixed.astype(np.uint8)


def write(path: Path, codec: str, **changes: list[int]) -> Path:
    """Write 60 frames in motion."""
    return write_numbered(path, codec, FRAMES, draw=moving, **changes)


def spanned(path: Path) -> tuple[SpanPlan, dict[int, Frame], list[SpanReader]]:
    """Return a video's plan, its spans' own frames after looking past their ends, and the readers."""
    plan = plan_spans(path, SPAN, WARM_UP)
    frames: dict[int, Frame] = {}
    readers = []
    for number in range(len(plan.cuts)):
        reader = SpanReader(path, FrameRules(), plan, number, warm_up=WARM_UP)
        decoding = reader.frames()
        for frame in decoding:
            if frame.index in reader.own:
                assert frame.index not in frames
                frames[frame.index] = frame
            if frame.index >= reader.own.stop + RUN_OVER:
                break
        decoding.close()
        readers.append(reader)
    return plan, frames, readers


def assert_as_the_whole(path: Path) -> SpanPlan:
    """Check that the spans give every frame of the whole: its pixels, number, time and lines; return the plan."""
    plan, frames, readers = spanned(path)
    whole = {frame.index: frame for frame in VideoReader(path).frames()}
    assert sorted(frames) == sorted(whole) == list(range(len(plan.times.ticks)))
    for index, frame in frames.items():
        np.testing.assert_array_equal(frame.image, whole[index].image)
        assert (frame.pts_seconds, frame.lines) == (whole[index].pts_seconds, whole[index].lines)
    assert [reader.doubt() for reader in readers] == [None] * len(readers)
    for before, behind in pairwise(readers):
        assert len(behind.seen_before) == WARM_UP
        assert before.seen_after == behind.seen_before
    return plan


@pytest.mark.parametrize(
    ("codec", "suffix"),
    [
        ("h264", "mp4"),
        ("h264-p", "mkv"),
        ("h264-b", "mp4"),
        ("h264-b", "mkv"),
        ("h264-b", "ts"),
        ("h264-default", "mp4"),
        ("hevc-closed", "mp4"),
        ("hevc-closed", "mkv"),
        ("mpeg4-p", "mp4"),
        ("vp8", "webm"),
        ("vp9-hidden", "webm"),
        ("mjpeg", "mkv"),
    ],
)
def test_spans_give_the_frames_of_the_whole(codec: str, suffix: str, tmp_path: Path) -> None:
    """Three spans have the pixels, numbers and times of decoding from the start: B-frames and hidden frames too."""
    plan = assert_as_the_whole(write(tmp_path / f"v.{suffix}", codec))
    assert len(plan.cuts) == 3
    assert plan.whole is None


def test_the_first_keyframe_at_or_behind_each_multiple_is_cut_at(tmp_path: Path) -> None:
    """Keyframes lie every 12 frames, so spans of about 20 begin at 24 and 48."""
    assert plan_spans(write(tmp_path / "v.mp4", "h264-b"), SPAN, WARM_UP).cuts == (0, 24, 48)


def test_a_last_span_is_longer_than_what_two_share(tmp_path: Path) -> None:
    """The keyframe at 48 begins no span where the one before it goes on for all 12 frames that follow."""
    assert plan_spans(write(tmp_path / "v.mp4", "h264-b"), SPAN, 12).cuts == (0, 24)


def test_variable_frame_rates_keep_their_times(tmp_path: Path) -> None:
    """Spans have the container's times, not multiples of a mean duration."""
    times = np.cumsum(np.random.default_rng(3).integers(20, 90, FRAMES)).tolist()
    plan = assert_as_the_whole(write(tmp_path / "v.mkv", "h264-b", milliseconds=times))
    assert len(plan.cuts) == 3


@pytest.mark.parametrize("gone", [[5], [9, 30, 31, 40]])
def test_missing_frames_move_numbers_and_lines_as_in_the_whole(gone: list[int], tmp_path: Path) -> None:
    """Behind a hole frames count on without it, and may mean a later line, in every span."""
    path = without(write(tmp_path / "w.mkv", "mjpeg"), tmp_path / "v.mkv", gone)
    plan = assert_as_the_whole(path)
    assert len(plan.cuts) == 3
    frames = spanned(path)[1]
    assert frames[FRAMES - 1 - len(gone)].lines == (FRAMES - 1 - len(gone), FRAMES - 1)


@pytest.mark.parametrize("until", [0, 10, 26, 45])
def test_frames_that_nobody_asks_for_are_counted(until: int, tmp_path: Path) -> None:
    """A video that goes on behind its labels is decoded there, so that its number of frames is known, and not shown."""
    path = write(tmp_path / "v.mp4", "h264-b")
    plan, seen = plan_spans(path, SPAN, WARM_UP), set[int]()
    readers = [SpanReader(path, FrameRules(), plan, number, warm_up=WARM_UP) for number in range(3)]
    for reader in readers:
        seen |= {frame.index for frame in reader.frames(until)}
    assert seen == set(range(until))
    assert [reader.doubt() for reader in readers] == [None] * 3
    assert readers[2].footage().slots == FRAMES


def late(ticks: int) -> Callable[[int, Packet], Packet]:
    """Return a change that brings packets forward, so that the first ones lie before the file's start."""

    def change(_: int, packet: Packet) -> Packet:
        packet.pts, packet.dts = (packet.pts or 0) - ticks, (packet.dts or 0) - ticks
        return packet

    return change


def with_edit_list(source: Path, target: Path, frames: int) -> Path:
    """Copy a video whose edit list leaves out its first frames; B-frames alone make one that leaves out none."""
    with av.open(str(source)) as reader:
        stream = reader.streams.video[0]
        assert stream.time_base is not None
        ticks = int(Fraction(frames, 25) / stream.time_base)
    return remux(source, target, late(ticks))


@pytest.mark.parametrize("frames", [0, 7, 12, 20])
def test_edit_lists_leave_out_the_same_frames(frames: int, tmp_path: Path) -> None:
    """What an edit list hides is decoded, where others rest on it, but has no number."""
    path = with_edit_list(write(tmp_path / "w.mp4", "h264-b"), tmp_path / "v.mp4", frames)
    plan = assert_as_the_whole(path)
    assert len(plan.times.ticks) == FRAMES - frames
    assert len(plan.cuts) > 1


@pytest.mark.parametrize(
    ("codec", "suffix", "why"),
    [
        ("h264-b", "avi", "an AVI keeps no presentation times"),
        ("mjpeg", "avi", "an AVI keeps no presentation times"),
        ("h264-open", "mp4", r"pictures behind its 3 keyframes from frame 20 on may .* \(open GOPs\)"),
        ("hevc-open", "mkv", r"pictures behind its 3 keyframes .* \(open GOPs\)"),
        ("mpeg4-b", "mkv", r"pictures behind its 3 keyframes .* \(open GOPs\)"),
        ("h264-few", "mp4", "it has no keyframe to cut at behind frame 20"),
        ("mpeg2", "mp4", "nothing is known of keyframes of codec mpeg2video"),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_stays_one_span_and_says_why(
    codec: str, suffix: str, why: str, tmp_path: Path
) -> None:
    """Open groups of pictures, containers without times, few keyframes and untested codecs."""
    plan = plan_spans(write(tmp_path / f"v.{suffix}", codec), SPAN, WARM_UP)
    assert plan.cuts == (0,)
    assert plan.whole is not None

    assert re.fullmatch(why, plan.whole)


@pytest.mark.parametrize(
    ("span_frames", "told"), [(36, "its 2 keyframes"), (37, "its one keyframe"), (48, "its one keyframe")]
)
def test_keyframes_are_counted_by_the_frames_that_they_show(
    span_frames: int, told: str, tmp_path: Path
) -> None:
    """Those of frames 36 and 48 come two packets earlier, before the pictures that are shown before them."""
    plan = plan_spans(write(tmp_path / "v.mp4", "h264-open"), span_frames, WARM_UP)
    assert plan.whole == (
        f"pictures behind {told} from frame {span_frames} on may rest on earlier ones (open GOPs)"
    )


def test_missing_times_stay_one_span(tmp_path: Path) -> None:
    """A raw stream has no presentation times at all."""
    source, target = write(tmp_path / "w.mp4", "h264-b"), tmp_path / "v.h264"
    plan = plan_spans(remux(source, target, lambda _, packet: packet), SPAN, WARM_UP)
    assert plan.whole == "packets lack a presentation time, or share one"


def test_times_that_jump_back_are_not_cut_at(tmp_path: Path) -> None:
    """A file that was glued together so that its second half is shown before its first has no seam there."""

    def glued(index: int, packet: Packet) -> Packet:
        assert packet.time_base is not None
        step = int(Fraction(1, 25) / packet.time_base)
        packet.pts = (packet.pts or 0) + (100 * step if index < FRAMES // 2 else 0)
        return packet

    source = write(tmp_path / "w.mkv", "h264-p")
    plan = plan_spans(remux(source, tmp_path / "v.mkv", glued), SPAN, WARM_UP)
    assert all(cut >= FRAMES // 2 or cut == 0 for cut in plan.cuts)


@pytest.mark.parametrize("kind", ["noise", "zeros"])
def test_damage_is_no_span_to_rely_on(kind: str, tmp_path: Path) -> None:
    """A damaged packet may cost frames that the packets count, so its span is in doubt, and the others are not."""
    path = damaged(write(tmp_path / "w.mkv", "mjpeg"), tmp_path / "v.mkv", [30], kind)
    doubts = [reader.doubt() for reader in spanned(path)[2]]
    assert doubts == [None, "frames are damaged or missing", None]


def test_a_packet_that_gives_no_frame_is_no_span_to_rely_on(tmp_path: Path) -> None:
    """A keyframe that only seems closed shows in fewer frames, or other pictures, than the span before saw."""
    path = write(tmp_path / "v.mp4", "h264-open")
    times = plan_spans(path, SPAN, WARM_UP).times
    forced = SpanPlan(times, (0, 25))
    readers = [SpanReader(path, FrameRules(), forced, number, warm_up=WARM_UP) for number in (0, 1)]
    for reader in readers:
        for _ in reader.frames(40):
            pass
    assert readers[1].doubt() is not None or readers[0].seen_after != readers[1].seen_before


def test_packets_are_found_where_a_seek_goes_astray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seek that leads behind the place, or fails, costs time and no frame."""
    path = write(tmp_path / "v.mp4", "h264-b")
    times = plan_spans(path, SPAN, WARM_UP).times
    for place in (24, 48):
        for led in (lambda *_: False, lambda container, stream, _: not container.seek(10**6, stream=stream)):
            monkeypatch.setattr("fer_data.media.spans._seek", led)
            with opened_at(path, times, place) as (_, packets):
                assert [packet.pts for packet in packets if packet.size] == times.ticks[place:].tolist()


def test_a_file_that_changed_is_a_doubt(tmp_path: Path) -> None:
    """Packets that come otherwise than they were counted end the span with a sentence."""
    path = write(tmp_path / "v.mp4", "h264-b")
    times = plan_spans(path, SPAN, WARM_UP).times
    other = PacketTimes(times.ticks + 1, times.tick_seconds, sure=True, counted=False, error=None)
    reader = SpanReader(path, FrameRules(), SpanPlan(other, (0, 24)), 1, warm_up=WARM_UP)
    assert list(reader.frames()) == []
    assert reader.doubt() == "its packets come otherwise than when they were counted"
