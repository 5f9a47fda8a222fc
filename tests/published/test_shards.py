"""Opening a published dataset notices every kind of damage, in one sentence, for every command."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fer_data.core.labels.tasks import ABAW_UNITS
from fer_data.errors import DatasetError
from fer_data.model.input_contract import InputContract
from fer_data.published.dataset import Crops, copy_mask, open_published
from fer_data.published.shards import check_rows, open_shards, read_shards, split_batches
from fer_data.replay import replay
from fer_data.stats import stats
from fer_data.tables.batch_digests import damaged_images

Document = dict[str, Any]
OPENERS = {
    "stats": stats,
    "open_published": open_published,
    "replay": lambda folder: replay(folder, "c_left/00009+1"),
}


@pytest.fixture
def copy(published: Path, tmp_path: Path) -> Path:
    """Return a copy of a published dataset, to be damaged."""
    return Path(shutil.copytree(published, tmp_path / "32"))


@pytest.mark.parametrize("opener", OPENERS)
def test_a_dataset_needs_no_gitignore(copy: Path, opener: str) -> None:
    """`dvc pull` brings none, and an upload has none: every command reads such a dataset."""
    (copy / ".gitignore").unlink()
    OPENERS[opener](copy)


def shard_of(folder: Path, split: str = "train") -> Path:
    """Return the first shard of a split."""
    return min((folder / split).glob("*.arrow"))


def without_hashes(folder: Path) -> None:
    """Take the stated files and the seal away, as in a dataset that somebody wrote anew."""
    path = folder / "provenance.json"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({k: v for k, v in document.items() if k not in {"files", "seal_sha256"}}))


def rewritten(folder: Path, column: str, value: object, row: int = 3, split: str = "train") -> None:
    """Write a split anew with one other value, as another program would: without hashes."""
    without_hashes(folder)
    with pa.ipc.open_stream(shard_of(folder, split).read_bytes()) as reader:
        table, schema = reader.read_all(), reader.schema
    values = table[column].to_pylist()
    values[row] = value
    index = schema.get_field_index(column)
    table = table.set_column(index, schema.field(index), pa.array(values, schema.field(index).type))
    with pa.ipc.new_stream(str(shard_of(folder, split)), schema) as writer:
        writer.write_table(table)


def refused(folder: Path, message: str) -> None:
    """Hold that every way of opening refuses the folder in one sentence."""
    for name, opened in OPENERS.items():
        with pytest.raises(DatasetError, match=message) as caught:
            opened(folder)
        assert "\n" not in str(caught.value), name
        assert "dvc repro publish" in str(caught.value), name


def test_a_dataset_of_an_earlier_version_is_refused(copy: Path) -> None:
    """Its units were those of one corpus; the message says that it is of another version, and what makes it anew."""
    without_hashes(copy)
    with pa.ipc.open_stream(shard_of(copy).read_bytes()) as reader:
        table = reader.read_all()
    units = table["action_units"].combine_chunks()
    kept = {name: units.field(name) for name in ABAW_UNITS}
    index = table.schema.get_field_index("action_units")
    table = table.set_column(
        index, "action_units", pa.StructArray.from_arrays(list(kept.values()), list(kept))
    )
    with pa.ipc.new_stream(str(shard_of(copy)), table.schema) as writer:
        writer.write_table(table)
    refused(copy, "action_units is struct<AU01.*A dataset of another version of fer_data has other columns")


def test_a_sound_dataset_opens(published: Path) -> None:
    """Nothing is found where nothing is wrong, with and without hashes."""
    shards = open_shards(published)
    check_rows(shards)
    assert list(shards.splits) == ["train", "validation", "test"]
    assert shards.documents.files["rows.parquet"].rows is None


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("dataset_dict.json", b"[]", "Input should be a valid dictionary"),
        ("dataset_dict.json", b"{}", "splits: Field required"),
        ("dataset_dict.json", b'{"splits": 5}', "splits: Input should be a valid list"),
        ("dataset_dict.json", b'{"splits": []}', "splits: List should have at least 1"),
        ("dataset_dict.json", b'{"splits": ["../x"]}', "splits.0: Input should be 'train'"),
        ("dataset_dict.json", b'{"splits": ["train", "train"]}', "must not repeat"),
        ("dataset_dict.json", b"\xff\x00", "not readable as JSON"),
        ("train/state.json", b"[]", "Input should be a valid dictionary"),
        ("train/state.json", b'{"_data_files": 3}', "_data_files: Input should be a valid list"),
        ("train/state.json", b'{"_data_files": []}', "_data_files: List should have at least 1"),
        ("train/state.json", b'{"_data_files": [3]}', "_data_files.0: Input should be a valid dict"),
        ("train/state.json", b'{"_data_files": [{"filename": "../../x"}]}', "must be a plain file name"),
        ("train/state.json", b'{"_data_files": [{"filename": "none.arrow"}]}', "none.arrow"),
        ("train/dataset_info.json", b"{}", "features: Field required"),
        ("train/dataset_info.json", b'{"features": {}}', "expression: Field required"),
        ("train/dataset_info.json", b'{"features": {"expression": 3}}', "expression: Input should be"),
        ("train/dataset_info.json", b'{"features": null}', "features: Input should be"),
        (
            "train/dataset_info.json",
            b'{"features": {"expression": {"names": ["a\\u001b[2J"], "_type": "ClassLabel"}}}',
            "expression.names.0: String should match pattern",
        ),
        ("balance.json", b"[]", "Input should be a valid dict"),
        ("balance.json", b'{"strategy": "none", "classes": ["Anger"]}', "must name the same classes"),
        ("provenance.json", b"[]", "Input should be a valid dict"),
        ("provenance.json", b'{"params": []}', "params: Input should be a valid dict"),
        ("provenance.json", b'{"files": {"../../etc/passwd": {}}}', "seal_sha256"),
        ("provenance.json", b"[" * 100_000, "not readable as JSON"),
    ],
)
@pytest.mark.parametrize("stated", [True, False], ids=["hashes", "no hashes"])
def test_a_damaged_document_is_refused(
    copy: Path, name: str, content: bytes, message: str, stated: bool
) -> None:
    """Lists for mappings, missing keys, foreign paths: with hashes the size tells, without them the form."""
    if not stated and name != "provenance.json":
        without_hashes(copy)
    (copy / name).write_bytes(content)
    refused(copy, f"{message}|provenance.json states" if stated else message)


def _swapped(path: Path, content: Callable[[bytes], bytes]) -> None:
    path.write_bytes(content(path.read_bytes()))


@pytest.mark.parametrize("stated", [True, False], ids=["hashes", "no hashes"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: _swapped(path, lambda data: data[: len(data) // 2]),
        lambda path: path.write_bytes(b""),
        lambda path: _swapped(path, lambda data: os.urandom(len(data))),
        lambda path: _swapped(path, lambda data: data[:2000] + b"\xff" * 600 + data[2600:]),
        lambda path: path.unlink(),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: (path.unlink(), path.mkdir()),
    ],
    ids=["cut", "empty", "random", "schema", "missing", "pipe", "folder"],
)
def test_a_damaged_shard_is_refused(copy: Path, damage: Callable[[Path], object], stated: bool) -> None:
    """The shard is named, and nothing hangs."""
    if not stated:
        without_hashes(copy)
    damage(shard_of(copy))
    refused(copy, r"data-00000-of-00001\.arrow")


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("expression", 99, "expression of row a/00004 is 99; it must be from 0 to 6, or -1 for none"),
        ("expression", -7, "expression of row a/00004 is -7"),
        ("expression", None, "expression of row a/00004 is None"),
        ("valence", 1.5, r"valence of row a/00004 is 1\.5; it must be in \[-1, 1\], or NaN for none"),
        ("arousal", float("inf"), "arousal of row a/00004 is inf"),
        ("valence", None, "valence of row a/00004 is None"),
        ("frame_index", -1, "frame_index of row a/00004 is -1"),
        ("row_id", "", "row_id of row  is ''"),
        ("subject_id", None, "subject_id of row a/00004 is None"),
    ],
)
def test_a_value_out_of_range_is_refused(copy: Path, column: str, value: object, message: str) -> None:
    """Labels that no class has are found when the dataset is opened, whoever wrote it."""
    rewritten(copy, column, value)
    refused(copy, message)


@pytest.mark.parametrize("row", [0, 20, 37], ids=["first", "between", "last"])
def test_rows_of_many_batches_are_held_against_their_rules(copy: Path, row: int) -> None:
    """Several batches are looked at together: each comes as it was written, and a wrong row of any is named."""
    without_hashes(copy)
    with pa.ipc.open_stream(shard_of(copy).read_bytes()) as reader:
        table = reader.read_all().slice(0, 38).combine_chunks()
    values = table["frame_index"].to_pylist()
    for wrong in (values[row], -1):
        values[row] = wrong
        index = table.schema.get_field_index("frame_index")
        changed = table.set_column(index, table.schema.field(index), pa.array(values, pa.int32()))
        with pa.ipc.new_stream(str(shard_of(copy)), table.schema) as writer:
            writer.write_table(changed, max_chunksize=2)
        if wrong >= 0:
            found = list(read_shards(open_shards(copy), "train"))
            assert [len(batch) for batch in found] == [2] * 19
            assert pa.Table.from_batches(found)["row_id"].equals(table["row_id"])
    refused(copy, f"frame_index of row {re.escape(table['row_id'][row].as_py())} is -1")


def older(folder: Path) -> Path:
    """Write a dataset anew as it was once written: null for an original's texts, and no hashes."""
    without_hashes(folder)
    for split in ("train", "validation", "test"):
        with pa.ipc.open_stream(shard_of(folder, split).read_bytes()) as reader:
            table = reader.read_all()
        for name in ("parent_id", "augmentation"):
            values = [text or None for text in table[name].to_pylist()]
            index = table.schema.get_field_index(name)
            table = table.set_column(index, name, pa.array(values, pa.string()))
        with pa.ipc.new_stream(str(shard_of(folder, split)), table.schema) as writer:
            writer.write_table(table)
    return folder


