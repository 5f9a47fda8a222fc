"""The schemas of our tables, and reading and writing them with every column checked."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fer_data.core.labels.tasks import TASKS, split_column
from fer_data.errors import DatasetError
from fer_data.shell.files.atomic import atomic_file
from fer_data.shell.files.sealed import SEAL
from fer_data.tables.batch_digests import check_columns, check_images, stamp
from fer_data.tables.label_fields import detail_fields, label_fields
from fer_data.tables.label_ranges import check_table_rows
from fer_data.tables.table_seal import is_sound, marked, seal_of, stated_metadata

__all__ = [
    "COPIES",
    "CROPS",
    "FACE_ROWS",
    "PLAN",
    "PREDICTIONS",
    "ROWS",
    "VARIANT",
    "VIDEOS",
    "check_batch",
    "compact",
    "iterate_table",
    "read_arrow",
    "read_metadata",
    "read_table",
    "readable",
    "row_count",
    "stream_batches",
    "table_writer",
    "write_arrow",
    "write_table",
]


def _required(kind: pa.DataType, *names: str) -> list[pa.Field]:
    """Return columns of one type that are never null."""
    return [pa.field(name, kind, nullable=False) for name in names]


def _nullable(kind: pa.DataType, *names: str) -> list[pa.Field]:
    """Return columns of one type that are null where there is no value."""
    return [pa.field(name, kind) for name in names]


_BOX = pa.list_(pa.float32(), 4)
_LANDMARKS = pa.list_(pa.list_(pa.float32(), 2), 5)

VIDEOS = pa.schema(
    [
        *_required(pa.string(), "video_id", "path", "content_hash"),
        *_required(pa.int32(), "width", "height"),
        *_required(pa.float64(), "fps"),
        *_required(pa.int64(), "num_packets"),
        *_required(pa.string(), "codec"),
        *_required(pa.bool_(), "variable_frame_rate"),
    ]
)
"""`data/catalog/videos.parquet`, sorted by video_id; paths are relative to the corpus root."""

ROWS = pa.schema(
    [
        *_required(pa.string(), "row_id", "series_id", "subject_id", "video_id", "side"),
        *_nullable(pa.string(), *(split_column(task) for task in TASKS)),
        *_required(pa.int32(), "frame_index"),
        *label_fields(classes=pa.int8()),
        *detail_fields(),
    ]
)
"""`data/catalog/rows.parquet`, the rows of a series together; metadata `classes` holds the class names. A series is one
person in one video, its rows sorted by frame_index, or some thousand pictures of one split, sorted by path: what one
file of crops holds. A subject may have many videos and many series, and a series of pictures many subjects."""

_FACE_FIELDS = [
    *_nullable(pa.float64(), "pts_seconds"),
    *_nullable(_BOX, "box"),
    *_nullable(_LANDMARKS, "landmarks"),
    *_nullable(pa.float32(), "detector_score"),
    *_nullable(pa.int32(), "track_id"),
    *_nullable(pa.float32(), "sharpness", "brightness"),
    *_nullable(pa.float32(), "face_blur", "face_brightness", "face_contrast", "outside_fraction"),
    *_nullable(pa.int32(), "native_px"),
    *_nullable(pa.int64(), "perceptual_hash"),
]

FACE_ROWS = pa.schema([*ROWS, *_required(pa.string(), "state"), *_FACE_FIELDS])
"""`data/faces/rows.parquet`: the catalog's columns, the final state, and the face's columns (null without a face)."""

CROPS = pa.schema(
    [
        *_required(pa.string(), "row_id"),
        *_required(pa.int32(), "frame_index"),
        *_required(pa.binary(), "image"),
        *_FACE_FIELDS,
    ]
)
"""`data/faces/<series>.arrow`: encoded base crops in the order of the series' rows."""

_PIXELS = _required(pa.binary(32), "pixels_sha256")

VARIANT = pa.schema([*_required(pa.string(), "row_id"), *_required(pa.binary(), "image"), *_PIXELS])
"""`data/multires/PX/<series>.arrow`: encoded crops of one resolution, with the SHA-256 of the pixels they decode to;
metadata `chain` says how they were made."""

PLAN = pa.schema(
    [
        *_required(pa.string(), "parent_id", "series_id", "subject_id"),
        *_required(pa.int32(), "copy"),
        *_required(pa.int64(), "seed"),
    ]
)
"""`data/balanced/PX/plan.parquet`: which train rows get which copies; the same at every resolution."""

COPIES = pa.schema(
    [
        *_required(pa.string(), "row_id", "parent_id"),
        *_required(pa.binary(), "image"),
        *_required(pa.string(), "augmentation"),
        *_PIXELS,
    ]
)
"""`data/balanced/PX/<series>.arrow`: rendered copies, with the same; row_id is `<parent_id>+<copy>`."""

