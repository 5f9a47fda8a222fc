"""A second rendered corpus, of another camera and another habit of labels, joins the first through the real stages."""

from pathlib import Path
from typing import Any

import datasets
import pytest
from published_with import published_of
from second_corpus import SECOND, WORDS, params_of, write_first, write_second

from fer_data.align import align
from fer_data.ingest import ingest
from fer_data.params.document import Params
from fer_data.shell.files.findings import read_findings
from fer_data.shell.files.sealed import read_json
from fer_data.tables.schemas import FACE_ROWS, VIDEOS, read_table

FPS = 10
pytestmark = pytest.mark.usefixtures("plain_cards")


def dataset_of(folder: Path, params: Params) -> Path:
    """Run every stage of each source and of all, and return the published dataset of 32 px."""
    for name in params.sources:
        source = params.source(name)
        root, catalog = Path(source.root), folder / "catalog" / name
        ingest(root, catalog, source)
        align(
            *(catalog, root, folder / "faces" / name, folder / "reports" / name),
            source=source, align=params.align, compute=params.compute,
        )  # fmt: skip
    return published_of(folder / "faces", folder, params)


def rows_of(dataset: Path) -> dict[str, dict[str, Any]]:
    """Return the originals of all splits, pictures as bytes, by row_id."""
    loaded = datasets.load_from_disk(str(dataset))
    found = {}
    for name, rows in loaded.items():
        for row in rows.cast_column("image", datasets.Image(decode=False)):
            if not row["parent_id"]:
                found[row["row_id"]] = {**row, "split": name}
    return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the folder of the first corpus alone and that of both, every stage run; tests must not write there."""
    place = tmp_path_factory.mktemp("corpora")
    (place / "same_person.csv").write_text("subject_a,subject_b,note\n")
    (place / "decisions.csv").write_text("video_id,subject_id,first_frame,last_frame,at_frame,x,y,decision\n")
    roots = {"first": write_first(place / "roots/first"), "second": write_second(place / "roots/second")}
    for name, used in (("alone", {"first": roots["first"]}), ("both", roots)):
        (place / name).mkdir()
        params = params_of(place / name / "params.yaml", used)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(place)
            dataset_of(place / name, params)
    return place / "alone", place / "both"


def test_the_rows_of_the_first_stay(both: tuple[Path, Path]) -> None:
    """Every column and every picture, whatever the second calls its classes."""
    alone, together = (rows_of(folder / "32") for folder in both)
    assert {name: repr(row) for name, row in alone.items()} == {
        name: repr(row) for name, row in together.items() if row["corpus"] == "first"
    }
    assert len(alone) == 24
    assert {name.startswith("lab-") for name, row in together.items() if row["corpus"] == "second"} == {True}


def test_two_classes_become_one_and_one_is_renamed(both: tuple[Path, Path]) -> None:
    """Each word is the class that the map names, kept beside it; a word without a class has no label."""
    rows = rows_of(both[1] / "32")
    names = datasets.load_from_disk(str(both[1] / "32"))["train"].features["expression"].names
    for clip, (_, split, segments) in SECOND.items():
        for word, first, end in segments:
            for frame in range(first, end):
                row = rows.get(f"lab-clips%2F{clip}/{frame + 1:05d}")
                if word not in WORDS:
                    assert row is None
                    continue
                assert row is not None
                assert (names[row["expression"]], row["expression_given"]) == (WORDS[word], word)
                assert (row["split"], row["label_scope"]) == (split, "segment")
                assert row["subject_id"] == f"lab-{clip.partition('-')[0]}"
    balance = read_json(both[1] / "balanced/balance.json")
    assert balance["corpus_classes"]["second"] == ["Neutral", "Anger", "Happiness"]
    assert len(balance["corpus_classes"]["first"]) == 7


def test_each_clip_has_a_series_of_its_own(both: tuple[Path, Path]) -> None:
    """Two clips of one person are two files; the camera differs, and what cannot be used has a state."""
    faces = both[1] / "faces/second"
    rows = read_table(faces / "rows.parquet", FACE_ROWS)
    anna = [row for row in rows.to_pylist() if row["subject_id"] == "lab-anna"]
    assert {row["series_id"] for row in anna} == {"lab-clips%2Fanna-1", "lab-clips%2Fanna-2"}
    assert {path.stem for path in faces.glob("*.arrow")} == {f"lab-clips%2F{clip}" for clip in SECOND}
    states = {row["row_id"]: row["state"] for row in anna}
    assert states["lab-clips%2Fanna-2/00007"] == "unlabelled"
    assert states["lab-clips%2Fanna-2/00001"] == "kept"
    cameras = [
        {(video["codec"], video["width"], video["fps"]) for video in read_table(path, VIDEOS).to_pylist()}
        for name in ("first", "second")
        for path in [both[1] / "catalog" / name / "videos.parquet"]
    ]
    assert cameras == [{("h264", 400, 25.0)}, {("mpeg4", 480, float(FPS))}]


def test_nothing_is_silent_about_the_second(both: tuple[Path, Path]) -> None:
    """The class that the map drops is a finding with its count; nobody stands in two splits."""
    found = {one.rule: one.message for one in read_findings(both[1] / "catalog/second/problems.jsonl")}
    assert "class-outside" in found, found
    assert "person-in-splits" not in found
