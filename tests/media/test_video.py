"""Decoding: every frame once, in order, with its time, as RGB; damage ends in an error after the sound frames."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from video_corpora import HEIGHT, WIDTH, write_video

from fer_data.core.arrays import Image
from fer_data.errors import MediaError
from fer_data.media.video import Frame, StoredFrame, decode_frames


def coloured(index: int) -> Image:
    """Return a frame in plain orange whose brightness says its number."""
    return np.full((HEIGHT, WIDTH, 3), (200 - 4 * index, 100 - 2 * index, 20), np.uint8)


def noisy(index: int) -> Image:
    """Return a frame that is like no other, so that all take about the same space."""
    return np.random.default_rng(index).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def decode_all(path: Path) -> tuple[list[Frame], str | None]:
    """Return the frames and the error, if decoding ended with one."""
    frames: list[Frame] = []
    try:
        frames.extend(decode_frames(path))
    except MediaError as error:
        return frames, str(error)
    return frames, None


def test_frames_come_in_order_as_rgb_with_their_times(tmp_path: Path) -> None:
    """Twenty frames at 25 a second are numbered from 0, 0.04 s apart, red first."""
    write_video(tmp_path / "v.mp4", coloured, 20)
    frames = list(decode_frames(tmp_path / "v.mp4"))
    assert [frame.index for frame in frames] == list(range(20))
    np.testing.assert_allclose([frame.pts_seconds for frame in frames], np.arange(20) / 25, atol=1e-9)
    for frame in frames:
        assert frame.image.shape == (HEIGHT, WIDTH, 3)
        assert np.abs(frame.image.mean((0, 1)) - coloured(frame.index)[0, 0]).max() < 6


def test_variable_frame_rate_keeps_the_containers_times(tmp_path: Path) -> None:
    """Times are those that were written, not multiples of a mean duration."""
    written = [0, 40, 80, 300, 310, 900, 1000]
    with av.open(str(tmp_path / "v.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"threads": "1", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for index, milliseconds in enumerate(written):
            frame = av.VideoFrame.from_ndarray(coloured(index), format="rgb24")
            frame.pts, frame.time_base = milliseconds, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    times = [frame.pts_seconds for frame in decode_frames(tmp_path / "v.mp4")]
    np.testing.assert_allclose(times, np.array(written) / 1000, atol=1e-6)


def test_a_truncated_video_gives_the_frames_before_the_cut(tmp_path: Path) -> None:
    """An AVI cut in the middle decodes up to there, and no frame after it."""
    whole, cut = tmp_path / "whole.avi", tmp_path / "cut.avi"
    write_video(whole, noisy, 24)
    data = whole.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    frames, _ = decode_all(cut)
    assert 0 < len(frames) < 24
    assert [frame.index for frame in frames] == list(range(len(frames)))


@pytest.mark.parametrize("content", [b"", b"no video at all", None], ids=["empty", "text", "missing"])
def test_what_is_no_video_ends_in_one_line(content: bytes | None, tmp_path: Path) -> None:
    """Neither an empty file, nor a text, nor nothing gives a frame; the message names the file."""
    path = tmp_path / "v.mp4"
    if content is not None:
        path.write_bytes(content)
    frames, error = decode_all(path)
    assert not frames
    assert error is not None
    said = "It cannot be read" if content is None else "decoding stopped after 0 frames"
    assert error.startswith(f"v.mp4: {said}")


def test_a_file_with_sound_alone_has_no_frames(tmp_path: Path) -> None:
    """A container without a picture says so."""
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(MediaError, match=r"sound\.wav: the file has no video stream"):
        list(decode_frames(path))


def test_decoding_twice_gives_the_same_pixels(tmp_path: Path) -> None:
    """One thread, one result."""
    write_video(tmp_path / "v.mp4", coloured, 6)
    first, second = ([frame.image for frame in decode_frames(tmp_path / "v.mp4")] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_frame_stored_as_decoded_shows_the_same_picture(tmp_path: Path) -> None:
    """Its picture is made anew, byte for byte, also behind the frames after it; one of other origin keeps its own."""
    write_video(tmp_path / "v.mp4", coloured, 6)
    frames = list(decode_frames(tmp_path / "v.mp4"))
    for frame in frames:
        stored = frame.stored(as_decoded=True)
        assert isinstance(stored, StoredFrame)
        assert (stored.index, stored.lines) == (frame.index, frame.lines)
        np.testing.assert_array_equal(stored.restored().image, frame.image)
        plain = frame.stored(as_decoded=False)
        assert plain.image is frame.image
        assert isinstance(plain.stored(as_decoded=True), Frame), "nothing is left to convert"
