"""A table of predictions says what a model can say, or is refused with its file, column and row."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.core.labels.tasks import ACTION_UNITS
from fer_data.errors import DatasetError
from fer_data.predictions.rows import read_rows, stated_classes
from fer_data.predictions.schemas import TABLES

NAN, INF = float("nan"), float("inf")
Rows = list[dict[str, Any]]


def index(frame: int, subject: str = "a") -> dict[str, Any]:
    """Return the columns that every task has."""
    row = {"row_id": f"{subject}/{frame + 1:05d}", "subject_id": subject, "video_id": subject}
    return row | {"frame_index": frame, "resolution": 64, "source": "model"}


def expressions() -> Rows:
    """Return three rows of two classes, the last without a crop."""
    own = [index(n) | {"expression": n, "predicted": 1, "logits": [0.0, 1.0]} for n in range(2)]
    return [*own, index(2) | {"expression": -1, "predicted": 1, "logits": None, "source": "nearest"}]


def dimensions() -> Rows:
    """Return a labelled row and one without labels."""
    said = {"predicted_valence": 0.5, "predicted_arousal": -1.0}
    return [
        index(0) | {"valence": 0.0, "arousal": 1.0} | said,
        index(1) | {"valence": NAN, "arousal": NAN} | said,
    ]


def units() -> Rows:
    """Return rows of a model for two units."""
    empty = dict.fromkeys(ACTION_UNITS)
    said = {"predicted": {**empty, "AU01": 1, "AU12": 0}, "probability": {**empty, "AU01": 0.9, "AU12": 0.0}}
    return [index(n) | {"action_units": {**empty, "AU01": 1}} | said for n in range(2)]


GOOD = {"expression": expressions, "valence_arousal": dimensions, "action_units": units}


def write(path: Path, rows: Rows, task: str = "expression", metadata: dict[str, str] | None = None) -> Path:
    """Write rows as they are, whatever they say."""
    pq.write_table(pa.Table.from_pylist(rows, TABLES[task].schema).replace_schema_metadata(metadata), path)
    return path


@pytest.mark.parametrize("task", GOOD)
def test_what_a_model_says_is_read_in_any_order(tmp_path: Path, task: str) -> None:
    """Sorted or not, from the file or from the folder of an evaluation."""
    rows = GOOD[task]()[::-1]
    folder = tmp_path if task == "expression" else tmp_path / task
    folder.mkdir(exist_ok=True)
    path = write(folder / "predictions.parquet", rows, task)
    assert read_rows(path, task)["row_id"].to_pylist() == [row["row_id"] for row in rows]
    assert len(read_rows(tmp_path, task)) == len(rows)


@pytest.mark.parametrize(
    ("row_id", "subject", "video"),
    [
        ("clip_1/00001", "person", "clip_1"),
        ("clip_1_left/00001", "person", "clip_1"),
        ("train%2Fa.jpg~2/00001", "train%2Fa.jpg~2", "train%2Fa.jpg"),
    ],
    ids=["clip of a person", "one of two people", "second face of a picture"],
)
def test_rows_are_called_after_a_person_or_a_video(
    tmp_path: Path, row_id: str, subject: str, video: str
) -> None:
    """A person has many videos, so rows of clips and pictures are called after these."""
    named = {"row_id": row_id, "subject_id": subject, "video_id": video}
    rows = [{**expressions()[0], **named}, {**expressions()[0], "frame_index": 1}]
    rows[1] |= {"row_id": "person/00002", "subject_id": "person", "video_id": "other"}
    path = write(tmp_path / "predictions.parquet", rows, "expression")
    assert read_rows(path)["row_id"].to_pylist() == [row_id, "person/00002"]


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "nan-logits": ("expression", {"logits": [NAN, 0.0]}, r"\(\[nan, 0\.0\]\) must be finite, in row 'a/00001' at 64"),
    "inf-logits": ("expression", {"logits": [0.0, INF]}, "must be finite"),
    "null-in-logits": ("expression", {"logits": [0.0, None]}, "must be finite"),
    "ragged-logits": ("expression", {"logits": [0.0, 1.0, 2.0]}, "must be 3 numbers, one a class, in row 'a/00002'"),
    "empty-logits": ("expression", {"logits": []}, "must be 2 numbers"),
    "no-logits": ("expression", {"logits": None}, "must be given where the source is 'model'"),
    "logits-of-a-filled-row": ("expression", {"source": "nearest"}, "and nowhere else"),
    "predicted-negative": ("expression", {"predicted": -1}, r"predicted \(-1\) must be a class in \[0, 1\]"),
    "predicted-high": ("expression", {"predicted": 2}, r"must be a class in \[0, 1\]"),
    "label-negative": ("expression", {"expression": -2}, "or -1 for none"),
    "label-127": ("expression", {"expression": 127}, r"expression \(127\) must be a class in \[0, 1\]"),
    "frame-negative": ("expression", {"frame_index": -1}, "frame_index .* must be 0 or more"),
    "frame-other": ("expression", {"frame_index": 7}, "must be its subject or video, and its frame"),
    "frame-highest": ("expression", {"frame_index": 2**31 - 1}, "must be its subject or video, and its frame"),
    "resolution": ("expression", {"resolution": 0}, "must be 1 px or more"),
    "dots": ("expression", {"subject_id": "..", "row_id": "../00001"}, "subject_id .* must be a plain name"),
    "other-series": ("expression", {"row_id": "b/00001"}, "must be its subject or video, and its frame"),
    "separator": ("expression", {"video_id": "a/b"}, "video_id .* must be a plain name"),
    "escape": ("expression", {"video_id": "a\x1b[2J"}, r"'a\\x1b\[2J'"),
    "source": ("expression", {"source": "guess"}, "source .* must be one of .*most_frequent"),
    "twice": ("expression", {"row_id": "a/00002", "frame_index": 1}, "must be there once at a resolution, in"),
    "two-videos": ("expression", {"video_id": "b"}, "of two people or videos"),
    "valence": ("valence_arousal", {"predicted_valence": NAN}, "predicted_valence .* must be a number"),
    "arousal": ("valence_arousal", {"predicted_arousal": -1.5}, "predicted_arousal .* must be a number"),
    "label": ("valence_arousal", {"valence": -5.0}, "or NaN for none"),
    "source-of-other": ("valence_arousal", {"source": "most_frequent"}, "must be one of .*training_mean"),
    "unit": ("action_units", {"predicted": dict.fromkeys(ACTION_UNITS, 2)}, "every row or in none|0 or 1"),
    "units-differ": ("action_units", {"predicted": dict.fromkeys(ACTION_UNITS)}, "for AU01 in every row or in none"),
    "unit-label": ("action_units", {"action_units": dict.fromkeys(ACTION_UNITS, -1)}, "0 or 1 for AU01"),
    "probability": ("action_units", {"probability": dict.fromkeys(ACTION_UNITS, NAN)}, r"in \[0, 1\] for AU01"),
}  # fmt: skip


@pytest.mark.parametrize(("task", "change", "message"), WRONG.values(), ids=WRONG.keys())
def test_what_no_model_says_is_refused(
    tmp_path: Path, task: str, change: dict[str, Any], message: str
) -> None:
    """The file, the column, its value, the rule and the row stand in one line."""
    first, *others = GOOD[task]()
    path = write(tmp_path / "p.parquet", [first | change, *others], task)
    with pytest.raises(DatasetError, match=message) as caught:
        read_rows(path, task)
    assert str(caught.value).startswith(str(path))
    assert str(caught.value).isprintable()


def test_no_rows_another_task_and_rows_without_end_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each message says what the file is."""
    (tmp_path / "action_units").mkdir()
    write(tmp_path / "action_units" / "predictions.parquet", units(), "action_units")
    with pytest.raises(
        DatasetError, match="no evaluation of expression; there are predictions of action_units alone"
    ):
        read_rows(tmp_path)
    with pytest.raises(DatasetError, match="holds no rows"):
        read_rows(write(tmp_path / "none.parquet", []))
    units_table = write(tmp_path / "units.parquet", units(), "action_units")
    with pytest.raises(DatasetError, match="no predictions of expression, but predictions of action_units"):
        read_rows(units_table)
    monkeypatch.setattr("fer_data.predictions.rows.MAX_ROWS", 2)
    with pytest.raises(DatasetError, match="claims 3 rows"):
        read_rows(write(tmp_path / "many.parquet", expressions()))