def test_an_older_dataset_reads_the_same(published: Path, copy: Path) -> None:
    """Null where an empty text stands now marks an original just as well, for every reader."""
    before, now = older(copy), published
    assert stats(before) == stats(now)
    parts = [open_published(folder).split("train") for folder in (before, now)]
    assert copy_mask(parts[0]).tolist() == copy_mask(parts[1]).tolist()
    assert 0 < copy_mask(parts[1]).sum() < len(parts[1])
    assert replay(before, "c_left/00009+1").bytes_equal
    with pytest.raises(DatasetError, match="is an original"):
        replay(before, "c_left/00009")


def test_a_copy_outside_training_is_refused(copy: Path) -> None:
    """Nothing is scored on copies."""
    rewritten(copy, "parent_id", "v/00001", split="validation")
    for opened in (stats, open_published):
        with pytest.raises(
            DatasetError,
            match="parent_id of row v/00004 is 'v/00001'; it must be empty outside the split train",
        ):
            opened(copy)


def test_a_missing_column_is_refused(copy: Path) -> None:
    """A dataset without its people is none of ours."""
    without_hashes(copy)
    with pa.ipc.open_stream(shard_of(copy).read_bytes()) as reader:
        table = reader.read_all().drop_columns(["subject_id"])
    with pa.ipc.new_stream(str(shard_of(copy)), table.schema) as writer:
        writer.write_table(table)
    refused(copy, "lacks the column 'subject_id'")


