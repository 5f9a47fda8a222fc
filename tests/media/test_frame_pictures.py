"""Frames become the pictures that a player shows, and never more pixels than a limit."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from corpus_trees import SEVEN, source, write_oblong, write_text

from fer_data.check import check_corpus
from fer_data.errors import MediaError
from fer_data.media.containers import open_container
from fer_data.media.frame_pictures import FrameRules, Pictures, limit_pixels, pixel_aspect
from fer_data.media.video import VideoReader

STORED = FrameRules(pixel_aspect="stored")


def picture(size_wh: tuple[int, int] = (64, 48), seed: int = 1) -> np.ndarray:
    """Return a smooth coloured picture."""
    small = np.random.default_rng(seed).integers(0, 255, (6, 8, 3)).astype(np.uint8)
    return cv2.resize(small, size_wh, interpolation=cv2.INTER_CUBIC)


def decode(path: Path, rules: FrameRules) -> list[np.ndarray]:
    """Return the pictures of a video."""
    with open_container(path) as container:
        stream = container.streams.video[0]
        pictures = Pictures(stream, rules, path.name)
        return [shown(pictures, frame) for frame in container.decode(stream)]


def shown(pictures: Pictures, frame: av.VideoFrame) -> np.ndarray:
    """Return a frame's picture after taking its measure."""
    pictures.measure(frame)
    return pictures.picture(frame)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "mov"])
@pytest.mark.parametrize(
    ("aspect", "shape"),
    [(Fraction(2), (48, 128, 3)), (Fraction(1, 2), (96, 64, 3)), (Fraction(16, 11), (48, 93, 3))],
    ids=["wide", "high", "television"],
)
def test_oblong_pixels_are_made_square_by_enlarging(
    tmp_path: Path, suffix: str, aspect: Fraction, shape: tuple[int, ...]
) -> None:
    """A face has the form that a player gives it, and no detail is lost."""
    codec = "mpeg4" if suffix in ("avi", "mov") else "libx264"
    path = write_oblong(tmp_path / f"x.{suffix}", [picture()] * 2, aspect, codec)
    stored, square = decode(path, STORED), decode(path, FrameRules())
    assert [image.shape for image in stored] == [(48, 64, 3)] * 2
    assert [image.shape for image in square] == [shape] * 2
    again = cv2.resize(square[0], (64, 48), interpolation=cv2.INTER_AREA)
    assert np.abs(again.astype(int) - stored[0]).mean() < 3


@pytest.mark.parametrize("aspect", [None, Fraction(1)], ids=["unstated", "square"])
def test_square_pixels_stay_to_the_bit(tmp_path: Path, aspect: Fraction | None) -> None:
    """Most videos say nothing, or 1:1."""
    path = write_oblong(tmp_path / "x.mp4", [picture()] * 2, aspect)
    for one, other in zip(decode(path, STORED), decode(path, FrameRules()), strict=True):
        np.testing.assert_array_equal(one, other)


def test_an_extreme_aspect_is_bounded_by_the_pixels(tmp_path: Path) -> None:
    """A file that asks for a picture a thousand times as wide is refused, or taken as stored."""
    path = write_oblong(tmp_path / "x.mkv", [picture()], Fraction(10))
    assert decode(path, STORED)[0].shape == (48, 64, 3)
    with pytest.raises(MediaError, match=r"frames of \d+ x 48 px must have 20,000 pixels at most"):
        decode(path, FrameRules(max_pixels=20_000))


def test_frames_of_another_size_are_brought_to_the_first(tmp_path: Path) -> None:
    """Boxes of all frames are in one system of coordinates, as a player's picture is."""
    small, large = (
        write_oblong(tmp_path / "s.mkv", [picture((64, 48))] * 3),
        write_oblong(tmp_path / "l.mkv", [picture((96, 80))]),
    )
    frames = []
    for path in (small, large, small):
        with open_container(path) as container:
            frames += list(container.decode(video=0))
    with open_container(small) as container:
        pictures = Pictures(container.streams.video[0], FrameRules(), "x")
        images = [shown(pictures, frame) for frame in frames]
    assert {image.shape for image in images} == {(48, 64, 3)}
    assert pictures.resized == 1
    assert [remark.rule for remark in pictures.remarks()] == ["frame-size-changes"]
    assert np.abs(images[3].astype(int) - images[0]).mean() < 12


