"""The whole stage on small videos with real faces: who is cropped, what is counted, and that bytes do not change."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from video_corpora import (
    Subject,
    align_corpus,
    align_params,
    people,
    scene,
    thumbnail,
    write_catalog,
    write_video,
)
from warm_python import run_warm

from fer_data.core.labels.rows import RowState
from fer_data.pictures.images import decode
from fer_data.shell.files.atomic import file_sha256
from fer_data.shell.files.findings import read_findings
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_arrow, read_table

ROOT = Path(__file__).parents[2]

FRAMES = 12
SUBJECTS = {
    "cut": Subject("cut", [1] * FRAMES),
    "lost": Subject("lost", [0] * 3, split="validation"),
    "one": Subject("one", [0] * (FRAMES + 1)),
    "secret": Subject("secret", [None] * FRAMES, split="test"),
    "short": Subject("short", [0] * (FRAMES + 5)),
    "two": Subject("two", [None] * 3 + [1] * (FRAMES - 3), "left"),
    "two_right": Subject("two", [0] * FRAMES, "right", "validation"),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with `root` and `catalog`: one who leaves for a while, two people, a damaged file, and more."""
    folder = tmp_path_factory.mktemp("corpus")
    first, second, third = people()
    videos = folder / "root" / "batch1"
    write_video(
        videos / "one.mp4", scene([(first, lambda i: None if 5 <= i < 7 else (20 + 4 * i, 40))]), FRAMES
    )
    write_video(
        videos / "two.mp4",
        scene([(second, lambda i: (190 - i, 50)), (first, lambda i: (10 + i, 60))]),
        FRAMES,
    )
    write_video(videos / "secret.mp4", scene([(third, lambda i: (80, 60 - i))]), FRAMES)
    write_video(videos / "short.mp4", scene([(third, lambda _: (80, 60))]), FRAMES)
    (videos / "cut.mp4").write_bytes((videos / "one.mp4").read_bytes()[:2000])
    packets = dict.fromkeys(("cut", "one", "secret", "short", "two"), FRAMES)
    write_catalog(folder / "catalog", SUBJECTS, packets)
    return folder


def run(corpus: Path, output: Path, workers: int = 1, **changes: Any) -> dict[str, Any]:
    """Run the stage into `output`, with a resume store of its own."""
    return align_corpus(corpus, output, align_params(**changes), workers=workers, store=str(output / "store"))


