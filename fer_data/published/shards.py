"""Open a published dataset and read its Arrow shards, without the `datasets` library, which takes a second to import.

Opening looks at every file but the pictures' bytes: the JSON documents, the sizes and numbers of rows that
`provenance.json` states, every label and place, and the hashes that each record batch carries. Pictures are held
against their hashes when they are read, and by `fer-data verify`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.tasks import SPLITS
from fer_data.errors import DatasetError
from fer_data.published.documents import Documents, SplitDocuments, read_documents
from fer_data.published.feature_forms import arrow_schema
from fer_data.published.features import published_features
from fer_data.published.mapped_rows import REMEDY
from fer_data.shell.files.places import must_be
from fer_data.shell.shown import printable
from fer_data.shell.suggestions import did_you_mean, quoted
from fer_data.tables.batch_digests import COLUMNS, check_columns
from fer_data.tables.label_ranges import check_published_rows
from fer_data.tables.schemas import stream_batches

__all__ = [
    "REMEDY",
    "Shards",
    "are_copies",
    "check_dataset",
    "check_rows",
    "check_split",
    "checked_batches",
    "is_published",
    "open_shards",
    "read_shards",
    "shard_batches",
    "split_batches",
]

_Batch = tuple[pa.RecordBatch, dict[bytes, bytes]]
"""A record batch with its custom metadata."""

_TOGETHER = 16
"""Record batches whose rows are held against their rules at once: for each rule that takes about as long as for one."""

REQUIRED = ("image", "expression", "row_id", "subject_id", "video_id", "frame_index", "parent_id")
"""What every reader needs; `remove_columns` may have taken the others."""


@dataclass(frozen=True, slots=True)
class Shards:
    """A published dataset whose documents were checked.

    Attributes:
        folder: where it lies.
        splits: what is known of each split, train, validation and test in this order.
        classes: names of the expression classes, in label order.
        documents: what its JSON documents say.
    """

    folder: Path
    splits: dict[str, SplitDocuments]
    classes: tuple[str, ...]
    documents: Documents


def is_published(folder: Path) -> bool:
    """Say whether a folder looks like a published dataset."""
    return (folder / "dataset_dict.json").exists()


def are_copies(parents: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """Return which rows are augmented copies, by their `parent_id`: empty for an original, null in older datasets.

    >>> are_copies(pa.array(["", None, "a/00001"])).to_pylist()
    [False, False, True]
    """
    return pc.fill_null(pc.not_equal(parents, ""), fill_value=False)


def open_shards(folder: Path) -> Shards:
    """Return a published dataset, its documents, files and sizes checked; rows are checked as they are read.

    Raises:
        DatasetError: the folder is no published dataset, or a file of it is missing, damaged or of another size.
    """
    if not is_published(folder):
        raise DatasetError(must_be(folder, "a published dataset", made_by="dvc repro publish"))
    try:
        documents = read_documents(folder)
        _check_sizes(folder, documents)
    except DatasetError as error:
        raise DatasetError(f"{folder} is no published dataset, or damaged: {error} {REMEDY}") from error
    splits: dict[str, SplitDocuments] = {
        name: documents.splits[name] for name in SPLITS if name in documents.splits
    }
    return Shards(folder, splits, documents.classes, documents)


def check_dataset(folder: Path, splits: Iterable[str] = ()) -> None:
    """Refuse a folder that is no published dataset, or lacks a split, before a network is loaded; no row is read.

    Raises:
        DatasetError: it is missing, damaged, or has no such split.
    """
    shards = open_shards(folder)
    for split in splits:
        check_split(shards, split)


def check_split(shards: Shards, split: str) -> None:
    """Refuse a split that a dataset does not have.

    Raises:
        DatasetError: naming the one that may be meant, or those that are there.
    """
    if split not in shards.splits:
        raise DatasetError(
            f"{shards.folder} has no split {quoted(split)}. {did_you_mean(split, shards.splits)}"
        )


def _check_sizes(folder: Path, documents: Documents) -> None:
    for name, stated in documents.files.items():
        path = folder / name
        if not path.is_file():
            raise DatasetError(f"{path} is {'no regular file' if path.exists() else 'missing'}.")
        if path.stat().st_size != stated.size:
            raise DatasetError(
                f"{path} has {path.stat().st_size:,} bytes; provenance.json states {stated.size:,}."
            )
    if documents.files:
        for path in (path for split in documents.splits.values() for path in split.shards):
            if str(path.relative_to(folder)) not in documents.files:
                raise DatasetError(f"{path} is not listed in provenance.json.")


def read_shards(shards: Shards, split: str) -> Iterator[pa.RecordBatch]:
    """Yield a split's record batches, memory-mapped, every label and place checked; pictures are not looked at.

    Raises:
        DatasetError: the split is not there, or a shard is damaged; the message names shard and row.
    """
    for _, batch, _ in split_batches(shards, split):
        yield batch


def split_batches(
    shards: Shards, split: str, *, any_version: bool = False
) -> Iterator[tuple[Path, pa.RecordBatch, dict[bytes, bytes]]]:
    """Yield a split's record batches as `read_shards` does, each with its shard and its custom metadata.

    `any_version` admits columns of the types that another version of fer_data gave them, but those in `REQUIRED`.

    Raises:
        DatasetError: the split is not there, or a shard is damaged; the message names shard and row.
    """
    check_split(shards, split)
    for path in shards.splits[split].shards:
        yield from shard_batches(shards, split, path, any_version=any_version)


def shard_batches(
    shards: Shards, split: str, path: Path, *, any_version: bool = False
) -> Iterator[tuple[Path, pa.RecordBatch, dict[bytes, bytes]]]:
    """Yield the record batches of one shard of a split, as `split_batches` does.

    Raises:
        DatasetError: the shard is damaged; the message names shard and row.
    """
    batches = checked_batches(shards, split, path, stream_batches(path, None), any_version=any_version)
    for batch, metadata in batches:
        yield path, batch, metadata


def checked_batches(
    shards: Shards,
    split: str,
    path: Path,
    batches: Iterable[_Batch],
    *,
    trusting: bool = False,
    any_version: bool = False,
) -> Iterator[_Batch]:
    """Yield the record batches of one shard, however they are read, each once it was checked.

    `trusting` holds only those rows against what each column may be that were not written with a hash.

    Raises:
        DatasetError: the shard is damaged; the message names shard and row.
    """
    rows, sound = 0, _sound_batches(shards, split, path, batches, any_version=any_version)
    try:
        while held := list(islice(sound, 1 if trusting else _TOGETHER)):
            known = [labels for _, metadata, labels in held if not (trusting and COLUMNS in metadata)]
            if known:
                check_published_rows(pa.Table.from_batches(known), len(shards.classes), split, str(path))
            for batch, metadata, _ in held:
                rows += len(batch)
                yield batch, metadata
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} is damaged: a name in it is not UTF-8. {REMEDY}") from error
    except DatasetError as error:
        raise DatasetError(f"{error} {REMEDY}") from error
    _check_count(shards, path, rows)


def _sound_batches(
    shards: Shards, split: str, path: Path, batches: Iterable[_Batch], *, any_version: bool
) -> Iterator[tuple[pa.RecordBatch, dict[bytes, bytes], pa.RecordBatch]]:
    """Yield record batches that fit their hash with their metadata, and their columns of known types but the pictures.

    Raises:
        DatasetError: one does not, or its columns are not those of a published dataset.
    """
    expected, rows = arrow_schema(published_features(list(shards.classes))), 0
    for batch, metadata in batches:
        others = _other_columns(batch.schema, shards.splits[split].columns, expected, path)
        if not any_version or set(others) & set(REQUIRED):
            _check_version(batch.schema, others, expected, path)
        check_columns(batch, metadata, f"{path}, rows {rows} to {rows + len(batch) - 1}")
        rows += len(batch)
        yield batch, metadata, batch.drop_columns([*others, "image"])


def _other_columns(schema: pa.Schema, stated: frozenset[str], expected: pa.Schema, path: Path) -> list[str]:
    """Return the columns of a shard that are of other types than published ones; one more of a user's own is admitted.

    Raises:
        DatasetError: a column that every reader needs is missing, or others are there than are stated.
    """
    for name in REQUIRED:
        if name not in schema.names:
            raise DatasetError(f"{path} lacks the column {name!r}.")
    if set(schema.names) != stated or len(set(schema.names)) < len(schema.names):
        raise DatasetError(f"{path} has other columns than its dataset_info.json states: {schema.names}.")
    known = (field for field in schema if field.name in expected.names)
    return [field.name for field in known if field.type != expected.field(field.name).type]


def _check_version(schema: pa.Schema, others: list[str], expected: pa.Schema, path: Path) -> None:
    for name in others:
        found = printable(str(schema.field(name).type))  # a damaged file may call a unit anything
        raise DatasetError(
            f"{path}: {name} is {found}, expected {expected.field(name).type}. A dataset of another version of "
            "fer_data has other columns: publish it again."
        )


def _check_count(shards: Shards, path: Path, rows: int) -> None:
    stated = shards.documents.files.get(str(path.relative_to(shards.folder)))
    if stated is not None and stated.rows != rows:
        raise DatasetError(f"{path} has {rows} rows; provenance.json states {stated.rows}. {REMEDY}")


def check_rows(shards: Shards) -> None:
    """Hold every row of every split against its hashes and rules; pictures are not looked at.

    Raises:
        DatasetError: a shard is damaged; the message names shard and row.
    """
    for split in shards.splits:
        for _ in read_shards(shards, split):
            pass
