"""Rows that an adapter hands over become a catalog, of pictures and of videos."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from corpus_trees import videos_source, write_video
from given_corpora import PICTURES as KIND
from given_corpora import GivenCorpus, given, pictures_source, write_picture

from fer_data.assignment.requests import video_requests
from fer_data.corpora.given import CorpusKind, GivenLabels, GivenRow
from fer_data.errors import CorpusError
from fer_data.ingest import picture_shards
from fer_data.ingest.given import ingest_given
from fer_data.shell.files.findings import Finding, Severity, read_findings
from fer_data.tables.pictures import PICTURES
from fer_data.tables.schemas import ROWS, VIDEOS, read_metadata, read_table

VIDEO_KIND = CorpusKind(
    "videos", "videos with a table", "videos", ("expression", "action_units"), value_scale=(-10, 10)
)


def ingested(
    root: Path, corpus: GivenCorpus, kind: CorpusKind = KIND, **source: Any
) -> tuple[Path, dict[str, Any]]:
    """Return the folder of the catalog, and the summary."""
    folder = root.parent / "catalog"
    folder.mkdir(exist_ok=True)
    return folder, ingest_given(corpus, kind, folder, root=root, source=pictures_source(root, **source))


def rules(folder: Path) -> dict[str, Finding]:
    """Return the findings of a catalog by rule."""
    return {finding.rule: finding for finding in read_findings(folder / "problems.jsonl")}


def test_pictures_have_ids_that_say_where_they_lie(tmp_path: Path) -> None:
    """A picture's id gives its path back; its row, subject and shard follow from it."""
    root = tmp_path / "root"
    write_picture(root / "train/happy/a b.jpg", 24, 16)
    rows = [
        given("train/happy/a b.jpg"),
        given("train/happy/a b.jpg", "Neutral", face="2", box=(1, 2, 9, 10)),
    ]
    folder, summary = ingested(root, GivenCorpus([rows]))

    table = read_table(folder / "rows.parquet", ROWS)
    name = "p-train%2Fhappy%2Fa%20b.jpg"
    assert table["row_id"].to_pylist() == [f"{name}/00001", f"{name}~2/00001"]
    assert table["video_id"].to_pylist() == table["subject_id"].to_pylist() == [name, name]
    assert unquote(name.removeprefix("p-")) == rows[0].path
    assert table["frame_index"].to_pylist() == [0, 0]
    assert table["expression"].to_pylist() == [1, 0]
    assert table["split_expression"].to_pylist() == ["train", "train"]
    assert table["split_action_units"].null_count == 2
    pictures = read_table(folder / "pictures.parquet", PICTURES).to_pylist()
    assert [one["row_id"] for one in pictures] == table["row_id"].to_pylist()
    assert {(one["path"], one["width"], one["height"], one["codec"]) for one in pictures} == {
        ("train/happy/a b.jpg", 24, 16, "jpeg")
    }
    assert [one["box"] for one in pictures] == [None, [1, 2, 9, 10]]
    assert len(read_table(folder / "videos.parquet", VIDEOS)) == 0
    assert (summary["rows"], summary["pictures"], summary["subjects"]) == (2, 1, 1)
    metadata = read_metadata(folder / "rows.parquet", ROWS)
    assert (metadata["medium"], json.loads(metadata["classes"])) == ("pictures", ["Neutral", "Happiness"])
    assert metadata["source"] == "faces"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [{"clip": "v", "face": "left"}, {"clip": "v_left"}],
            "face 'left' of video 'v' and video 'v_left' would both have the series_id p-v_left. Rename one",
        ),
        (
            [{"clip": "v", "person": "a"}, {"clip": "v", "person": "b"}],
            "person 'a' in video 'v' and person 'b' in video 'v' would both have the series_id p-v. ",
        ),
        (
            [{"clip": "e\u0301"}, {"clip": "\u00e9"}],
            "video 'e\\\\u0301' and video '\u00e9' would both have the video_id p-\u00e9. ",
        ),
        (
            [{"clip": "ann"}, {"clip": "v", "person": "ann"}],
            "video 'ann', whose person nobody names, and person 'ann' would both have the subject_id p-ann. ",
        ),
    ],
    ids=["face", "people-of-one-video", "composed", "person-and-video"],
)
def test_videos_of_one_name_are_refused(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    """What is joined of the corpus' names could be another name of it."""
    chunks = [[given(f"{index}.mp4", **row)] for index, row in enumerate(rows)]
    with pytest.raises(CorpusError, match=said.replace("\\\\", ".*")):
        ingested(tmp_path / "root", GivenCorpus(chunks), VIDEO_KIND)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"clip": "v~2"}, {"clip": "v", "face": "2"}], "would both have the row_id p-v~2"),
        (
            [{"person": "2.jpg"}, {}, {"person": "9.jpg"}],
            "person '2.jpg' and picture 2.jpg, whose person nobody names, would both have the subject_id p-2.jpg",
        ),
        ([{"clip": "2.jpg"}, {}], "clip '2.jpg' and picture 2.jpg would both have the video_id p-2.jpg"),
    ],
    ids=["face", "person-and-picture", "clip-and-picture"],
)
def test_pictures_of_one_name_are_refused(tmp_path: Path, rows: list[dict[str, Any]], said: str) -> None:
    """A clip or person may not be called as a picture is."""
    listed = [given(f"{index + 1}.jpg", **row) for index, row in enumerate(rows)]
    with pytest.raises(CorpusError, match=said):
        ingested(tmp_path / "root", GivenCorpus([listed]))


