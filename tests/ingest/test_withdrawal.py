"""People who withdrew: `ingest` leaves of them a row, its place and its state to be, and no label, name or path."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from corpus_trees import SEVEN, source, source_of_kind, write_text
from given_corpora import pictures_source
from PIL import Image as PillowImage

from fer_data.corpora.given_rows import picture_id
from fer_data.errors import ParamsError
from fer_data.ingest import ingest
from fer_data.params.source import SourceParams, load_source
from fer_data.shell.files.findings import Finding, read_findings
from fer_data.tables.label_fields import DETAILS
from fer_data.tables.pictures import PICTURES
from fer_data.tables.schemas import ROWS, VIDEOS, read_table
from fer_data.tables.withdrawn import withdrawn_rows

ROOT = Path(__file__).parents[2]
LABELS = ["expression", "valence", "arousal", *(name for name in DETAILS)]


def affwild2(root: Path) -> Path:
    """Write the labels of one alone and of two in one video, without videos."""
    for name in ("7", "9_left", "9_right"):
        write_text(root / f"annotations/EXPR_Set/Train_Set/{name}.txt", SEVEN, [0, 3, 4])
    write_text(root / "annotations/EXPR_Set/Validation_Set/11.txt", SEVEN, [1, 1])
    return root


def catalog(tmp_path: Path, params: SourceParams) -> tuple[pa.Table, dict[str, Any]]:
    """Return the rows of a corpus and the summary; every file of the catalog is searched for names by `names`."""
    summary = ingest(Path(params.root), tmp_path / "catalog", params)
    return read_table(tmp_path / "catalog/rows.parquet", ROWS), summary


def texts(folder: Path) -> str:
    """Return the text of every table and file of a catalog, and of its metadata."""
    found = [(folder / "problems.jsonl").read_text()]
    for path, schema in (("rows", ROWS), ("videos", VIDEOS), ("pictures", PICTURES)):
        if (folder / f"{path}.parquet").exists():
            table = read_table(folder / f"{path}.parquet", schema)
            found += [str(table.to_pylist()), str(table.schema.metadata)]
    return "\n".join(found)


def test_a_withdrawn_row_is_counted_and_says_nothing(tmp_path: Path) -> None:
    """Labels, name and video of one alone are gone; rows and splits of all stay where they were."""
    root = affwild2(tmp_path / "root")
    before, _ = catalog(tmp_path / "a", source(root))
    rows, summary = catalog(tmp_path / "b", source(root, excluded=["7"]))

    gone = withdrawn_rows(rows)
    assert gone.sum() == summary["withdrawn"] == 3
    assert rows["split_expression"].equals(before["split_expression"])
    assert rows.filter(~gone).equals(before.filter(pa.array(~gone)))
    lost = rows.filter(gone)
    assert all(lost[name].null_count == 3 for name in LABELS if not pa.types.is_struct(lost[name].type))
    assert lost["row_id"].to_pylist() == [f"~withdrawn-1.1/0000{n}" for n in (1, 2, 3)]
    assert set(lost["video_id"].to_pylist()) == {"~withdrawn-1.1"}
    assert summary["subjects"] == 3
    assert summary["labelled_frames"]["train"]["Neutral"] == 2


def test_no_file_of_the_catalog_names_who_withdrew(tmp_path: Path) -> None:
    """Not the rows, the list of series, the table of videos, or a finding about the person's missing video."""
    root = affwild2(tmp_path / "root")
    catalog(tmp_path / "a", source(root))
    catalog(tmp_path / "b", source(root, excluded=["11", "9_left"]))

    assert "'9_left'" in texts(tmp_path / "a/catalog")
    assert "'11'" in texts(tmp_path / "a/catalog")
    found = texts(tmp_path / "b/catalog")
    assert not any(f"{quote}{name}" in found for quote in "'\"/" for name in ("11", "9_left"))


def test_a_video_of_two_keeps_its_name_for_the_other(tmp_path: Path) -> None:
    """The person who withdrew still counts in it, on its side."""
    rows, _ = catalog(tmp_path, source(affwild2(tmp_path / "root"), excluded=["9_left"]))

    lost = rows.filter(withdrawn_rows(rows))
    assert (set(lost["video_id"].to_pylist()), set(lost["side"].to_pylist())) == ({"9"}, {"left"})


def test_a_whole_source_withdraws(tmp_path: Path) -> None:
    """`all` leaves no label; the rows are counted."""
    rows, summary = catalog(tmp_path, source(affwild2(tmp_path / "root"), excluded="all"))

    assert withdrawn_rows(rows).all()
    assert summary["withdrawn"] == len(rows) == 11
    assert rows["expression"].null_count == len(rows)


def test_a_prefix_is_no_part_of_the_name(tmp_path: Path) -> None:
    """Subjects are named as the corpus names them, and called by the source's prefix."""
    rows, _ = catalog(tmp_path, source(affwild2(tmp_path / "root"), prefix="aw-", excluded=["7"]))

    assert set(rows.filter(withdrawn_rows(rows))["subject_id"].to_pylist()) == {"aw-~withdrawn-1"}


def test_a_name_that_is_gone_from_the_corpus_stays_excluded(tmp_path: Path) -> None:
    """Whoever deletes the person's files finds a warning, no error; a misspelt name finds the same."""
    catalog(tmp_path, source(affwild2(tmp_path / "root"), excluded=["8"]))

    (found,) = [f for f in read_findings(tmp_path / "catalog/problems.jsonl") if f.rule == "excluded-unknown"]
    assert found.message.startswith("sources.own.excluded: 1 of its 1 names are no subjects of the corpus.")


