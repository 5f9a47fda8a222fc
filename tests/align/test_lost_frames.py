"""Videos that lost frames: each row shows the frame of its number, whatever the container and the codec."""

from functools import cache
from pathlib import Path
from typing import get_args

import av
import numpy as np
import pytest
from numbered_videos import (
    FRAMES,
    damaged,
    empty_chunks,
    free_frames,
    number_of,
    remux,
    shown_order,
    without,
    write_numbered,
)

from fer_data.core.frames.frame_policy import FrameRule, HoleRule
from fer_data.core.frames.line_frames import LineFrames, frames_of_lines
from fer_data.corpora.videos import probe_video
from fer_data.media.video import VideoReader

KINDS = [
    ("h264", "mp4"), ("h264", "mkv"), ("h264", "avi"), ("h264-b", "mp4"), ("h264-b", "mkv"),
    ("hevc", "mp4"), ("hevc", "mkv"), ("mpeg4", "mp4"), ("mpeg4", "mkv"), ("mpeg4", "avi"), ("mpeg4-b", "mp4"),
    ("mpeg4-b", "mkv"), ("vp9", "webm"), ("vp9", "mkv"), ("vp9", "mp4"), ("mjpeg", "mkv"), ("mjpeg", "avi"),
]  # fmt: skip
WITHOUT_TIMES = [("h264-b", "avi"), ("mpeg4-b", "avi")]


def name_of(kind: tuple[str, str]) -> str:
    """Return the id of a case."""
    return "-".join(kind)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    """Return a whole video of each kind; frames without a number of their own would make every test void."""
    folder = tmp_path_factory.mktemp("numbered")
    made = {}
    for codec, suffix in [*KINDS, *WITHOUT_TIMES, ("h264-p", "mp4"), ("mpeg4-p", "mp4"), ("mpeg4-p", "avi")]:
        path = write_numbered(folder / f"{codec}.{suffix}", codec)
        reader, shown = read(path)
        assert shown == {index: index for index in range(FRAMES)}, (codec, suffix)
        assert not reader.footage().lost.size
        made[codec, suffix] = path
    return made


def read(path: Path) -> tuple[VideoReader, dict[int, int]]:
    """Return the reader of a video after its frames, and the number that each slot shows."""
    reader = VideoReader(path)
    return reader, {frame.index: number_of(frame.image) for frame in reader.frames()}


free_frames_of = cache(free_frames)
"""Of a video of the fixture, which no test changes."""


def lost_frames(path: Path, count: int) -> list[int]:
    """Return so many frames that no other rests on, one hole of two among them where there may be."""
    free = free_frames_of(path)
    chosen = [free[index] for index in np.linspace(2, len(free) - 3, max(1, count)).round().astype(int)]
    if count > 2 and chosen[1] + 1 in free:
        chosen[2] = chosen[1] + 1
    return sorted(set(chosen))