def test_persons_are_subjects(tmp_path: Path) -> None:
    """A person whom the corpus names may stand in many pictures; a clip without one is its own."""
    root = tmp_path / "root"
    rows = [
        given("a/1.jpg", person="S 1"),
        given("a/2.jpg", person="S 1"),
        given("c/0.jpg", clip="c", frame_index=0),
        given("c/1.jpg", clip="c", frame_index=1),
    ]
    for row in rows:
        write_picture(root / row.path)
    folder, summary = ingested(root, GivenCorpus([rows]))

    table = read_table(folder / "rows.parquet", ROWS)
    assert table["subject_id"].to_pylist() == ["p-S 1", "p-S 1", "p-c", "p-c"]
    assert table["video_id"].to_pylist()[2:] == ["p-c", "p-c"]
    assert table["row_id"].to_pylist()[2:] == ["p-c/00001", "p-c/00002"]
    assert summary["subjects"] == summary["subjects_by_split"]["expression"]["train"] == 2


def test_shards_hold_rows_of_one_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However splits and chunks alternate, rows of a shard stand together in the order of their paths."""
    monkeypatch.setattr(picture_shards, "SHARD_ROWS", 2)
    root = tmp_path / "root"
    rows = [given(f"{index}.jpg", split="train" if index % 3 else "validation") for index in range(7)]
    for row in rows:
        write_picture(root / row.path)
    whole, _ = ingested(root, GivenCorpus([rows]))
    table = read_table(whole / "rows.parquet", ROWS)
    paths = read_table(whole / "pictures.parquet", PICTURES)["path"].to_pylist()

    assert paths == ["1.jpg", "2.jpg", "0.jpg", "3.jpg", "4.jpg", "5.jpg", "6.jpg"]
    assert [unquote(name) for name in table["video_id"].to_pylist()] == [f"p-{path}" for path in paths]
    before = (whole / "rows.parquet").read_bytes()
    ingested(root, GivenCorpus([rows[:1], rows[1:6], rows[6:]]))
    assert (whole / "rows.parquet").read_bytes() == before


def test_what_cannot_be_read_stays_a_row(tmp_path: Path) -> None:
    """A million missing pictures are one finding, which counts them; the rows end in `align`."""
    root = tmp_path / "root"
    write_picture(root / "a.jpg")
    (root / "b.jpg").write_text("no picture")
    (root / "c.jpg").mkdir()
    corpus = GivenCorpus([[given(name) for name in ("a.jpg", "b.jpg", "c.jpg", "x.jpg", "y.jpg")]])
    folder, summary = ingested(root, corpus)

    found = rules(folder)
    assert set(found) == {"unreadable-picture", "not-a-regular-file", "missing-picture"}
    assert "it is text" in found["unreadable-picture"].message
    assert "2 times" in found["missing-picture"].message
    assert found["missing-picture"].file == "x.jpg"
    pictures = read_table(folder / "pictures.parquet", PICTURES)
    assert pictures["width"].to_pylist() == [24, 0, 0, 0, 0]
    assert summary["rows"] == 5


def test_boxes_and_copies_are_looked_at(tmp_path: Path) -> None:
    """A box outside of its picture finds no face; one picture in two splits leaks."""
    root = tmp_path / "root"
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        write_picture(root / name, seed=1 if name != "c.jpg" else 2)
    rows = [
        given("a.jpg", box=(30, 2, 40, 9)),
        given("b.jpg", split="validation"),
        given("c.jpg", box=(1, 2, 9, 9)),
    ]
    folder, _ = ingested(root, GivenCorpus([rows]))

    found = rules(folder)
    assert set(found) == {"box-outside", "same-picture"}
    assert (found["box-outside"].file, found["box-outside"].severity) == ("a.jpg", Severity.WARNING)
    assert found["same-picture"].message.startswith(
        "1 picture(s) have the bytes of another one under another name; 1 of"
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([given("a.jpg"), given("a.jpg", "Neutral")], r"a\.jpg has two rows called p-a\.jpg/00001"),
        ([given("a.jpg", person="../x")], "must be a plain file name"),
        ([given("a.jpg", face="a/b")], "must be a plain file name"),
        ([], r"sources\.faces\.root .* must hold annotated pictures, but gives no row"),
    ],
    ids=["twice", "person", "face", "nothing"],
)
def test_rows_that_cannot_be_told_apart_are_refused(
    tmp_path: Path, rows: list[GivenRow], message: str
) -> None:
    """Nothing is guessed, and nothing is written."""
    root = tmp_path / "root"
    write_picture(root / "a.jpg")
    with pytest.raises(CorpusError, match=message):
        ingested(root, GivenCorpus([rows]))


def test_videos_have_a_series_for_each_person(tmp_path: Path) -> None:
    """The ids have the prefix; values are brought to [-1, 1]; a unit that is not coded is null."""
    root = tmp_path / "root"
    write_video(root / "v/1.mp4", 3)
    labels = GivenLabels("Happiness", valence=5, arousal=-10, units={"AU12": 1})
    chunks = [
        [GivenRow("v/1.mp4", "train", labels, "x", "v1", frame, "left") for frame in (0, 2)],
        [GivenRow("v/1.mp4", "train", GivenLabels(), None, "v1", 0, "right")],
    ]
    folder = tmp_path / "catalog"
    folder.mkdir()
    source = videos_source(root, prefix="p-", action_units={"AU12": "smile"})
    corpus = GivenCorpus(chunks, videos={"v1": "v/1.mp4"})
    summary = ingest_given(corpus, VIDEO_KIND, folder, root=root, source=source)

    table = read_table(folder / "rows.parquet", ROWS).to_pylist()
    assert [row["row_id"] for row in table] == ["p-v1_left/00001", "p-v1_left/00003", "p-v1_right/00001"]
    assert [row["subject_id"] for row in table] == ["p-x", "p-x", "p-v1_right"]
    assert [row["side"] for row in table] == ["left", "left", "right"]
    assert {row["video_id"] for row in table} == {"p-v1"}
    assert [row["valence"] for row in table] == [0.5, 0.5, None]
    assert [row["arousal"] for row in table] == [-1, -1, None]
    assert (table[0]["action_units"]["AU12"], table[0]["action_units"]["AU01"]) == (1, None)
    assert [row["split_valence_arousal"] for row in table] == [None] * 3
    assert [row["split_action_units"] for row in table] == ["train"] * 3
    assert read_table(folder / "videos.parquet", VIDEOS)["video_id"].to_pylist() == ["p-v1"]
    assert not (folder / "pictures.parquet").exists()
    assert (summary["videos"], summary["rows"]) == (1, 3)


def test_holes_of_a_video_are_said_where_labels_go_further(tmp_path: Path) -> None:
    """As of Aff-Wild2: labels that count the frames that were filmed keep theirs, and the catalog says so."""
    root = tmp_path / "root"
    write_video(root / "a.mp4", 8, ticks=[0, 1, 2, 5, 6, 7, 8, 9])
    folder = tmp_path / "catalog"
    folder.mkdir()
    rows = [GivenRow("a.mp4", "train", GivenLabels("Happiness"), None, "a", frame) for frame in range(10)]
    corpus = GivenCorpus([rows], videos={"a": "a.mp4"})
    ingest_given(corpus, VIDEO_KIND, folder, root=root, source=videos_source(root))
    finding = rules(folder)["frame-holes"]
    assert (finding.subject_id, finding.video_id) == ("a", "a")
    assert "2 after frame 3" in finding.message


def test_findings_of_an_adapter_get_the_prefix(tmp_path: Path) -> None:
    """Ids in reports are those of the catalog."""
    root = tmp_path / "root"
    write_picture(root / "a.jpg")
    finding = Finding("odd", Severity.INFO, "It is odd.", "a.jpg", 3, subject_id="s", video_id=None)
    folder, summary = ingested(root, GivenCorpus([[given("a.jpg")]], findings=[finding], found={"train": 1}))

    assert rules(folder)["odd"] == Finding("odd", Severity.INFO, "It is odd.", "a.jpg", 3, subject_id="p-s")
    assert summary["findings"] == {"odd": 1}
    assert summary["found"] == {"train": 1}


def test_rows_of_a_table_list_some_frames_only(tmp_path: Path) -> None:
    """Frames behind the last one that a table labels say nothing against it."""
    root = tmp_path / "root"
    write_video(root / "1.mp4", 3)
    chunk = [
        GivenRow("1.mp4", "train", GivenLabels("Neutral"), clip="1", frame_index=frame) for frame in (0, 1)
    ]
    folder, _ = ingested(root, GivenCorpus([chunk], videos={"1": "1.mp4"}), VIDEO_KIND)

    rows, videos = read_table(folder / "rows.parquet", ROWS), read_table(folder / "videos.parquet", VIDEOS)
    (request,) = video_requests(rows, videos, root, "expression")
    assert [subject.sparse for subject in request.subjects] == [True]


def test_a_person_in_two_splits_is_found(tmp_path: Path) -> None:
    """Ingest says what publish will leave out, and what to do; nobody is trained on and evaluated in silence."""
    root = tmp_path / "root"
    rows = [
        given("a/1.jpg", person="S1"),
        given("a/2.jpg", person="S1", split="validation"),
        given("b/1.jpg", person="S2"),
    ]
    for row in rows:
        write_picture(root / row.path)
    folder, _ = ingested(root, GivenCorpus([rows]))
    finding = rules(folder)["person-in-splits"]
    assert finding.message == (
        "'p-S1' is in several splits of expression. A published dataset keeps the rows of test, else those of "
        "validation, and leaves 1 others out, so that nobody is trained on and evaluated. Put each person in one split."
    )