def test_a_shard_of_another_dataset_is_refused(copy: Path) -> None:
    """A whole and sound shard in the wrong place has another size than provenance states."""
    shutil.copyfile(shard_of(copy, "test"), shard_of(copy, "validation"))
    refused(copy, "provenance.json states")


def read_all(folder: Path) -> list[Any]:
    """Return every value and picture, each held against its hash."""
    shards, rows = open_shards(folder), []
    for split in shards.splits:
        for path, batch, metadata in split_batches(shards, split):
            if damaged := damaged_images(batch, metadata):
                raise DatasetError(f"{path}: pictures {damaged}")
            rows += batch.to_pylist()
    return rows


@pytest.fixture(scope="module")
def played_with(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy that examples may damage one after another, each from the sound bytes."""
    return Path(shutil.copytree(published, tmp_path_factory.mktemp("played") / "32"))


@given(
    share=st.floats(0, 1, exclude_max=True),
    flip=st.integers(1, 255),
    split=st.sampled_from(["train", "test"]),
)
def test_no_flipped_byte_changes_what_is_read(
    published: Path, played_with: Path, share: float, flip: int, split: str
) -> None:
    """Whatever byte of a shard is damaged: either it is found, or every value and picture is what it was."""
    sound = bytearray(shard_of(published, split).read_bytes())
    damaged = bytearray(sound)
    damaged[int(share * len(damaged))] ^= flip
    shard = shard_of(played_with, split)
    try:
        shard.with_suffix(".new").write_bytes(damaged)
        shard.with_suffix(".new").replace(shard)  # never write into what is still mapped
        try:
            found = read_all(played_with)
        except DatasetError as error:
            found = str(error)  # found, and said in one line
            assert found.splitlines() == [found]
        else:
            assert repr(found) == repr(read_all(published))
    finally:
        shutil.copyfile(shard_of(published, split), shard.with_suffix(".new"))
        shard.with_suffix(".new").replace(shard)


def test_a_damaged_picture_is_named_when_it_is_read(copy: Path) -> None:
    """Labels are sound, so the dataset opens; the picture's hash names shard and row."""
    shards = open_shards(copy)
    _, batch, _ = next(split_batches(shards, "train"))
    encoded = batch["image"].field("bytes")[5].as_py()
    shard = shard_of(copy)
    middle = len(encoded) // 2
    flipped = encoded[:middle] + bytes([encoded[middle] ^ 4]) + encoded[middle + 1 :]
    shard.write_bytes(shard.read_bytes().replace(encoded, flipped, 1))
    split = open_published(copy).split("train")
    contract = InputContract(32, "similarity", 0.0)
    Crops(split, np.array([4, 6]), contract).read([0, 1])
    with pytest.raises(
        DatasetError, match=r"train/data-.*arrow: the picture of row 5 \(a/00006\) cannot be read"
    ):
        Crops(split, np.array([4, 5]), contract).read([0, 1])