def test_pictures_of_nobody_knows_whom_withdraw_by_their_paths(tmp_path: Path) -> None:
    """The path of the picture leaves both tables; the shard keeps its rows in their order."""
    root = tmp_path / "root"
    for name in ("a", "b"):
        (root / "train/happy").mkdir(parents=True, exist_ok=True)
        PillowImage.new("RGB", (32, 32), (200, 0, 0)).save(root / f"train/happy/{name}.png")
    params = pictures_source(root).changed(excluded=["train%2Fhappy%2Fa.png"])
    rows, _ = catalog(tmp_path, params)

    assert withdrawn_rows(rows).tolist() == [True, False]
    assert rows["row_id"].to_pylist()[0] == "p-~withdrawn-1.1/00001"
    pictures = read_table(tmp_path / "catalog/pictures.parquet", PICTURES)
    assert pictures["path"].to_pylist() == ["", "train/happy/b.png"]
    assert "a.png" not in texts(tmp_path / "catalog")


@pytest.mark.parametrize("name", ["a b.png", "jose\u0301.png"], ids=["blank", "accent-apart"])
def test_findings_about_a_withdrawn_picture_go_by_its_path(tmp_path: Path, name: str) -> None:
    """Its name is the path, quoted; findings have the path as it is, here of a file that is no picture."""
    root = tmp_path / "root"
    (root / "train/happy").mkdir(parents=True)
    (root / f"train/happy/{name}").write_bytes(b"no picture")
    PillowImage.new("RGB", (32, 32), (200, 0, 0)).save(root / "train/happy/c.png")
    params = pictures_source(root)
    others = params.changed(excluded=["train%2Fhappy%2Fc.png"])
    excluding = params.changed(excluded=[picture_id(f"train/happy/{name}")])

    for number, told in enumerate((params, others)):
        assert f"train/happy/{name}" in {one.file for one in _findings(tmp_path / str(number), told)}
    assert f"train/happy/{name}" not in {one.file for one in _findings(tmp_path / "left", excluding)}


def _findings(tmp_path: Path, params: SourceParams) -> list[Finding]:
    catalog(tmp_path, params)
    return list(read_findings(tmp_path / "catalog/problems.jsonl"))


@pytest.mark.parametrize(
    ("rule", "files"),
    [
        ("repeated-crops", ["crops/{0}/00001.jpg", "crops/{0}/1.png"]),
        ("video-without-labels", ["{0}.mp4", "{1}.mp4"]),
    ],
    ids=["crops", "videos"],
)
def test_files_that_differ_in_case_are_not_named_either(tmp_path: Path, rule: str, files: list[str]) -> None:
    """By no finding or table: of crops with one number twice, and of two videos that may be the person's."""
    root = tmp_path / "root"
    write_text(root / "crops/other/00001.jpg", "", [])
    for name in ("Anna", "Bert"):
        write_text(root / f"annotations/EXPR_Set/Train_Set/{name}.txt", SEVEN, [0, 3])
        for file in files:
            write_text(root / file.format(name.lower(), name.upper()), "", [])
    params = source(root, crops=str(root / "crops"))

    told, kept = (
        _findings(tmp_path / str(n), params.changed(excluded=who)) for n, who in enumerate(([], ["Anna"]))
    )
    assert rule in {one.rule for one in told if "anna" in str(one)}
    assert [one for one in told if "bert" in str(one).lower()] == kept
    videos = read_table(tmp_path / "1/catalog/videos.parquet", VIDEOS)["video_id"].to_pylist()
    assert videos == (["BERT", "bert"] if rule == "video-without-labels" else [])


def test_clips_of_a_named_person_lose_their_names(tmp_path: Path) -> None:
    """A person with two clips is one pseudonym with two series."""
    root = tmp_path / "root"
    for person in ("S005", "S010"):
        for clip in ("001", "002"):
            folder = root / f"cohn-kanade-images/{person}/{clip}"
            folder.mkdir(parents=True)
            for frame in (1, 2):
                PillowImage.new("RGB", (64, 64), (frame, 0, 0)).save(
                    folder / f"{person}_{clip}_0000000{frame}.png"
                )
            label = root / f"Emotion/{person}/{clip}/{person}_{clip}_00000002_emotion.txt"
            label.parent.mkdir(parents=True)
            label.write_text("   3.0000000e+00\n")
    params = source_of_kind(root, "ckplus", held_out=0.0, excluded=["S005"])
    rows, summary = catalog(tmp_path, params)

    lost = rows.filter(withdrawn_rows(rows))
    assert set(lost["subject_id"].to_pylist()) == {"~withdrawn-1"}
    assert len(pc.unique(lost["row_id"])) == len(lost) == summary["withdrawn"]
    assert "S005" not in texts(tmp_path / "catalog")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(
            "[12]", "must be all, or a list of subjects as text: put numbers in quotes", id="number"
        ),
        pytest.param("everybody", "must be all, or a list", id="word"),
        pytest.param("[a, a]", "must name each subject once", id="twice"),
        pytest.param("['']", "must be the name of a subject", id="empty"),
    ],
)
def test_wrong_lists_are_refused(tmp_path: Path, value: str, message: str) -> None:
    """In one line, by the key's full name."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8").replace("excluded: []", f"excluded: {value}")
    (tmp_path / "params.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(ParamsError, match=rf"^sources\.sample\.excluded.*{message}"):
        load_source("sample", tmp_path / "params.yaml")


def test_outputs_state_how_many_withdrew_and_not_who(tmp_path: Path) -> None:
    """Seals and provenance are passed on; params.yaml is the only list."""
    stated = source(tmp_path, excluded=["7", "8"]).sections()["sources"]["own"]

    assert stated["excluded"] == 2