PREDICTIONS = pa.schema(
    [
        *_required(pa.string(), "row_id", "subject_id", "video_id"),
        *_required(pa.int32(), "frame_index", "resolution"),
        *_required(pa.int8(), "expression", "predicted"),
        *_required(pa.string(), "source"),
        *_nullable(pa.list_(pa.float32()), "logits"),
    ]
)
"""`reports/evaluation/predictions.parquet`: source is `model` (the only one with logits), `nearest` or
`most_frequent`."""


def compact(table: pa.Table) -> pa.Table:
    """Return a table whose columns begin at their own first value, not inside of larger ones.

    pyarrow 26 filters and takes wrong values out of slices of nested lists of a fixed size, which landmarks are.
    """
    batch = table.combine_chunks().to_batches()
    return pa.Table.from_batches(
        [pa.ipc.read_record_batch(b.serialize(), table.schema) for b in batch], table.schema
    )


def _metadata(schema: pa.Schema, metadata: dict[str, str] | None) -> pa.Schema:
    return schema.with_metadata(metadata) if metadata else schema


def _in_parquet(schema: pa.Schema) -> pa.Schema:
    """Return a schema as Parquet files have it: lists of a fixed size as plain lists.

    No pyarrow before 26 reads a null list of a fixed size back ("Expected all lists to be of size=4").
    """
    return pa.schema([field.with_type(_unfixed(field.type)) for field in schema], schema.metadata)


def _unfixed(kind: pa.DataType) -> pa.DataType:
    return pa.list_(_unfixed(kind.value_type)) if pa.types.is_fixed_size_list(kind) else kind


def _stored(table: pa.Table) -> pa.Table:
    """Return a table as Parquet files have it; taking every row gives null lists no length, as older writers ask."""
    kinds = _in_parquet(table.schema)
    return table if kinds.equals(table.schema) else table.cast(kinds).take(pa.array(np.arange(len(table))))


