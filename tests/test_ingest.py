"""A corpus folder becomes the catalog."""

import hashlib
import json
import shutil
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from corpus_trees import AU12, EIGHT, MTL, SEVEN, VA, source, write_text, write_video
from dvc_runs import run_python

from fer_data.core.labels.tasks import ABAW_UNITS, ACTION_UNITS
from fer_data.errors import CorpusError, LabelFileError
from fer_data.ingest import ingest
from fer_data.shell.files.findings import read_findings
from fer_data.tables.row_groups import row_groups
from fer_data.tables.schemas import ROWS, VIDEOS, read_table

ROOT = Path(__file__).parents[1]
EXPR, VALENCE, UNITS = (f"annotations/{name}_Set" for name in ("EXPR", "VA", "AU"))


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Return a small corpus in ABAW2's layout with three tasks, two people in a video, and a test list."""
    root = tmp_path / "corpus"
    write_video(root / "batch1/102.mp4", 5)
    write_video(root / "batch2/59.avi", 4)
    write_video(root / "batch2/held.mp4", 6)
    write_text(root / EXPR / "Train_Set/102.txt", SEVEN, [0, 0, -1, 4, 4, 6])
    write_text(root / VALENCE / "Validation_Set/102.txt", VA, ["0.25,-0.5", *["-5,-5"] * 5])
    units = ["1," * 11 + "-1", *["-1," * 11 + "-1"] * 5]
    write_text(root / UNITS / "Train_Set/102.txt", AU12, units)
    write_text(root / EXPR / "Train_Set/59.txt", SEVEN, [1] * 4)
    write_text(root / EXPR / "Train_Set/59_right.txt", SEVEN, [2] * 4)
    write_text(root / "expression_test_set.txt", "held", [])
    return root


def catalog(root: Path, **changes: object) -> tuple[pa.Table, pa.Table, dict[str, int]]:
    """Ingest a corpus; return rows, videos and the number of findings by rule."""
    output = root.parent / "catalog"
    summary = ingest(root, output, source(root, **changes))
    rows = read_table(output / "rows.parquet", ROWS)
    return rows, read_table(output / "videos.parquet", VIDEOS), summary["findings"]


def test_rows_join_all_tasks(corpus: Path) -> None:
    """One row a frame carries every task's label and split; what is not annotated is null."""
    rows, _, findings = catalog(corpus)
    first, third = rows.to_pylist()[0], rows.to_pylist()[2]

    assert first["row_id"] == "102/00001"
    assert (first["expression"], first["valence"], first["arousal"]) == (0, 0.25, -0.5)
    assert (first["split_expression"], first["split_valence_arousal"], first["split_action_units"]) == (
        "train", "validation", "train",
    )  # fmt: skip
    coded = set(ABAW_UNITS) - {"AU20", "AU26"}
    assert first["action_units"] == {unit: 1 if unit in coded else None for unit in ACTION_UNITS}
    assert (first["expression_given"], first["label_source"], first["label_scope"]) == (
        "Neutral",
        "annotated",
        "frame",
    )
    assert {third[name] for name in ("expression_given", "label_source", "label_scope", "raters")} == {None}
    assert set(rows["subject_source"].to_pylist()) == {"video"}
    assert (third["expression"], third["valence"]) == (None, None)
    assert set(third["action_units"].values()) == {None}
    assert findings == {}


def test_rows_are_sorted_and_counted(corpus: Path) -> None:
    """Rows come by subject and frame: every label line, the extra one too, and the test video's packets."""
    rows, _, _ = catalog(corpus)

    keys = list(zip(rows["subject_id"].to_pylist(), rows["frame_index"].to_pylist(), strict=True))
    assert keys == sorted(keys)
    counts = {name: sum(key[0] == name for key in keys) for name in {key[0] for key in keys}}
    assert counts == {"102": 6, "59": 4, "59_right": 4, "held": 6}
    held = rows.filter(pa.compute.equal(rows["subject_id"], "held"))
    assert set(held["split_expression"].to_pylist()) == {"test"}
    assert held["expression"].null_count == 6


def test_sides_of_two_people(corpus: Path) -> None:
    """The unsuffixed subject with a suffixed sibling is the other side of the same video."""
    rows, _, _ = catalog(corpus)

    found = {(r["subject_id"], r["video_id"], r["side"]) for r in rows.to_pylist() if r["video_id"] == "59"}
    assert found == {("59", "59", "left"), ("59_right", "59", "right")}


