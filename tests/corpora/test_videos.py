"""Packets are counted, headers are not believed."""

from pathlib import Path

import av
import numpy as np
import pytest
from corpus_trees import write_video

from fer_data.corpora.videos import count_frames, probe_video
from fer_data.errors import MediaError


def write_sound(path: Path) -> Path:
    """Write a file with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("suffix", [".mp4", ".avi"])
def test_packets_and_frames_of_a_whole_video_agree(tmp_path: Path, suffix: str) -> None:
    """A whole video has one packet a frame."""
    path = write_video(tmp_path / f"a{suffix}", 12)

    assert probe_video(path).num_packets == count_frames(path) == 12


def test_rounded_times_are_even(tmp_path: Path) -> None:
    """Matroska keeps milliseconds, so that 30 frames a second give intervals of 33 and 34: still an even rate."""
    assert not probe_video(write_video(tmp_path / "a.mkv", 12)).variable_frame_rate


def test_truncated_video_claims_more_than_it_has(tmp_path: Path) -> None:
    """The header of a truncated AVI still claims every frame; packets and decoding do not."""
    path = write_video(tmp_path / "a.avi", 300)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with av.open(str(path)) as container:
        claimed = container.streams.video[0].frames

    assert claimed == 300
    assert 0 < count_frames(path) <= probe_video(path).num_packets < 300


@pytest.mark.parametrize(
    ("ticks", "variable"),
    [
        pytest.param(range(6), False, id="even"),
        pytest.param([0, 1, 2, 7, 8, 9], True, id="gap"),
    ],
)
def test_variable_frame_rate(tmp_path: Path, ticks: range | list[int], variable: bool) -> None:
    """Evenly spaced presentation times are told from uneven ones."""
    path = write_video(tmp_path / "a.mp4", 6, ticks)

    assert probe_video(path).variable_frame_rate == variable


@pytest.mark.parametrize("read", [probe_video, count_frames], ids=["probe", "count"])
def test_what_is_no_video_is_named(tmp_path: Path, read: object) -> None:
    """A file without pictures, of other contents, or absent is one clear error."""
    (tmp_path / "text.mp4").write_bytes(b"no video")
    cases = {
        write_sound(tmp_path / "sound.wav"): "has no video stream",
        tmp_path / "text.mp4": "cannot be opened as a video",
        tmp_path / "absent.mp4": "cannot be read",
    }

    for path, message in cases.items():
        with pytest.raises(MediaError, match=message):
            read(path)  # type: ignore[operator]