def _restored(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table of a Parquet file with the types of its schema and the metadata that it was written with."""
    own = pa.schema([schema.field(name) for name in table.column_names])
    stated = {key: value for key, value in (table.schema.metadata or {}).items() if key != SEAL.encode()}
    return table.cast(own.with_metadata(stated or None))


def write_table(
    path: Path, tables: Iterable[pa.Table], schema: pa.Schema, metadata: dict[str, str] | None = None
) -> None:
    """Write tables one after another as one Parquet file, atomically; no table makes a file without rows.

    The columns are put in the schema's order and cast to its types. Pages carry checksums, and the file a hash of its
    metadata and number of rows, so that damage is noticed when it is read.

    Raises:
        DatasetError: a table lacks a column of the schema or holds a value that does not fit it.
    """
    with table_writer(path, schema, metadata) as write:
        for table in tables:
            write(table)


@contextmanager
def table_writer(
    path: Path, schema: pa.Schema, metadata: dict[str, str] | None = None
) -> Iterator[Callable[[pa.Table], None]]:
    """Give what writes one more table into a Parquet file, as `write_table` does; where it ends early no file is left.

    Raises:
        DatasetError: a table lacks a column of the schema or holds a value that does not fit it.
    """
    rows = 0

    def write(table: pa.Table) -> None:
        nonlocal rows
        writer.write_table(_stored(_conform(table, schema, path)).replace_schema_metadata(metadata))
        rows += len(table)

    with (
        atomic_file(path) as temporary,
        pq.ParquetWriter(
            temporary,
            marked(_metadata(_in_parquet(schema), metadata)),
            compression="zstd",
            write_page_checksum=True,
        ) as writer,
    ):
        yield write
        writer.add_key_value_metadata({SEAL: seal_of(metadata or {}, rows)})


def write_arrow(
    path: Path, tables: Iterable[pa.Table], schema: pa.Schema, metadata: dict[str, str] | None = None
) -> None:
    """Write tables one after another as one Arrow IPC stream, atomically, each batch with the hashes of its rows.

    Raises:
        DatasetError: a table lacks a column of the schema or holds a value that does not fit it.
    """
    with (
        atomic_file(path) as temporary,
        pa.OSFile(str(temporary), "wb") as sink,
        pa.ipc.new_stream(sink, _metadata(schema, metadata)) as writer,
    ):
        for table in tables:
            for batch in _conform(table, schema, path).replace_schema_metadata(metadata).to_batches():
                writer.write_batch(batch, custom_metadata=stamp(batch, together="image" in schema.names))


def _conform(table: pa.Table, schema: pa.Schema, path: Path) -> pa.Table:
    try:
        return table.select(schema.names).cast(schema.remove_metadata())
    except (KeyError, pa.ArrowInvalid, ValueError) as error:
        raise DatasetError(f"{path.name}: the table does not fit its schema: {error}.") from error


@contextmanager
def readable(path: Path, remedy: str = "Run `dvc repro` to build it.") -> Iterator[None]:
    """Turn every way in which a missing or damaged table fails into one sentence that names the file.

    Raises:
        DatasetError: the path is no regular file, or what is done inside fails for what it holds.
    """
    if not path.is_file():
        kind = "it is no regular file" if path.exists() else "it does not exist"
        raise DatasetError(f"{path} cannot be read: {kind}. {remedy}")
    try:
        yield
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DatasetError(f"{path} cannot be read: {reason}. {_mend(path, remedy)}") from error


def _mend(path: Path, remedy: str) -> str:
    return f"`fer-data verify {path}` says what is damaged. {remedy}"


def read_table(path: Path, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file of the given schema, or some of its columns.

    Raises:
        DatasetError: the file is missing, damaged, or of another schema.
    """
    with readable(path), _opened(path, schema) as file:
        table = _restored(file.read(columns=columns).combine_chunks(), schema)  # see `compact`
        _check_rows(table, schema, file, path)
        return table


def iterate_table(
    path: Path, schema: pa.Schema, columns: list[str] | None = None, *, batch_rows: int = 65_536
) -> Iterator[pa.Table]:
    """Yield the rows of a Parquet file of the given schema, or some of its columns, `batch_rows` at a time.

    Raises:
        DatasetError: the file is missing, damaged, or of another schema.
    """
    with readable(path), _opened(path, schema) as file:
        for batch in file.iter_batches(batch_size=batch_rows, columns=columns):
            table = _restored(pa.Table.from_batches([batch]), schema)
            _check_rows(table, schema, file, path)
            yield table


def _check_rows(rows: pa.Table, schema: pa.Schema, file: pq.ParquetFile, path: Path) -> None:
    rows.validate(full=True)
    if schema in (ROWS, FACE_ROWS):
        check_table_rows(rows, _class_count(file), str(path))


def _class_count(file: pq.ParquetFile) -> int | None:
    try:
        names = json.loads(stated_metadata(file).get("classes", "null"))
    except ValueError:
        return None
    return len(names) if isinstance(names, list) and names else None


def read_metadata(path: Path, schema: pa.Schema) -> dict[str, str]:
    """Return the metadata that a Parquet file of the given schema was written with.

    Raises:
        DatasetError: the file is missing, damaged, or of another schema.
    """
    with readable(path), _opened(path, schema) as file:
        return stated_metadata(file)


def row_count(path: Path) -> int:
    """Return how many rows a Parquet file states.

    Raises:
        DatasetError: the file is missing or damaged.
    """
    with readable(path):
        return int(pq.read_metadata(path).num_rows)


@contextmanager
def _opened(path: Path, schema: pa.Schema) -> Iterator[pq.ParquetFile]:
    with pq.ParquetFile(path, page_checksum_verification=True) as file:
        _check_schema(file.schema_arrow, _in_parquet(schema), path)
        if not is_sound(file):
            raise DatasetError(
                f"{path} was altered or damaged: its metadata and rows do not fit their hash. "
                f"{_mend(path, 'Run `dvc repro` to rebuild it.')}"
            )
        yield file


def read_arrow(path: Path, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the record batches of an Arrow IPC stream of the given schema, each held against its hashes.

    Raises:
        DatasetError: the file is missing, damaged, or of another schema; a damaged picture is named by its row.
    """
    first = 0
    for batch, metadata in stream_batches(path, schema):
        check_batch(path, first, batch, metadata)
        first += len(batch)
        yield batch


def check_batch(path: Path, first: int, batch: pa.RecordBatch, metadata: Mapping[bytes, bytes]) -> None:
    """Hold a batch of a stream, whose first row has the number `first` there, against the hashes in its metadata.

    Raises:
        DatasetError: it is damaged; a damaged picture is named by its row.
    """
    location = f"{path}, rows {first} to {first + len(batch) - 1}"
    try:
        check_columns(batch, metadata, location)
        check_images(batch, metadata, str(path))
    except DatasetError as error:
        raise DatasetError(f"{error} {_mend(path, 'Run `dvc repro` to rebuild it.')}") from error


def stream_batches(
    path: Path, schema: pa.Schema | None
) -> Iterator[tuple[pa.RecordBatch, dict[bytes, bytes]]]:
    """Yield a stream's record batches with their custom metadata, memory-mapped: what is not looked at is not read.

    Raises:
        DatasetError: the file is missing, cut short, no Arrow stream, or of another schema (None: any).
    """
    with readable(path), pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        if schema is not None:
            _check_schema(reader.schema, schema, path)
        for found in reader.iter_batches_with_custom_metadata():
            yield found.batch, dict(found.custom_metadata or {})


def _check_schema(stored: pa.Schema, expected: pa.Schema, path: Path) -> None:
    if not stored.remove_metadata().equals(expected.remove_metadata()):
        raise DatasetError(
            f"{path} has columns {stored.names}, expected {expected.names} with their types. "
            "It was made by another version of fer_data; run `dvc repro` to rebuild it."
        )