@pytest.fixture(scope="module")
def done(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the outputs of one run, with its summary as summary.json."""
    output = tmp_path_factory.mktemp("done")
    (output / "summary.json").write_text(json.dumps(run(corpus, output)))
    return output


def states(output: Path) -> dict[str, list[str]]:
    """Return the states of each subject's rows, in the order of frames."""
    rows = read_table(output / "faces" / "rows.parquet", FACE_ROWS)
    result: dict[str, list[str]] = {}
    for subject, state in zip(rows["subject_id"].to_pylist(), rows["state"].to_pylist(), strict=True):
        result.setdefault(subject, []).append(state)
    return result


def crops(output: Path, subject: str) -> pa.Table:
    """Return a subject's crops."""
    return pa.Table.from_batches(list(read_arrow(output / "faces" / f"{subject}.arrow", CROPS)))


def who(picture: bytes) -> int:
    """Return which of the three people a crop shows, by its colours."""
    small = [thumbnail(face, [30, 20, 90, 100]) for face in people()]
    shown = thumbnail(decode(picture), [25, 25, 103, 118])
    return int(np.abs(np.stack(small).astype(int) - shown).mean((1, 2, 3)).argmin())


def test_every_row_ends_in_its_state(done: Path) -> None:
    """Rows kept, without a face, beyond the video, damaged, missing, unlabelled and quarantined are told apart."""
    assert states(done) == {
        "cut": ["decode_error"] * FRAMES,
        "lost": ["no_video"] * 3,
        "one": ["kept"] * 5 + ["no_face"] * 2 + ["kept"] * 5 + ["no_frame"],
        "secret": ["kept"] * FRAMES,
        "short": ["quarantined"] * (FRAMES + 5),
        "two": ["unlabelled"] * 3 + ["kept"] * (FRAMES - 3),
        "two_right": ["kept"] * FRAMES,
    }


def test_the_summary_counts_every_row(done: Path) -> None:
    """States add up to the catalog, in all and by split, with the share of needed rows that was kept."""
    summary = json.loads((done / "summary.json").read_text())
    total = sum(len(subject.labels) for subject in SUBJECTS.values())
    assert summary["rows"] == sum(summary["states"].values()) == total
    assert sum(split["rows"] for split in summary["splits"].values()) == total
    assert summary["splits"]["validation"]["coverage"] == pytest.approx(12 / 15)
    assert summary["splits"]["test"]["coverage"] == 1
    assert summary["decoded_frames"] == 4 * FRAMES
    assert summary["videos_with_decode_errors"] == 1
    assert summary["detector"]["name"] == "centerface"


def test_each_side_gets_the_right_person_in_every_frame(done: Path) -> None:
    """The left file shows the left person and the right file the right one."""
    assert {who(picture) for picture in crops(done, "two")["image"].to_pylist()} == {0}
    assert {who(picture) for picture in crops(done, "two_right")["image"].to_pylist()} == {1}


def test_crops_carry_their_rows_faces(done: Path) -> None:
    """A crop's columns are those of its row; the picture has the parameters' size; times follow the video."""
    table = crops(done, "one")
    rows = read_table(done / "faces" / "rows.parquet", FACE_ROWS).to_pylist()
    of_row = {row["row_id"]: row for row in rows}
    for crop in table.to_pylist():
        row = of_row[crop["row_id"]]
        assert all(row[name] == crop[name] for name in CROPS.names if name != "image")
        assert decode(crop["image"]).shape == (128, 128, 3)
        assert crop["pts_seconds"] == pytest.approx(crop["frame_index"] / 25)
        assert crop["sharpness"] > 0
        assert 0 < crop["brightness"] < 255
    assert table["frame_index"].to_pylist() == [0, 1, 2, 3, 4, 7, 8, 9, 10, 11]


def test_rows_of_short_videos_lie_together(done: Path) -> None:
    """One row group for each subject made the file five times as large, and thirty times as slow to read."""
    assert pq.ParquetFile(done / "faces" / "rows.parquet").num_row_groups == 1


def test_rows_without_a_face_tell_nothing_of_one(done: Path) -> None:
    """Box, landmarks and score are null exactly where no crop was made; classes and detector are in the metadata."""
    table = read_table(done / "faces" / "rows.parquet", FACE_ROWS)
    for row in table.to_pylist():
        assert (row["box"] is not None) == (row["landmarks"] is not None) == (row["state"] == RowState.KEPT)
    assert json.loads(table.schema.metadata[b"classes"]) == ["Neutral", "Anger"]
    assert json.loads(table.schema.metadata[b"detector"])["name"] == "centerface"


def test_what_a_person_should_know_is_recorded(done: Path) -> None:
    """Each trouble is one finding that names its video; a two-person video has its picture."""
    found = {(f.rule, f.video_id) for f in read_findings(done / "faces" / "problems.jsonl")}
    assert found == {
        ("decode-error", "cut"),
        ("no-video", "lost"),
        ("frames-differ", "one"),
        ("frames-quarantined", "short"),
    }
    assert sorted(path.name for path in (done / "reports").glob("[!.]*")) == ["decisions.csv", "two.jpg"]
    assert decode((done / "reports" / "two.jpg").read_bytes()).shape[1] == 1200


def test_nothing_but_the_outputs_is_left(done: Path) -> None:
    """The output folder holds the crops of subjects that have any, the rows and the findings."""
    assert sorted(path.name for path in (done / "faces").iterdir()) == [
        ".fer-data.json", ".gitignore",
        "one.arrow", "problems.jsonl", "rows.parquet", "secret.arrow", "two.arrow", "two_right.arrow",
    ]  # fmt: skip


def test_any_worker_count_gives_the_same_bytes(corpus: Path, done: Path, tmp_path: Path) -> None:
    """Two workers write what one wrote, and the same summary."""
    assert run(corpus, tmp_path, workers=2) == json.loads((done / "summary.json").read_text())
    files = sorted(
        path.relative_to(done) for folder in ("faces", "reports") for path in (done / folder).iterdir()
    )
    for name in files:
        assert file_sha256(tmp_path / name) == file_sha256(done / name), name


def test_all_rows_can_be_cropped(corpus: Path, tmp_path: Path) -> None:
    """With `rows: all` an unlabelled row keeps its state and has a crop all the same; box geometry works as well."""
    run(corpus, tmp_path, rows="all", geometry="box")
    assert states(tmp_path)["two"][:3] == ["unlabelled"] * 3
    table = crops(tmp_path, "two")
    assert table["frame_index"].to_pylist() == list(range(FRAMES))
    assert {who(picture) for picture in table["image"].to_pylist()} == {0}


def test_a_missing_corpus_is_one_line_and_exit_code_2(corpus: Path, tmp_path: Path) -> None:
    """The stage names the parameter and leaves nothing behind."""
    document = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    document["sources"]["sample"]["root"] = str(tmp_path / "nowhere")
    document["train"] |= {"weights": None, "weights_sha256": None}  # whose absence would be a warning
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(document))
    shutil.copy(ROOT / "same_person.csv", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    outputs = ["faces", "reports", "--metrics", "metrics", "--seals", "seals", "--report", "whole"]
    ended = run_warm("-m", "stages.align", str(corpus), *outputs, cwd=tmp_path, env=environment)
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: sources.sample.root")
    assert len(ended.stderr.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["params.yaml", "same_person.csv"]