def test_videos_are_measured(corpus: Path) -> None:
    """Packets are counted and bytes hashed; paths are relative to the root."""
    _, videos, _ = catalog(corpus)
    first = videos.to_pylist()[0]

    assert (first["video_id"], first["path"], first["num_packets"]) == ("102", "batch1/102.mp4", 5)
    assert first["content_hash"] == hashlib.sha256((corpus / "batch1/102.mp4").read_bytes()).hexdigest()
    assert (first["width"], first["height"], first["fps"], first["codec"]) == (32, 32, 30.0, "mpeg4")
    assert videos["video_id"].to_pylist() == ["102", "59", "held"]
    assert not any(videos["variable_frame_rate"].to_pylist())


def test_variable_frame_rate_is_seen(corpus: Path) -> None:
    """Uneven presentation times are told from even ones."""
    write_video(corpus / "batch1/102.mp4", 5, ticks=[0, 1, 2, 7, 8])

    _, videos, _ = catalog(corpus)

    assert videos["variable_frame_rate"].to_pylist() == [True, False, False]


def test_truncated_video_is_counted_as_far_as_it_goes(corpus: Path) -> None:
    """A video cut short gives its real number of packets, whatever its header claims."""
    path = write_video(corpus / "batch2/59.avi", 400)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    _, videos, _ = catalog(corpus)

    assert 0 < videos["num_packets"].to_pylist()[1] < 400


def test_classes_travel_with_the_rows(corpus: Path) -> None:
    """The class names stand in the table's metadata, in label order."""
    ingest(corpus, corpus.parent / "catalog", source(corpus))

    metadata = pq.read_schema(corpus.parent / "catalog/rows.parquet").metadata
    assert json.loads(metadata[b"classes"]) == SEVEN.split(",")
    assert json.loads(metadata[b"sparse_series"]) == []


@pytest.mark.parametrize(("classes", "labels"), [("header", [0, 7]), ("seven", [0, None])])
def test_seven_classes_drop_other(tmp_path: Path, classes: str, labels: list[int | None]) -> None:
    """`classes: seven` leaves frames labelled Other without a label and Other out of the names."""
    root = tmp_path / "corpus"
    write_text(root / "EXPR_Classification_Challenge/Train_Set/a.txt", EIGHT, [0, 7])

    rows, _, _ = catalog(root, classes=classes)

    assert rows["expression"].to_pylist() == labels


def test_frame_lists_are_sparse(tmp_path: Path) -> None:
    """A multi-task list gives rows for its frames alone and is marked, so that the frame policy knows."""
    root = tmp_path / "corpus"
    zeros = ",".join("0" * 12)
    write_text(
        root / "MTL_Challenge/train_set.txt",
        MTL,
        [f"a/00007.jpg,0.5,0,4,{zeros}", f"a/00002.jpg,0,0,0,{zeros}"],
    )

    rows, _, _ = catalog(root, task="multi_task")

    assert rows["row_id"].to_pylist() == ["a/00002", "a/00007"]
    assert rows["expression"].to_pylist() == [0, 4]
    metadata = pq.read_schema(root.parent / "catalog/rows.parquet").metadata
    assert json.loads(metadata[b"sparse_series"]) == ["a"]


def test_crops_number_the_frames_of_a_test_subject_without_video(corpus: Path) -> None:
    """Without the video, the last of the organisers' crops says how many frames a test subject has."""
    (corpus / "batch2/held.mp4").unlink()
    crops = corpus.parent / "crops/cropped_aligned/held"
    crops.mkdir(parents=True)
    for number in (1, 2, 9):
        (crops / f"{number:05d}.jpg").write_bytes(b"")

    rows, _, findings = catalog(corpus, crops=str(corpus.parent / "crops"))

    assert rows["subject_id"].to_pylist().count("held") == 9
    assert findings == {}


def test_findings_name_file_and_line(corpus: Path) -> None:
    """What is odd goes to problems.jsonl with file and line, and the run goes on."""
    write_text(corpus / EXPR / "Train_Set/102.txt", SEVEN, [0, 9, 0, 3, 0, 0, 0, 0, 0])
    (corpus / "batch2/59.avi").write_bytes(b"no video at all")

    ingest(corpus, corpus.parent / "catalog", source(corpus))

    findings = {f.rule: f for f in read_findings(corpus.parent / "catalog/problems.jsonl")}
    assert set(findings) == {"label-out-of-range", "expression-flip", "lengths-differ", "unreadable-video"}
    assert (findings["label-out-of-range"].file, findings["label-out-of-range"].line) == (
        f"{EXPR}/Train_Set/102.txt",
        3,
    )
    assert findings["expression-flip"].line == 5
    assert findings["unreadable-video"].video_id == "59"


