"""The layout of `save_to_disk`, written shard by shard."""

import json
from pathlib import Path

import datasets
import pyarrow as pa
import pytest

from fer_data.errors import DatasetError
from fer_data.publish.hf_writer import SplitSummary, SplitWriter, write_dataset_dict
from fer_data.published.feature_forms import arrow_schema, class_label, list_of, value

FEATURES = {"label": class_label(["a", "b"]), "text": value("string")}


def rows(count: int) -> pa.Table:
    """Return rows with the columns of the features, in another order."""
    return pa.table({"text": [f"row {i}" for i in range(count)], "label": [i % 2 for i in range(count)]})


def written(folder: Path, *tables: pa.Table, shard_bytes: int = 1 << 20) -> SplitSummary:
    """Write one split called `train`."""
    with SplitWriter(folder / "train", FEATURES, shard_bytes=shard_bytes) as writer:
        for table in tables:
            writer.write(table)
        summary = writer.finish("0123456789abcdef")
    write_dataset_dict(folder, ["train"])
    return summary


def test_it_loads_as_what_the_library_itself_would_save(tmp_path: Path) -> None:
    """Rows, features, split name and fingerprint come back; the files are those of `save_to_disk`."""
    written(tmp_path / "ours", rows(5))
    dataset = datasets.Dataset(rows(5).select(["label", "text"]).cast(arrow_schema(FEATURES)), split="train")
    datasets.DatasetDict({"train": dataset}).save_to_disk(str(tmp_path / "theirs"))
    ours, theirs = (datasets.load_from_disk(str(tmp_path / name))["train"] for name in ("ours", "theirs"))
    assert ours.to_list() == theirs.to_list()
    assert (ours.features, ours.split) == (theirs.features, theirs.split)
    state = json.loads((tmp_path / "ours/train/state.json").read_text(encoding="utf-8"))
    assert state["_fingerprint"] == "0123456789abcdef"
    names = [
        sorted(p.relative_to(tmp_path / name) for p in (tmp_path / name).rglob("*"))
        for name in ("ours", "theirs")
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize(("limit", "shards"), [(1, 4), (1 << 20, 1)], ids=["every batch", "one for all"])
def test_a_shard_is_closed_at_its_limit(tmp_path: Path, limit: int, shards: int) -> None:
    """Shards are numbered with their count, and load in the order they were written."""
    summary = written(tmp_path, *[rows(3)] * 4, shard_bytes=limit)
    files = sorted(path.name for path in (tmp_path / "train").glob("*.arrow"))
    assert files == [f"data-{i:05d}-of-{shards:05d}.arrow" for i in range(shards)]
    assert summary == SplitSummary(
        12, shards, sum(p.stat().st_size for p in (tmp_path / "train").glob("*.arrow"))
    )
    assert datasets.load_from_disk(str(tmp_path))["train"]["text"][:] == ["row 0", "row 1", "row 2"] * 4


def test_a_shard_holds_its_limit_and_no_batch_more(tmp_path: Path) -> None:
    """One that has just reached it is closed, one that lacks a byte takes the next batch too."""
    with SplitWriter(tmp_path / "probe", FEATURES, shard_bytes=1 << 20) as writer:
        sizes = []
        for _ in range(2):
            writer.write(rows(3))
            sizes.append((tmp_path / "probe/part-00000").stat().st_size)
    for limit, by_shard in (
        (sizes[1], [6, 6]),
        (sizes[1] + 1, [9, 3]),
        (sizes[0] + 1, [6, 6]),
        (sizes[0], [3] * 4),
    ):
        folder = tmp_path / str(limit)
        with SplitWriter(folder, FEATURES, shard_bytes=limit) as writer:
            for _ in range(4):
                writer.write(rows(3))
            writer.finish("0123456789abcdef")
        assert list(writer.rows_by_shard.values()) == by_shard


def test_a_table_without_rows_adds_nothing(tmp_path: Path) -> None:
    """An empty batch makes no shard."""
    assert written(tmp_path, rows(0), rows(2), rows(0)).rows == 2


def test_a_split_without_rows_is_refused(tmp_path: Path) -> None:
    """The library cannot load a split without a shard, so none is written."""
    with pytest.raises(DatasetError, match="split 'train' has no rows"):
        written(tmp_path, rows(0))


NESTED = {"pairs": list_of(list_of(value("float32"), 2), 2), "units": {"AU01": value("int8")}}


@pytest.mark.parametrize(
    ("pairs", "unit", "named"),
    [
        (None, 1, "pairs"),
        ([[1.0, 2.0], None], 1, "pairs"),
        ([[1.0, 2.0], [3.0, None]], 1, "pairs"),
        ([[1.0, 2.0]] * 2, None, "units"),
    ],
    ids=["list", "pair", "number", "field of a struct"],
)
def test_null_is_refused(tmp_path: Path, pairs: object, unit: int | None, named: str) -> None:
    """PyTorch's default collation would stumble over it, however deep it lies."""
    table = pa.Table.from_pylist([{"pairs": pairs, "units": {"AU01": unit}}], arrow_schema(NESTED))
    with (
        SplitWriter(tmp_path / "train", NESTED, shard_bytes=1) as writer,
        pytest.raises(DatasetError, match=f"train: {named} holds null"),
    ):
        writer.write(table)


def test_lists_come_back_as_the_features_say(tmp_path: Path) -> None:
    """They are stated in an older word, which every version takes for the same list."""
    rows = [{"pairs": [[1.0, 2.0], [3.0, 4.0]], "units": {"AU01": 1}}]
    with SplitWriter(tmp_path / "train", NESTED, shard_bytes=1) as writer:
        writer.write(pa.Table.from_pylist(rows, arrow_schema(NESTED)))
        writer.finish("0123456789abcdef")
    write_dataset_dict(tmp_path, ["train"])
    loaded = datasets.load_from_disk(str(tmp_path))["train"]
    assert loaded.features == datasets.Features.from_dict(NESTED)
    assert loaded.to_list() == rows


def test_rows_with_other_columns_are_refused(tmp_path: Path) -> None:
    """A missing column is named."""
    with pytest.raises(DatasetError, match=r"rows do not fit the features.*label"):
        written(tmp_path, rows(2).drop_columns(["label"]))