def lines_shown(found: LineFrames, shown: dict[int, int]) -> list[int | None]:
    """Return the number that the frame of each label line shows; None where it has none."""
    return [
        None if slot < 0 or lost else shown[int(slot)]
        for slot, lost in zip(found.slots, found.damaged, strict=True)
    ]


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_labels_made_before_the_loss_keep_their_frames(
    kind: tuple[str, str], count: int, videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """With `index` row N shows frame N, and the rows of the holes have no frame; by evidence from the third on."""
    gone = lost_frames(videos[kind], count)
    reader, shown = read(without(videos[kind], path := tmp_path / f"v.{kind[1]}", gone))
    footage = reader.footage()
    expected = [None if number in gone else number for number in range(FRAMES)]
    placed = frames_of_lines(footage, FRAMES, FrameRule(2, "place"))
    assert lines_shown(placed, shown) == expected
    assert not placed.damaged.any()
    assert [remark.rule for remark in placed.remarks] == ["frame-holes"]
    more = frames_of_lines(footage, FRAMES + 1, FrameRule(2, "place"))
    assert lines_shown(more, shown) == [*expected, None]
    assert frames_of_lines(footage, FRAMES, FrameRule(2, "evidence")).placed == (len(gone) > 2)
    assert probe_video(path).variable_frame_rate


@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_labels_made_after_the_loss_keep_their_frames(
    kind: tuple[str, str], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """As many lines as frames: line N is decoded frame N by every rule, and nothing is odd."""
    gone = lost_frames(videos[kind], 3)
    reader, shown = read(without(videos[kind], tmp_path / f"v.{kind[1]}", gone))
    for holes in get_args(HoleRule):
        found = frames_of_lines(reader.footage(), FRAMES - len(gone), FrameRule(2, holes))
        assert lines_shown(found, shown) == [number for number in range(FRAMES) if number not in gone]
        assert found.remarks == ()


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_the_usual_line_too_many_stays_at_the_end_by_evidence(
    kind: tuple[str, str], count: int, videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """Labels made of the very copy with a line too many: by evidence the last row has no frame, with a warning."""
    gone = lost_frames(videos[kind], count)
    reader, shown = read(without(videos[kind], tmp_path / f"v.{kind[1]}", gone))
    left = [number for number in range(FRAMES) if number not in gone]
    found = frames_of_lines(reader.footage(), len(left) + 1, FrameRule(2, "evidence"))
    assert lines_shown(found, shown) == [*left, None]
    assert [(remark.rule, remark.severity) for remark in found.remarks] == [("frame-holes", "warning")]


@pytest.mark.parametrize("codec", ["mpeg4", "h264", "mjpeg"])
@pytest.mark.parametrize("gone", [{20}, {5, 20, 21, 40}], ids=["one", "four"])
def test_empty_chunks_of_an_avi_are_holes(
    codec: str, gone: set[int], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """A frame that a capture program dropped is a hole of one frame, and the rate is not constant."""
    path = empty_chunks(videos[codec, "avi"], tmp_path / "v.avi", gone)
    reader, shown = read(path)
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    assert lines_shown(found, shown) == [None if number in gone else number for number in range(FRAMES)]
    assert probe_video(path).variable_frame_rate


def chunk_of(path: Path, number: int) -> int:
    """Return the place of a chunk's header in an AVI."""
    with av.open(str(path)) as container:
        return [packet.pos for packet in container.demux(video=0) if packet.size][number] - 8


@pytest.mark.parametrize("codec", ["mpeg4", "h264", "mjpeg"])
def test_a_chunk_whose_header_is_damaged_is_a_hole(
    codec: str, videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """FFmpeg goes on at the next chunk and counts on; the index of the AVI says that one is missing, and which."""
    path, content = tmp_path / "v.avi", bytearray(videos[codec, "avi"].read_bytes())
    offset = chunk_of(videos[codec, "avi"], 20)
    content[offset : offset + 8] = bytes(8)
    path.write_bytes(content)
    reader, shown = read(path)
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    left = lines_shown(found, shown)
    assert all(number in (line, None) for line, number in enumerate(left))
    assert left.count(None) <= 2
    assert left[20] is None


@pytest.mark.parametrize("shift", [2, 4096], ids=["inside", "outside"])
def test_an_index_that_is_wrong_costs_nothing(
    shift: int, videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """Chunks that follow each other are frames, whatever an index says of where they lie from somewhere on."""
    path, content = tmp_path / "v.avi", bytearray(videos["mjpeg", "avi"].read_bytes())
    start = content.index(b"idx1") + 8
    for entry in range(start + 20 * 16 + 8, start + FRAMES * 16, 16):
        offset = int.from_bytes(content[entry : entry + 4], "little") + shift
        content[entry : entry + 4] = offset.to_bytes(4, "little")
    path.write_bytes(content)
    reader, shown = read(path)
    assert shown == {number: number for number in range(FRAMES)}
    assert frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place")).remarks == ()


@pytest.mark.parametrize("kind", WITHOUT_TIMES, ids=name_of)
def test_an_avi_with_b_frames_is_never_placed(
    kind: tuple[str, str], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """It keeps no presentation times: a hole with a difference is a warning, and line N is decoded frame N."""
    gone, order = lost_frames(videos[kind], 1), shown_order(videos[kind[0], "mp4"])
    reader, shown = read(without(videos[kind], tmp_path / "v.avi", gone, order))
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    left = [number for number in range(FRAMES) if number not in gone]
    assert lines_shown(found, shown) == [*left, None]
    assert [(remark.rule, remark.severity) for remark in found.remarks] == [("frame-holes", "warning")]
    times = [frame.pts_seconds for frame in VideoReader(tmp_path / "v.avi").frames()]
    assert (np.diff(times) > 0).all()


def test_a_variable_rate_is_never_placed(tmp_path: Path) -> None:
    """Where steps are multiples of nothing a missing frame cannot be told from a long step."""
    steps = np.random.default_rng(3).integers(25, 70, FRAMES)
    times = np.cumsum(steps).tolist()
    whole = write_numbered(tmp_path / "whole.mkv", "h264", milliseconds=times)
    reader, shown = read(without(whole, tmp_path / "v.mkv", {20}))
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    assert lines_shown(found, shown) == [*(number for number in range(FRAMES) if number != 20), None]
    assert [remark.rule for remark in found.remarks] == ["frames-differ"]


@pytest.mark.parametrize("gone", [{0}, {47}, {0, 47}], ids=["start", "end", "both"])
def test_holes_at_either_end_are_never_placed(
    gone: set[int], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """Times cannot show them, so line N is decoded frame N."""
    reader, shown = read(without(videos["mjpeg", "mkv"], tmp_path / "v.mkv", gone))
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    left = [number for number in range(FRAMES) if number not in gone]
    assert lines_shown(found, shown) == [*left, *[None] * len(gone)]


LOSSY = [("h264", "mp4"), ("h264", "mkv"), ("h264-b", "mp4"), ("h264-b", "mkv"), ("mpeg4", "avi"), ("mpeg4", "mp4"),
         ("mpeg4-b", "mkv"), ("vp9", "webm"), ("mjpeg", "mkv"), ("mjpeg", "avi")]  # fmt: skip


@pytest.mark.parametrize("packets", [[20], [5, 20, 21, 40]], ids=["one", "four"])
@pytest.mark.parametrize("kind", LOSSY, ids=name_of)
def test_damaged_packets_cost_their_own_rows(
    kind: tuple[str, str], packets: list[int], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """Decoding goes on: the slots of damaged frames are lost and every other row shows its number."""
    free = free_frames_of(videos[kind])
    broken = {min(free, key=lambda frame: abs(frame - packet)) for packet in packets}
    reader, shown = read(damaged(videos[kind], tmp_path / f"v.{kind[1]}", broken))
    footage = reader.footage()
    assert set(footage.lost.tolist()) == broken
    assert reader.error is None
    for holes in ("end", "place", "evidence"):
        found = frames_of_lines(footage, FRAMES, FrameRule(2, holes))
        expected = [None if number in broken else number for number in range(FRAMES)]
        assert lines_shown(found, shown) == expected
        assert set(np.flatnonzero(found.damaged).tolist()) == broken


@pytest.mark.parametrize("codec", ["hevc"])
@pytest.mark.parametrize("kind", ["noise", "zeros", "half"])
def test_a_damaged_hevc_packet_costs_no_row_beside_it(
    codec: str, kind: str, videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """Whether the decoder says so or drops the frame in silence, the others keep their numbers."""
    broken = lost_frames(videos[codec, "mkv"], 1)
    reader, shown = read(damaged(videos[codec, "mkv"], tmp_path / "v.mkv", broken, kind))
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    assert lines_shown(found, shown) == [None if number in broken else number for number in range(FRAMES)]


@pytest.mark.parametrize("kind", [("h264-p", "mp4"), ("mpeg4-p", "mp4")], ids=name_of)
def test_a_damaged_keyframe_costs_everything_up_to_the_next(
    kind: tuple[str, str], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """What rests on a picture that is not there is lost; from the next keyframe on rows show their numbers."""
    reader, shown = read(damaged(videos[kind], tmp_path / f"v.{kind[1]}", {12}))
    assert reader.footage().lost.tolist() == list(range(12, 24))
    assert shown == {number: number for number in range(FRAMES) if not 12 <= number < 24}


@pytest.mark.parametrize("kind", [("h264-p", "mp4"), ("mpeg4-p", "mp4"), ("mpeg4-p", "avi")], ids=name_of)
def test_damage_between_keyframes_leaves_traces_that_are_counted(
    kind: tuple[str, str], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """The frames behind it are given as the decoder gives them, in their slots, and how many is known."""
    reader, shown = read(damaged(videos[kind], tmp_path / f"v.{kind[1]}", {15}))
    assert reader.footage().lost.tolist() == [15]
    assert reader.damage.traces == 8
    assert all(shown[number] == number for number in [*range(15), *range(24, FRAMES)])


@pytest.mark.parametrize("kind", WITHOUT_TIMES, ids=name_of)
def test_damage_stops_where_times_cannot_say_what_is_lost(
    kind: tuple[str, str], videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """An AVI with B-frames ends at the first refused packet, as ever, and says why."""
    reader, shown = read(damaged(videos[kind], tmp_path / "v.avi", {20}))
    assert reader.error is not None
    assert "the file's times do not say which frames are lost" in reader.error
    assert 10 < len(shown) <= 20
    assert all(slot == number for slot, number in shown.items())
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    assert found.damaged.tolist() == [number >= len(shown) for number in range(FRAMES)]


def test_an_edit_list_that_discards_packets_leaves_no_phantoms(
    videos: dict[tuple[str, str], Path], tmp_path: Path
) -> None:
    """As `-ss 0.4 -c copy` writes it: 48 packets, of which 10 are decoded only for what follows."""
    for kind in (("h264-p", "mp4"), ("h264-b", "mp4"), ("mpeg4-p", "mp4"), ("hevc", "mp4")):

        def earlier(_: int, packet: object) -> object:
            ticks = int(0.4 / packet.time_base)  # type: ignore[attr-defined]
            packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks  # type: ignore[attr-defined]
            return packet

        path = remux(videos[kind], tmp_path / "v.mp4", earlier)  # type: ignore[arg-type]
        reader, shown = read(path)
        assert probe_video(path).num_packets == reader.footage().decoded == FRAMES - 10
        assert shown == {index: index + 10 for index in range(FRAMES - 10)}


def test_equal_times_cost_nothing(videos: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    """Two frames of one time are two frames; the file's times are kept as they are."""

    def same(index: int, packet: object) -> object:
        if index == 20:
            packet.pts = packet.dts = packet.pts - 40  # type: ignore[attr-defined]
        return packet

    path = remux(videos["mjpeg", "mkv"], tmp_path / "v.mkv", same)  # type: ignore[arg-type]
    reader, shown = read(path)
    assert shown == {index: index for index in range(FRAMES)}
    found = frames_of_lines(reader.footage(), FRAMES, FrameRule(2, "place"))
    assert (found.remarks, found.slots.tolist()) == ((), list(range(FRAMES)))


def test_packets_of_every_kind_come_in_a_known_order(videos: dict[tuple[str, str], Path]) -> None:
    """The tests' own notion of a packet's frame holds: with B-frames the order differs from the numbers."""
    assert shown_order(videos["h264", "mp4"]) == list(range(FRAMES))
    assert shown_order(videos["h264-b", "mp4"]) != list(range(FRAMES))
