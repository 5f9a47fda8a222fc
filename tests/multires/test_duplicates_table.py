"""Near-duplicates among the pictures of two sources, from the faces to a published dataset."""

import json
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from published_with import publish

from fer_data.balance import balance
from fer_data.core.labels.tasks import SEVEN_CLASSES
from fer_data.errors import DatasetError
from fer_data.multires import headlines, multires
from fer_data.params.document import load_params
from fer_data.pictures.images import encode_jpeg
from fer_data.publish import PublishInputs
from fer_data.tables.near_duplicates import read_near_duplicates
from fer_data.tables.origin import Origin, named_source
from fer_data.tables.schemas import CROPS, FACE_ROWS, read_table, write_arrow, write_table
from tests.conftest import PARAMS, face_row, picture

FIRST, SECOND = "first", "second"
HELD, OTHER = 0x0F0F_1234_5678_7777, 0x3333_0F0F_7777_1111
HASHES = {
    FIRST: {"a": ("train", 0), "b": ("train", 0b1111 << 20), "c": ("validation", HELD), "d": ("train", None)},
    SECOND: {
        "e": ("train", 1),
        "f": ("train", HELD ^ 1),
        "g": ("test", OTHER),
        "h": ("train", 1 << 62),
        "i": ("train", HELD),
    },
}
SHOWN = {**dict.fromkeys("bh", "a"), "e": "a", "f": "c"}
"""The picture of which one is a copy; the others show what they are."""
RATERS = {"e": 20}
"""Of the second corpus: more than the others, which have ten."""


def row_of(name: str, split: str, value: int | None) -> dict[str, Any]:
    """Return a single picture's row, each with a class of its own."""
    row = face_row("a", 0, "abcdefghi".index(name) % 7)
    ids = dict.fromkeys(("subject_id", "video_id"), name)
    splits = {"split_expression": split, "split_valence_arousal": None, "split_action_units": None}
    told: dict[str, Any] = {"perceptual_hash": value, "series_id": f"pictures-{split}-{name}"}
    if name in RATERS:
        told |= {"raters": RATERS[name], "expression_votes": [0] * 4 + [RATERS[name], 0, 0]}
        told |= dict.fromkeys(("votes_outside", "votes_unknown", "votes_no_face"), 0)
    return {**row, **ids, **splits, **told, "row_id": f"{name}/00001", "pts_seconds": None}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two sources of pictures, a series each picture."""
    folder = tmp_path_factory.mktemp("pictures") / "faces"
    for source, pictures in HASHES.items():
        rows = [row_of(name, *told) for name, told in pictures.items()]
        metadata = {
            "classes": json.dumps([str(name) for name in SEVEN_CLASSES]),
            "detector": json.dumps({"name": "centerface", "weights_sha256": "0" * 64}),
            **named_source(source),
            **Origin("affwild2", rendered=True).metadata(),
        }
        table = pa.Table.from_pylist(rows, FACE_ROWS)
        (folder / source).mkdir(parents=True)
        write_table(folder / source / "rows.parquet", [table], FACE_ROWS, metadata)
        for row in rows:
            crop = {name: row[name] for name in CROPS.names if name != "image"}
            crop["image"] = encode_jpeg(picture(SHOWN.get(row["video_id"], row["video_id"])), 95)
            path = folder / source / f"{row['series_id']}.arrow"
            write_arrow(path, [pa.Table.from_pylist([crop], CROPS)], CROPS)
    return folder


def made(faces: Path, folder: Path) -> tuple[PublishInputs, dict[str, Any]]:
    """Return what is published of them, and the summary of multires."""
    params = load_params(PARAMS)
    inputs = PublishInputs(faces, folder / "variant", folder / "balanced")
    summary = multires(faces, inputs.variant, 32, params.multires, task="expression")
    options = {"resolution": 32, "balance": params.balance, "dataset": params.dataset}
    balance(faces, inputs.variant, inputs.balanced, **options)
    return inputs, summary


def test_copies_over_corpora_and_splits_are_listed_and_leave(faces: Path, tmp_path: Path) -> None:
    """Row states of the faces stay; list, metrics, provenance and card say what became of each picture."""
    inputs, summary = made(faces, tmp_path)
    rows = read_near_duplicates(inputs.variant, "expression").rows.to_pylist()
    told = {row["row_id"][0]: (row["group"], row["of"], row["distance"], row["outcome"]) for row in rows}
    assert told == {
        "a": (0, "e/00001", 1, "other_stays"),
        "b": (0, None, None, "stays"),  # alike to a alone, which left
        "c": (1, None, None, "stays"),
        "e": (0, None, None, "stays"),
        "f": (1, "c/00001", 1, "close_to_held_out"),
        "h": (0, "e/00001", 2, "other_stays"),
    }
    assert {row["corpus"] for row in rows} == {FIRST, SECOND}
    assert all((row["difference"] is None) == (row["of"] is None) for row in rows)
    counts = summary["near_duplicates"]
    assert (counts["candidate_pairs"], counts["confirmed_pairs"]) == (7, 5)  # i is neither c nor f
    assert counts["rows_with_more_candidates"] == 0
    assert (counts["compared"], counts["close_to_held_out"]) == (8, 1)
    assert headlines(summary)["close_to_held_out"] == 1
    states = read_table(faces / FIRST / "rows.parquet", FACE_ROWS)["state"].unique().to_pylist()
    assert states == ["kept"]
    params = load_params(PARAMS)
    sources = {name: params.sources["sample"].model_copy(update={"prefix": name}) for name in HASHES}
    publish(inputs, tmp_path / "32", resolution=32, params=params.model_copy(update={"sources": sources}))
    dataset = datasets.load_from_disk(str(tmp_path / "32"))
    left = {name for name in "abcdefghi" if told.get(name, (0, None))[1] is not None}
    originals = {row["row_id"][0] for split in dataset.values() for row in split if not row["parent_id"]}
    assert originals == set("abcdefghi") - left
    assert {row["duplicate_group"] for row in dataset["test"]} == {-1}
    assert {row["duplicate_group"] for row in dataset["validation"]} == {told["c"][0]}
    record = json.loads((tmp_path / "32/provenance.json").read_text(encoding="utf-8"))
    assert record["left_out"]["near_duplicates"] == len(left)
    assert record["near_duplicates"] == counts
    assert "## Near-duplicates" in (tmp_path / "32/README.md").read_text(encoding="utf-8")


def test_the_list_is_the_same_whatever_the_sources_are_called(faces: Path, tmp_path: Path) -> None:
    """Sources are read in the order of their names: groups, outcomes and what stays do not follow it."""
    inputs, _ = made(faces, tmp_path / "one")
    (tmp_path / "turned").mkdir()
    for old, new in ((FIRST, "zebra"), (SECOND, "apple")):
        (tmp_path / "turned" / new).symlink_to(faces / old)
    other, _ = made(tmp_path / "turned", tmp_path / "other")
    first, second = (read_near_duplicates(found.variant, "expression").rows for found in (inputs, other))
    assert first.equals(second)


def test_a_list_of_another_task_is_refused(faces: Path, tmp_path: Path) -> None:
    """The splits of a task decide who leaves."""
    inputs, _ = made(faces, tmp_path)
    with pytest.raises(
        DatasetError, match=r"made for dataset\.task expression, expected multi_task.*multires"
    ):
        read_near_duplicates(inputs.variant, "multi_task")