def test_unreadable_video_keeps_its_place(corpus: Path) -> None:
    """A video that cannot be opened stays in the catalog with zeros, so that its rows end as decode errors."""
    (corpus / "batch2/59.avi").write_bytes(b"no video at all")

    rows, videos, _ = catalog(corpus)

    assert videos.to_pylist()[1]["num_packets"] == 0
    assert rows["video_id"].to_pylist().count("59") == 8


def test_happiness_with_negative_valence_is_found(corpus: Path) -> None:
    """Labels of two tasks that contradict common sense are a warning at the first line."""
    write_text(corpus / VALENCE / "Validation_Set/102.txt", VA, ["0,0"] * 3 + ["-0.9,0"] * 3)

    _, _, findings = catalog(corpus)

    assert findings == {"happy-but-unpleasant": 1}


def test_same_bytes_twice_are_found(corpus: Path) -> None:
    """One video under two names is a warning."""
    (corpus / "batch1/copy.mp4").write_bytes((corpus / "batch1/102.mp4").read_bytes())

    _, _, findings = catalog(corpus)

    assert findings == {"same-video-content": 1, "video-without-labels": 1}


def test_same_corpus_gives_the_same_bytes(corpus: Path) -> None:
    """Two runs write equal files."""
    outputs = [corpus.parent / name for name in ("one", "two")]
    for output in outputs:
        ingest(corpus, output, source(corpus))

    for name in ("rows.parquet", "videos.parquet", "problems.jsonl"):
        assert (outputs[0] / name).read_bytes() == (outputs[1] / name).read_bytes()


@pytest.mark.parametrize(
    ("file", "text", "error"),
    [
        (f"{EXPR}/Train_Set/102.txt", "Happy,Sad", LabelFileError),
        (f"{EXPR}/Train_Set/zz.txt", f"{SEVEN}\n0\nx", LabelFileError),
        (f"{EXPR}/Train_Set/..txt", SEVEN, CorpusError),
    ],
    ids=["header", "value", "name"],
)
def test_wrong_input_leaves_nothing_behind(
    corpus: Path, file: str, text: str, error: type[Exception]
) -> None:
    """A wrong label file ends the run, and an older catalog stays as it was."""
    output = corpus.parent / "catalog"
    ingest(corpus, output, source(corpus))
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    write_text(corpus / file, text, [])

    with pytest.raises(error, match="Train_Set"):
        ingest(corpus, output, source(corpus))

    assert {path.name: path.read_bytes() for path in output.iterdir()} == before
    assert sorted(path.name for path in corpus.parent.iterdir()) == ["catalog", "corpus"]


def test_stage_ends_with_one_line_and_exit_code_2(corpus: Path, tmp_path: Path) -> None:
    """The stage writes its metrics; wrong input is one line with file, line and remedy."""
    document = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    document["sources"]["sample"]["root"] = str(corpus)
    document["train"] |= {"weights": None, "weights_sha256": None}  # whose absence would be a warning
    document["publish"]["licence"] = "other"  # a folder of one's own is restricted
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(document))
    for name in ("decisions.csv", "same_person.csv"):
        shutil.copy(ROOT / name, tmp_path)
    outputs = ["catalog", "--metrics", "metrics", "--seals", "seals", "--report", "report"]

    good = run_python(tmp_path, "-m", "stages.ingest", *outputs)
    write_text(corpus / EXPR / "Train_Set/102.txt", SEVEN, ["0", "x"])
    bad = run_python(tmp_path, "-m", "stages.ingest", *outputs)

    assert good.returncode == 0, good.stderr
    assert json.loads((tmp_path / "metrics/sample.json").read_text())["rows"] == 20
    assert bad.returncode == 2
    assert bad.stderr.count("\n") == 1
    assert "102.txt:3: 'x' is not a whole number" in bad.stderr


def test_many_small_tables_are_joined_in_time_in_proportion() -> None:
    """Each one counted all before it again, so that a list of 20,000 names took minutes."""
    one = pa.table({"n": [1]})
    began = time.process_time()
    groups = list(row_groups(iter([one] * 20_000)))
    assert time.process_time() - began < 5
    assert [len(group) for group in groups] == [20_000]
    assert groups[0]["n"].num_chunks == 1