def test_a_label_is_the_same_at_every_resolution(tmp_path: Path) -> None:
    """Two labels of one row are found."""
    other = expressions()[0] | {"resolution": 32, "expression": 1}
    with pytest.raises(DatasetError, match="must be the same at every resolution, in row 'a/00001'"):
        read_rows(write(tmp_path / "p.parquet", [*expressions(), other]))


@pytest.mark.parametrize(
    "stored",
    ["[]", "{", '["a", "a"]', "[1, 2]", '"ab"', '["a", "b", "c"]', '["a", " "]', r'["a", "\u001b[2J"]'],
)
def test_class_names_fit_the_logits(tmp_path: Path, stored: str) -> None:
    """They are a list of different names, one a logit; tables of earlier versions have none."""
    good = write(tmp_path / "good.parquet", expressions(), metadata={"classes": json.dumps(["b", "a"])})
    assert stated_classes(read_rows(good)) == ("b", "a")
    with pytest.raises(DatasetError, match=r"class names|must be 3 numbers"):
        read_rows(write(tmp_path / "p.parquet", expressions(), metadata={"classes": stored}))


def _cut(content: bytes) -> bytes:
    return content[:-20]


@pytest.mark.parametrize(
    "damage",
    [_cut, bytes.upper, lambda _: b"", lambda _: b"PAR1" * 3],
    ids=["cut", "altered", "empty", "marks alone"],
)
def test_a_damaged_file_is_named(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Cut, altered, empty or something else: one message with the file's name."""
    path = write(tmp_path / "p.parquet", expressions())
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DatasetError, match=r"p\.parquet"):
        read_rows(path)


@settings(max_examples=60)
@given(st.data())
def test_whatever_bytes_change_nothing_but_our_error_comes_out(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A file with some bytes changed is read with right rows or refused."""
    path = write(tmp_path_factory.mktemp("p") / "p.parquet", expressions())
    content = bytearray(path.read_bytes())
    for at, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), min_size=1)
    ):
        content[at] = value
    path.write_bytes(content)
    with contextlib.suppress(DatasetError):
        assert set(read_rows(path)["predicted"].to_pylist()) <= {0, 1}