def test_the_limit_holds_before_a_frame_is_made(tmp_path: Path) -> None:
    """By the header, and in the decoder where the header says less than its frames have."""
    path = write_oblong(tmp_path / "x.mkv", [picture()] * 2)
    with open_container(path) as container:
        stream = container.streams.video[0]
        assert pixel_aspect(stream) == 1
        with pytest.raises(MediaError, match=r"x: frames of 64 x 48 px must have 3,000 pixels at most"):
            limit_pixels(stream, 3000, "x")
        limit_pixels(stream, 64 * 48, "x")
        assert len(list(container.decode(stream))) == 2


def test_a_decoder_refuses_frames_that_outgrow_their_header(tmp_path: Path) -> None:
    """An AVI may hold a picture of any size behind a header of 64 x 64."""
    path = tmp_path / "x.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        for index, side in enumerate((64, 64, 4000)):
            encoded = cv2.imencode(".jpg", np.zeros((side, side, 3), np.uint8))[1]
            packet = av.Packet(bytes(encoded))
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = index
            container.mux(packet)
    with open_container(path) as container:
        stream = container.streams.video[0]
        limit_pixels(stream, 12_000_000, "x")
        widths = []
        with pytest.raises(av.FFmpegError):
            widths.extend(frame.width for frame in container.decode(stream))
        assert set(widths) <= {64}


def outgrown(path: Path, sides: Iterable[int]) -> Path:
    """Write an AVI of JPEG pictures of these sides behind a header of 64 x 64."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuvj420p"
        for index, side in enumerate(sides):
            packet = av.Packet(bytes(cv2.imencode(".jpg", np.zeros((side, side, 3), np.uint8))[1]))
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = index
            container.mux(packet)
    return path


@pytest.mark.parametrize("sides", [(4000,) * 3, (64, 4000, 64)], ids=["all", "one"])
def test_a_reader_costs_no_more_than_the_limit(tmp_path: Path, sides: tuple[int, ...]) -> None:
    """A video of too large pictures ends with one sentence; a single one is a damaged frame among others."""
    reader = VideoReader(outgrown(tmp_path / "x.avi", sides))
    frames = list(reader.frames())
    assert all(frame.image.size <= 3 * 64 * 64 for frame in frames)
    if len(set(sides)) == 1:
        assert not frames
        assert reader.error is not None
        assert "4000 x 4000 px must have 12,000,000 pixels at most" in reader.error
    else:
        assert [frame.index for frame in frames] in ([0, 2], [0])


def test_frames_behind_the_last_that_is_asked_for_are_counted_alone(tmp_path: Path) -> None:
    """A video that goes on for hours costs its decoding and no pictures."""
    reader = VideoReader(write_oblong(tmp_path / "x.mkv", [picture()] * 9))
    assert [frame.index for frame in reader.frames(4)] == [0, 1, 2, 3]
    assert reader.footage().decoded == 9


def test_check_says_what_is_done_to_oblong_pixels(tmp_path: Path) -> None:
    """Nothing is squeezed or stretched in silence."""
    write_text(tmp_path / "annotations/EXPR_Set/Train_Set/x.txt", SEVEN, [0, 0])
    (tmp_path / "videos").mkdir()
    write_oblong(tmp_path / "videos/x.mp4", [picture()] * 2, Fraction(2))
    report = check_corpus(tmp_path, source(tmp_path), decode=True)
    assert [(f.rule, f.severity, f.video_id) for f in report.findings] == [("pixel-aspect", "info", "x")]
    assert "2:1 wide; they are made square" in report.findings[0].message
    small = check_corpus(tmp_path, source(tmp_path), decode=True, max_pixels=1000)
    assert [f.rule for f in small.findings if f.severity == "error"] == ["unreadable-video"]
