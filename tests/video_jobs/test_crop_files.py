"""Which of the organisers' crops are looked at, and that their bytes are part of a result's key."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from video_corpora import align_params

from fer_data.assignment.requests import CropFiles, SubjectRequest, VideoRequest
from fer_data.core.frames.frame_policy import FrameRule
from fer_data.video_jobs.crop_files import MAX_COMPARED, with_crops
from fer_data.video_jobs.keys import video_key


def request(frames: int, *, video: bool = True, needed: slice = slice(None)) -> VideoRequest:
    """Return a request for one subject `a` whose rows `needed` have a label."""
    wanted = np.zeros(frames, bool)
    wanted[needed] = True
    indices = np.arange(frames, dtype=np.int32)
    subject = SubjectRequest("a", "a", "only", indices, wanted, wanted, sparse=False, trusted=False)
    return VideoRequest("a", Path("a.mp4") if video else None, frames if video else 0, (subject,))


def write_crops(folder: Path, numbers: range, *, suffix: str = ".jpg") -> Path:
    """Write numbered files into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (folder / f"{number:05d}{suffix}").write_bytes(b"%d" % number)
    return folder


def crops_of(video: VideoRequest, folder: Path, *, every_row: bool = False) -> CropFiles:
    """Return the crops of the only subject."""
    (found,) = with_crops([video], {"a": folder}, every_row=every_row)
    crops = found.subjects[0].crops
    assert crops is not None
    return crops


def test_beside_a_video_a_sample_is_looked_at(tmp_path: Path) -> None:
    """At most 96 crops, from the first to the last that a labelled row may use."""
    found = crops_of(request(400, needed=slice(100, 300)), write_crops(tmp_path / "a", range(1, 401)))
    assert len(found.frames) == MAX_COMPARED
    assert (int(found.frames[0]), int(found.frames[-1]), found.last) == (100, 299, 399)


@pytest.mark.parametrize(("every_row", "count"), [(False, 200), (True, 400)], ids=["labelled", "all"])
def test_without_a_video_every_crop_counts_that_a_row_may_use(
    tmp_path: Path, every_row: bool, count: int
) -> None:
    """With `rows: all` those without a label too; the request's length is the number of crops."""
    folder = write_crops(tmp_path / "a", range(1, 401))
    video = request(400, video=False, needed=slice(100, 300))
    assert len(crops_of(video, folder, every_row=every_row).frames) == count
    assert with_crops([video], {"a": folder}, every_row=every_row)[0].num_packets == count


def test_a_subject_without_a_folder_has_no_crops(tmp_path: Path) -> None:
    """The request stays as it was."""
    video = request(5)
    (found,) = with_crops([video], {"b": tmp_path}, every_row=False)
    assert found.subjects[0].crops is None


def test_of_two_pictures_with_one_number_the_first_by_name_counts(tmp_path: Path) -> None:
    """Whatever order the file system lists them in."""
    folder = write_crops(tmp_path / "a", range(1, 4))
    before = crops_of(request(3), folder).sha256
    write_crops(folder, range(1, 4), suffix=".png")
    assert crops_of(request(3), folder).sha256 == before


def test_the_bytes_of_the_crops_are_part_of_the_key(tmp_path: Path) -> None:
    """One other byte is another result; a crop that no row may use changes nothing."""
    known: dict[str, Any] = {"rule": FrameRule(2, "end"), "weights_sha256": "e" * 64, "environment": {}}

    def key(video: VideoRequest) -> str:
        return video_key(video, align_params(), **known)

    folder = write_crops(tmp_path / "a", range(1, 9))
    video = request(8, needed=slice(2, 8))
    (before,) = with_crops([video], {"a": folder}, every_row=False)
    assert key(before) != key(video)
    (folder / "00001.jpg").write_bytes(b"other")
    assert key(with_crops([video], {"a": folder}, every_row=False)[0]) == key(before)
    (folder / "00005.jpg").write_bytes(b"other")
    assert key(with_crops([video], {"a": folder}, every_row=False)[0]) != key(before)
