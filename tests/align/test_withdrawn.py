"""A person who withdrew from a video of two: the other keeps what it had, and nothing of the person is written."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from video_corpora import (
    Subject,
    align_corpus,
    align_params,
    people,
    scene,
    source_params,
    write_catalog,
    write_video,
)

from fer_data.execution.store import Store
from fer_data.ingest.withdrawal import Withdrawal
from fer_data.shell.files.atomic import file_sha256
from fer_data.tables.schemas import FACE_ROWS, ROWS, read_metadata, read_table, write_table
from fer_data.video_jobs import observe

FRAMES = 10
SUBJECTS = {
    "one": Subject("one", [0] * FRAMES),
    "two": Subject("two", [1] * FRAMES, "left"),
    "two_right": Subject("two", [0] * FRAMES, "right"),
}


def corpus(folder: Path) -> Path:
    """Write one video of one person and one of two, and their catalog."""
    first, second, third = people()
    videos = folder / "root" / "batch1"
    write_video(videos / "one.mp4", scene([(third, lambda i: (80, 60 - i))]), FRAMES)
    two = scene([(second, lambda i: (190 - i, 50)), (first, lambda i: (10 + i, 60))])
    write_video(videos / "two.mp4", two, FRAMES)
    write_catalog(folder / "catalog", SUBJECTS, dict.fromkeys(("one", "two"), FRAMES))
    return folder


def withdraw(folder: Path, *names: str) -> None:
    """Take people out of a written catalog, as `ingest` does."""
    path = folder / "catalog" / "rows.parquet"
    metadata = read_metadata(path, ROWS)
    withdrawal = Withdrawal(source_params().changed(excluded=list(names)))
    blank, _ = withdrawal.blank(read_table(path, ROWS))
    write_table(path, [blank], ROWS, metadata)
    withdrawal.finish(folder / "catalog", [])


def aligned(folder: Path, output: Path, store: Path, **changes: Any) -> pa.Table:
    """Align a corpus and return its rows."""
    align_corpus(folder, output, align_params(**changes), store=str(store), workers=1)
    return read_table(output / "faces" / "rows.parquet", FACE_ROWS)


def decoding_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the reading of any video a failure of the test."""

    def refuse(*_: object) -> None:
        raise AssertionError("a video was decoded")

    monkeypatch.setattr(observe, "_reader", refuse)


def test_the_other_keeps_rows_and_pixels_without_decoding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept of the video serves once more, and what of both is in it is not given to the other."""
    folder, store = corpus(tmp_path), tmp_path / "store"
    before = aligned(folder, tmp_path / "before", store)
    withdraw(folder, "two_right")
    decoding_refused(monkeypatch)
    after = aligned(folder, tmp_path / "after", store)

    own = np.isin(before["subject_id"].to_numpy(), ["one", "two"])
    assert after.filter(own).to_pylist() == before.filter(own).to_pylist()
    lost = after.filter(~own)
    assert set(lost["state"].to_pylist()) == {"withdrawn"}
    assert lost["box"].null_count == lost["track_id"].null_count == FRAMES
    for name in ("one", "two"):
        assert file_sha256(tmp_path / f"after/faces/{name}.arrow") == file_sha256(
            tmp_path / f"before/faces/{name}.arrow"
        )


def test_nothing_of_the_person_is_written(tmp_path: Path) -> None:
    """No crops, no sheet of the video's people, no line of a decision; a finding of the other stays."""
    folder = corpus(tmp_path)
    withdraw(folder, "two_right")
    aligned(folder, tmp_path / "after", tmp_path / "store")

    written = [
        p.relative_to(tmp_path / "after").as_posix() for p in (tmp_path / "after").rglob("*") if p.is_file()
    ]
    assert "faces/two.arrow" in written
    assert not [
        name for name in written if name.endswith("two.jpg") or "withdrawn" in name or "right" in name
    ]
    text = (tmp_path / "after/reports/decisions.csv").read_text()
    assert "right" not in text
    assert "withdrawn" not in text


def test_a_run_without_the_store_gives_the_same_and_keeps_no_faces(tmp_path: Path) -> None:
    """A video in which somebody withdrew is decoded for the other, and what it shows is not kept."""
    folder = corpus(tmp_path)
    aligned(folder, tmp_path / "before", tmp_path / "store")
    withdraw(folder, "two_right")
    first = aligned(folder, tmp_path / "a", tmp_path / "store")
    second = aligned(folder, tmp_path / "b", tmp_path / "fresh")

    assert first.equals(second)
    kept = Store(tmp_path / "fresh").entries()
    assert not [e for e in kept if e.about["video_id"] == "two" and e.about.get("kind") == "observed"]
    assert not list((tmp_path / "fresh").rglob("*.tmp"))


def test_a_video_of_people_who_withdrew_is_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither that of one, nor that of two who both did."""
    folder = corpus(tmp_path)
    withdraw(folder, "one", "two", "two_right")
    decoding_refused(monkeypatch)

    rows = aligned(folder, tmp_path / "after", tmp_path / "store")
    assert set(rows["state"].to_pylist()) == {"withdrawn"}


def test_another_withdrawal_makes_nothing_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pseudonyms are numbered anew; results do not follow from them."""
    folder, store = corpus(tmp_path), tmp_path / "store"
    withdraw(folder, "two_right")
    aligned(folder, tmp_path / "a", store)
    write_catalog(folder / "catalog", SUBJECTS, dict.fromkeys(("one", "two"), FRAMES))
    withdraw(folder, "one", "two_right")
    decoding_refused(monkeypatch)

    rows = aligned(folder, tmp_path / "b", store)
    assert rows["state"].to_pylist().count("withdrawn") == 2 * FRAMES
