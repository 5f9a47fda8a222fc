"""`fer-data diff` finds every planted change, and nothing else."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from changed_faces import Row, dataset, plain_params
from conftest import picture
from published_with import published_of

from fer_data.core.labels.tasks import ABAW_UNITS, SEVEN_CLASSES
from fer_data.diff import Diff, both_sides, compare_datasets
from fer_data.errors import DatasetError

ROWS = ("added", "removed", "resplit", "relabelled", "recropped", "pictures", "columns")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the dataset that changes are planted in; tests must not write to it."""
    return dataset(tmp_path_factory.mktemp("before"))


def compared(first: Path, second: Path) -> Diff:
    """Compare two folders."""
    with both_sides(str(first), str(second), None) as sides:
        return compare_datasets(*sides)


def changes(report: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a report about rows that say anything."""
    return {name: report[name] for name in ROWS if report[name]}


def on(row_id: str, **values: object) -> Callable[[Row], Row]:
    """Return the change of one row."""
    return lambda row: {**row, **values} if row["row_id"] == row_id else row


def test_a_dataset_equals_itself_and_its_copy(before: Path, tmp_path: Path) -> None:
    """By the content hash, without reading a row: the copy's shards are of the same size, and damaged."""
    copy = Path(shutil.copytree(before, tmp_path / "copy"))
    shard = next((copy / "train").glob("*.arrow"))
    shard.write_bytes(bytes(shard.stat().st_size))
    for other in (before, copy):
        found = compared(before, other)
        report = found.document()
        assert (found.equal, report["compared"], report["rows"], changes(report)) == (
            True,
            "content hash",
            None,
            {},
        )
        assert not any(report[part] for part in ("params", "code", "libraries", "provenance", "examples"))


def test_equal_data_still_say_what_else_differs(before: Path, tmp_path: Path) -> None:
    """A new version of the same content: equal, and the version is told as a param and as the dataset's own."""
    params = plain_params()
    publish = params.publish.model_copy(update={"version": "0.2.0"})
    other = dataset(tmp_path, params=params.model_copy(update={"publish": publish}))
    found = compared(before, other)
    assert found.equal
    report = found.document()
    assert report["params"] == {"publish.version": {"old": "0.1.0", "new": "0.2.0"}}
    assert report["provenance"] == {"version": {"old": "0.1.0", "new": "0.2.0"}}
    assert report["second"]["version"] == "0.2.0"


def test_rows_that_are_gone_are_counted_with_their_state(before: Path, tmp_path: Path) -> None:
    """Two rows of train: one whose face was lost, one of low quality; the other way round they are added."""

    def change(row: Row) -> Row:
        gone = {"a/00001": "no_face", "b/00002": "low_quality"}
        return {**row, "state": gone[row["row_id"]], "box": None} if row["row_id"] in gone else row

    after = dataset(tmp_path, change)
    report = compared(before, after).document()
    assert changes(report) == {"removed": {"train": {"originals": 2, "copies": 0}}}
    assert report["removed_states"] == {"no_face": 1, "low_quality": 1}
    assert report["examples"] == {"removed": ["a/00001", "b/00002"]}
    assert report["rows"] == {"first": 63, "second": 61, "both": 61, "changed": 0, "reordered": False}
    report = compared(after, before).document()
    assert changes(report) == {"added": {"train": {"originals": 2, "copies": 0}}}
    assert report["examples"] == {"added": ["a/00001", "b/00002"]}


def test_rows_in_another_split_are_counted_by_where_they_went(before: Path, tmp_path: Path) -> None:
    """A whole person moves from train to validation; its other tasks' labels stay where its split is theirs."""
    report = compared(
        before,
        dataset(
            tmp_path,
            lambda row: {**row, "split_expression": "validation"} if row["subject_id"] == "d" else row,
        ),
    ).document()
    assert changes(report) == {
        "resplit": [{"from": "train", "to": "validation", "originals": 4, "copies": 0, "subjects": 1}]
    }
    assert report["rows"]["reordered"] is False


def test_other_labels_are_counted_by_task_from_what_to_what(before: Path, tmp_path: Path) -> None:
    """One class, one that is gone, valence of one row, one unit of one row."""

    def change(row: Row) -> Row:
        one = {"b/00001": {"expression": 3}, "b/00002": {"valence": 0.5}, "v/00001": {"expression": 2}}
        row = {**row, **one.get(row["row_id"], {})}
        if row["row_id"] == "a/00003":
            row["action_units"] = {**row["action_units"], "AU04": 0}
        return row

    report = compared(before, dataset(tmp_path, change)).document()
    found = changes(report)
    assert set(found) == {"relabelled"}
    parts = found["relabelled"]
    assert parts["expression"]["originals"] == 2
    assert sorted((one["from"], one["to"]) for one in parts["expression"]["changes"]) == [
        ("Neutral", "Disgust"),
        ("Neutral", "Fear"),
    ]
    assert parts["action_units"]["units"] == {
        "AU04": [{"from": "present", "to": "absent", "originals": 1, "copies": 0}]
    }
    assert "valence_arousal" not in parts  # b's are those of validation, where its expression is train
    spread = report["spreads"]["expression"]["train"]
    assert spread["first"]["Fear"]["originals"] + 1 == spread["second"]["Fear"]["originals"]
    assert spread["second"]["Neutral"]["share"] == spread["second"]["Neutral"]["originals"] / sum(
        one["originals"] for one in spread["second"].values()
    )


def test_valence_is_told_by_how_far_it_moved(before: Path, tmp_path: Path) -> None:
    """Moved, lost; the largest move of each dimension."""

    def change(row: Row) -> Row:
        one = {"a/00001": {"valence": 0.75}, "a/00002": {"valence": None, "arousal": None}}
        return {**row, **one.get(row["row_id"], {})}

    found = changes(compared(before, dataset(tmp_path, change)).document())
    assert set(found) == {"relabelled"}
    part = found["relabelled"]["valence_arousal"]
    assert (part["moved"]["originals"], part["lost"]["originals"], part["gained"]["originals"]) == (1, 1, 0)
    assert part["largest_difference"] == {"valence": 0.5, "arousal": 0.0}


def test_moved_boxes_are_told_from_re_cropped_rows(before: Path, tmp_path: Path) -> None:
    """IoU below 0.9 is another crop; a box that moved by a pixel is not, but is counted."""

    def change(row: Row) -> Row:
        one = {"a/00001": [60.0, 20.0, 160.0, 140.0], "a/00002": [11.0, 20.0, 111.0, 140.0]}
        return {**row, "box": one.get(row["row_id"], row["box"])}

    report = compared(before, dataset(tmp_path, change)).document()
    found = changes(report)
    assert set(found) == {"recropped"}
    part = found["recropped"]
    assert (part["originals"], part["moved_originals"], part["below_iou"]) == (1, 2, 0.9)
    assert part["smallest_iou"] == pytest.approx(1 / 3)
    assert report["examples"] == {"recropped": ["a/00001"], "box_moved": ["a/00002"]}
    assert report["rows"]["changed"] == 2


def test_other_pictures_are_told_from_those_that_look_alike(before: Path, tmp_path: Path) -> None:
    """Another picture of the row, and one that is a shade lighter."""
    lighter = np.clip(picture("a/00002").astype(int) + 3, 0, 255).astype(np.uint8)
    report = compared(
        before, dataset(tmp_path, pictures={"a/00001": picture("another"), "a/00002": lighter})
    ).document()
    found = changes(report)
    assert set(found) == {"pictures"}
    assert found["pictures"]["originals"] == 2
    assert found["pictures"]["other_look"] == {"originals": 1, "copies": 0}
    assert found["pictures"]["largest_bits"] > found["pictures"]["above_bits"]
    assert report["examples"] == {"other_look": ["a/00001"], "alike_look": ["a/00002"]}


def test_other_values_are_named_by_column(before: Path, tmp_path: Path) -> None:
    """Sharpness, track and a landmark; with the largest difference of each."""

    def change(row: Row) -> Row:
        one: dict[str, Row] = {
            "a/00001": {"sharpness": 14.0},
            "a/00002": {"track_id": 3},
            "a/00003": {"landmarks": [[30.0 + 5 * i, 50.0 + (i == 4)] for i in range(5)]},
        }
        return {**row, **one.get(row["row_id"], {})}

    found = changes(compared(before, dataset(tmp_path, change)).document())
    assert set(found) == {"columns"}
    assert {name: one["largest_difference"] for name, one in found["columns"].items()} == {
        "sharpness": 1.5,
        "track_id": 3.0,
        "landmarks": 1.0,
    }


def test_copies_are_compared_as_rows_and_counted_apart(published: Path, tmp_path: Path) -> None:
    """Another seed draws other operations: copies alone differ, by record and picture."""
    other = dataset(tmp_path, params=plain_params(strategy="augment", seed=8))
    report = compared(published, other).document()
    found = changes(report)
    assert set(found) <= {"added", "removed", "columns", "pictures"}
    assert set(found["columns"]) <= {"augmentation", "parent_id"}
    assert found["columns"]["augmentation"]["originals"] == 0 < found["columns"]["augmentation"]["copies"]
    assert found["pictures"]["originals"] == 0 < found["pictures"]["copies"]
    assert report["params"] == {"balance.seed": {"old": 7, "new": 8}}


def test_labels_of_other_classes_are_compared_by_name(before: Path, tmp_path: Path) -> None:
    """Two classes that changed places relabel nobody; what cannot be compared is said."""
    order = [1, 0, 2, 3, 4, 5, 6]
    names = [str(SEVEN_CLASSES[n]) for n in order]

    def change(row: Row) -> Row:
        label = row["expression"]
        votes = row.get("expression_votes")
        return {
            **row,
            "expression": None if label is None else order[label],
            "expression_votes": None if votes is None else [votes[n] for n in order],
        }

    report = compared(before, dataset(tmp_path, change, classes=json.dumps(names))).document()
    assert changes(report) == {}
    assert not report["equal"]
    assert "classes of the second are in another order" in report["not_compared"][0]
    renamed = [*map(str, SEVEN_CLASSES[:6]), "Astonishment"]
    report = compared(before, dataset(tmp_path / "two", classes=json.dumps(renamed))).document()
    assert "without Surprise and with Astonishment" in report["not_compared"][0]
    assert {(one["from"], one["to"]) for one in report["relabelled"]["expression"]["changes"]} == {
        ("Surprise", "Astonishment")
    }


def rewritten(folder: Path, target: Path, change: Callable[[pa.Table], pa.Table]) -> Path:
    """Copy a dataset with every split changed, as another program would write it: without hashes."""
    copy = Path(shutil.copytree(folder, target))
    path = copy / "provenance.json"
    left = {"files", "seal_sha256", "dataset_sha256"}
    path.write_text(json.dumps({k: v for k, v in json.loads(path.read_text()).items() if k not in left}))
    for shard in copy.glob("*/*.arrow"):
        with pa.ipc.open_stream(shard.read_bytes()) as reader:
            table = change(reader.read_all())
        with pa.ipc.new_stream(str(shard), table.schema) as writer:
            writer.write_table(table)
        info = shard.with_name("dataset_info.json")
        document = json.loads(info.read_text())
        features = document["features"]
        names = {
            name: features.get(name, {"dtype": "string", "_type": "Value"}) for name in table.column_names
        }
        info.write_text(json.dumps(document | {"features": names}))
    return copy


def replaced(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """Return a table with another column in the place of one."""
    return table.set_column(table.schema.get_field_index(name), name, values)


def test_another_version_of_fer_data_is_compared_as_far_as_it_goes(before: Path, tmp_path: Path) -> None:
    """Fewer units, a column less, one of another type, one more: what cannot be compared is said, the rest is."""

    def change(table: pa.Table) -> pa.Table:
        units = table["action_units"].combine_chunks()
        kept = [name for name in ABAW_UNITS if name != "AU20"]
        table = replaced(
            table, "action_units", pa.StructArray.from_arrays([units.field(name) for name in kept], kept)
        )
        table = replaced(table, "track_id", table["track_id"].cast(pa.int64()))
        first = pc.equal(table["row_id"], "a/00001")
        table = replaced(
            table, "expression", pc.if_else(first, pa.scalar(3, pa.int64()), table["expression"])
        )
        return table.drop_columns(["sharpness"]).append_column("mine", pa.array(["x"] * len(table)))

    older = rewritten(before, tmp_path / "copy", change)
    report = compared(older, before).document()
    assert changes(report) == {
        "relabelled": {
            "expression": {
                "originals": 1,
                "copies": 0,
                "changes": [{"from": "Fear", "to": "Neutral", "originals": 1, "copies": 0}],
            }
        }
    }
    notes = "\n".join(report["not_compared"])
    for text in (
        "column track_id: int64 in the first, int32 in the second.",
        "action units that one alone has: AU05, AU09, AU14, AU17, AU20.",
        "columns of the first alone: mine.",
        "columns of the second alone: sharpness.",
    ):
        assert text in notes


def test_a_column_of_one_split_alone_is_not_compared(before: Path, tmp_path: Path) -> None:
    """What somebody took out of one split cannot be compared in the others either, and is said."""

    def change(table: pa.Table) -> pa.Table:
        return table.drop_columns(["brightness"]) if table["row_id"][0].as_py().startswith("a/") else table

    report = compared(before, rewritten(before, tmp_path / "copy", change)).document()
    assert changes(report) == {}
    assert report["not_compared"] == ["columns of the first alone: brightness."]


def test_pictures_of_other_resolutions_are_not_compared(before: Path, tmp_path: Path) -> None:
    """Labels and boxes are."""
    faces, params = tmp_path / "two", plain_params()
    dataset(faces, on("a/00001", expression=3))
    small = published_of(faces / "faces", tmp_path / "small", params, px=16)
    report = compared(before, small).document()
    assert set(changes(report)) == {"relabelled"}
    assert report["not_compared"] == ["pictures: the first has 32 px, the second 16 px."]


def test_a_row_that_is_there_twice_is_refused(before: Path, tmp_path: Path) -> None:
    """Nobody can say which of the two a row became."""
    copy = rewritten(before, tmp_path / "copy", lambda table: pa.concat_tables([table, table.slice(0, 1)]))
    with pytest.raises(DatasetError, match=r"has the row 'a/00001' twice"):
        compared(before, copy)


def test_a_damaged_dataset_is_refused(before: Path, tmp_path: Path) -> None:
    """A flipped label, and a flipped picture that is looked at."""
    copy = Path(shutil.copytree(before, tmp_path / "copy"))
    path = copy / "provenance.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in document.items() if k not in {"files", "seal_sha256"}}
                               | {"dataset_sha256": "0" * 64}))  # fmt: skip
    shard = next((copy / "train").glob("*.arrow"))
    sound = shard.read_bytes()
    place = sound.index(b"a/00001")
    shard.write_bytes(sound[:place] + b"b" + sound[place + 1 :])
    with pytest.raises(DatasetError, match="altered or damaged"):
        compared(before, copy)
