"""A published dataset as Parquet: the same rows, features and pictures, one file a shard."""

import shutil
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fer_data.errors import DatasetError
from fer_data.published.content import column_bytes
from fer_data.published.parquet import parquet_files, write_parquet
from fer_data.published.shards import open_shards


def as_bytes(dataset: datasets.Dataset) -> dict[str, bytes]:
    """Return every column of a split as bytes in which NaN is NaN."""
    table = dataset.with_format("arrow")[:].combine_chunks()
    (batch,) = table.drop_columns(["image"]).to_batches()
    pictures = table["image"].combine_chunks().field("bytes").to_pylist()
    return {
        **{name: bytes(found) for name, found in column_bytes(batch).items()},
        "image": b"".join(pictures),
    }


def test_datasets_reads_the_same_back(published: Path, tmp_path: Path) -> None:
    """Every value, picture and feature of every split is that of `load_from_disk`."""
    shards = open_shards(published)
    files: dict[str, list[str]] = {}
    for file in parquet_files(shards):
        rows = write_parquet(shards, file, tmp_path)
        assert rows == pq.read_metadata(tmp_path / file.name).num_rows
        files.setdefault(file.split, []).append(str(tmp_path / file.name))
    read = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))
    known = datasets.load_from_disk(str(published))
    assert list(read) == list(known)
    for split in known:
        assert read[split].features == known[split].features
        assert as_bytes(read[split]) == as_bytes(known[split])


def test_a_shard_makes_the_same_file_each_time(published: Path, tmp_path: Path) -> None:
    """Whoever was stopped writes the file that is missing, and it is what it would have been."""
    shards = open_shards(published)
    file = parquet_files(shards)[0]
    for folder in ("a", "b"):
        write_parquet(shards, file, tmp_path / folder)
    assert file.name == "data/train-00000-of-00001.parquet"
    assert (tmp_path / "a" / file.name).read_bytes() == (tmp_path / "b" / file.name).read_bytes()


def test_a_damaged_picture_is_named(published: Path, tmp_path: Path) -> None:
    """It goes into no file that others then believe."""
    copy = Path(shutil.copytree(published, tmp_path / "32"))
    shard = min((copy / "train").glob("*.arrow"))
    data = bytearray(shard.read_bytes())
    with pa.ipc.open_stream(bytes(data)) as reader:
        picture = reader.read_next_batch()["image"].field("bytes")[3].as_py()
    data[data.index(picture) + len(picture) // 2] ^= 1
    shard.write_bytes(data)
    shards = open_shards(copy)
    with pytest.raises(DatasetError, match=r"the picture of row \S+ was altered or damaged"):
        write_parquet(shards, parquet_files(shards)[0], tmp_path)
