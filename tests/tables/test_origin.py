"""Whether faces are rendered, known from the corpus to the model."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fresh_python import printed_by

from fer_data.shell.files.outputs import new_folder
from fer_data.tables.origin import Origin, origin_of, stated_origin

VIDEOS = {"batch1/101.mp4": 3, "batch2/video5_1.avi": 2}
"""Packets of the videos of a rendered corpus; of the second one frame was cut off."""


def write_truth(folder: Path) -> None:
    """Write what the renderer knows of two videos of three frames, in the columns that are read."""
    names = [*["101"] * 3, *["video5_1"] * 3]
    pq.write_table(pa.table({"video_id": names, "frame_index": [0, 1, 2] * 2}), folder / "truth.parquet")


def test_a_rendered_corpus_is_known_by_its_truth(tmp_path: Path) -> None:
    """Every video is one that was rendered, with no more frames; `cp sample/*` leaves the hidden mark behind."""
    write_truth(tmp_path)
    assert origin_of(tmp_path, "affwild2", VIDEOS) == Origin("affwild2", rendered=True)


def test_the_order_of_the_truth_does_not_matter(tmp_path: Path) -> None:
    """A video has as many frames as its last one says, wherever that stands."""
    pq.write_table(
        pa.table({"video_id": ["101", "b", "101"], "frame_index": [2, 0, 0]}), tmp_path / "truth.parquet"
    )
    assert origin_of(tmp_path, "affwild2", {"101.mp4": 3}).rendered
    assert not origin_of(tmp_path, "affwild2", {"101.mp4": 4}).rendered


@pytest.mark.parametrize(
    "videos",
    [
        {},
        {**VIDEOS, "batch1/1-30-1280x720.mp4": 3},
        {**VIDEOS, "batch1/101.mp4": 4000},
    ],
    ids=["pictures alone", "a real video beside them", "a real video in the place of one"],
)
def test_material_that_was_not_rendered_is_not_opened_by_the_truth(
    tmp_path: Path, videos: dict[str, int]
) -> None:
    """Copied or linked into a sample, or given a sample's file, real people stay real."""
    write_truth(tmp_path)
    assert not origin_of(tmp_path, "affwild2", videos).rendered


@pytest.mark.parametrize("what", ["nothing", "mark", "empty", "other table", "folder"])
def test_a_mark_proves_nothing(tmp_path: Path, what: str) -> None:
    """Nor do an empty file, another table or a folder of that name."""
    root = tmp_path / "corpus"
    root.mkdir()
    match what:
        case "mark":
            with new_folder(root, "corpus"):
                pass
        case "empty":
            (root / "truth.parquet").touch()
        case "other table":
            pq.write_table(pa.table({"a": [1]}), root / "truth.parquet")
        case "folder":
            (root / "truth.parquet").mkdir()
    assert not origin_of(root, "affwild2", VIDEOS).rendered


def test_metadata_give_the_origin_back() -> None:
    """Tables without it, or with damage in its place, say nothing of it."""
    origin = Origin("affwild2", rendered=True)
    assert stated_origin(origin.metadata()) == origin
    for metadata in ({}, {"origin": "{"}, {"origin": "[]"}, {"origin": '{"corpus": "a"}'}):
        assert stated_origin(metadata) is None


def test_the_truth_is_read_without_what_reads_datasets(tmp_path: Path) -> None:
    """Which takes longer to load than the truth to read, and loads pandas: every first stage of a run reads it."""
    write_truth(tmp_path)
    code = (
        "import sys\nfrom pathlib import Path\nfrom fer_data.tables.origin import origin_of\n"
        f"print(origin_of(Path({str(tmp_path)!r}), 'affwild2', {VIDEOS!r}).rendered)\n"
        "print(*{'pandas', 'pyarrow.dataset'} & sys.modules.keys())"
    )
    assert printed_by(code).split() == ["True"]
