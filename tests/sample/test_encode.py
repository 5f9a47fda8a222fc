"""Video files."""

import resource

import av
import cv2
import numpy as np
import pytest

from fer_data.errors import MediaError, OutputError
from fer_data.media.video import decode_frames
from fer_data.sample.encode import truncate_video, write_video


def frames(count=12):
    """Return grey frames that brighten, with a little noise."""
    rng = np.random.default_rng(0)
    return [
        np.full((48, 64, 3), 20 * index, np.uint8) + rng.integers(0, 9, (48, 64, 3), np.uint8)
        for index in range(count)
    ]


@pytest.mark.parametrize(("suffix", "codec"), [("mp4", "libx264"), ("avi", "mpeg4")], ids=["mp4", "avi"])
def test_videos_decode_to_what_was_written_and_repeat_to_the_byte(tmp_path, suffix, codec):
    """Frames come back in number, order and look, and the same frames make the same bytes."""
    first, second = (tmp_path / f"{name}.{suffix}" for name in ("a", "b"))
    for path in (first, second):
        write_video(path, frames(), 25, codec)
    assert first.read_bytes() == second.read_bytes()
    decoded = [frame.image for frame in decode_frames(first)]
    assert len(decoded) == 12
    assert (
        max(abs(image.mean() - written.mean()) for image, written in zip(decoded, frames(), strict=True)) < 4
    )


def test_a_video_follows_from_its_frames_and_not_from_what_lay_in_memory(tmp_path):
    """The same moving picture gives one file, whatever memory the encoder gets (x264 with AVX-512 gave five in ten)."""
    small = np.random.default_rng(1).integers(0, 255, (30, 54, 3), np.uint8)
    picture = cv2.resize(small, (854, 480))
    found = set()

    def moving(run):
        for index in range(12):
            rng = np.random.default_rng(100 * run + index)
            noise = rng.integers(0, 255, (30, 1 << 14), np.uint8)  # cheaper repeated than drawn
            times = 1 << rng.integers(0, 8, 30)
            litter = [np.tile(one, count) for one, count in zip(noise, times, strict=True)]
            del litter
            yield np.roll(picture, 3 * index, 1)

    for run in range(8):
        write_video(tmp_path / "v.mp4", moving(run), 25)
        found.add((tmp_path / "v.mp4").read_bytes())
    assert len(found) == 1


def test_presentation_times_may_be_irregular(tmp_path):
    """A variable frame rate keeps the given times."""
    times = [0, 30, 77, 141, 171, 218, 282, 312, 359, 423, 453, 500]
    write_video(tmp_path / "v.mp4", frames(), 25, pts_milliseconds=times)
    assert [round(frame.pts_seconds * 1000) for frame in decode_frames(tmp_path / "v.mp4")] == times


def test_a_truncated_file_promises_more_than_it_holds(tmp_path):
    """The AVI header keeps its count, and exactly the asked number of frames decodes."""
    path = tmp_path / "v.avi"
    write_video(path, frames(), 25, "mpeg4")
    truncate_video(path, 7)
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 12
        assert sum(1 for _ in container.decode(video=0)) == 7


def test_a_video_cannot_be_cut_behind_its_end(tmp_path):
    """Cutting at a frame that is not there is refused."""
    write_video(tmp_path / "v.avi", frames(3), 25, "mpeg4")
    with pytest.raises(MediaError, match=r"v\.avi has 3 frames and cannot be cut at 3"):
        truncate_video(tmp_path / "v.avi", 3)


@pytest.mark.parametrize(("name", "codec"), [("v.mp4", "libx264"), ("v.avi", "mpeg4")])
def test_a_full_disk_is_no_fault_of_the_encoder(tmp_path, name, codec):
    """The file has no room; the message is about that, and names no temporary folder."""
    (tmp_path / name).symlink_to("/dev/full")
    with pytest.raises(OutputError, match=rf"^{name} cannot be written: No space left on device. Make room"):
        write_video(tmp_path / name, frames(3), 25, codec)


def test_a_limit_of_the_file_size_is_no_fault_of_the_encoder(tmp_path):
    """A quota is told as a full disk is; the signal that comes with it does not end Python."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(OutputError, match=r"^v\.mp4 cannot be written: File too large\. Make room"):
            write_video(tmp_path / "v.mp4", frames(3), 25)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_odd_sizes_are_refused_by_name(tmp_path):
    """What the encoder refuses becomes an error of ours that names the file."""
    with pytest.raises(MediaError, match=r"odd\.mp4 cannot be encoded with libx264"):
        write_video(tmp_path / "odd.mp4", [np.zeros((47, 63, 3), np.uint8)], 25)
