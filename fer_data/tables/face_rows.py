"""`data/faces/rows.parquet` as every later stage reads it: its classes, its subjects, one subject at a time."""

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_data.core.labels.published_splits import SubjectSplits
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import TASKS, split_column
from fer_data.errors import DatasetError
from fer_data.tables.schemas import FACE_ROWS, compact, iterate_table, read_metadata, readable

__all__ = [
    "all_given",
    "class_names",
    "has_crop",
    "is_given",
    "metadata",
    "num_rows",
    "per_subject",
    "subject_splits",
]

FILE = "rows.parquet"


def metadata(faces: Path, schema: pa.Schema = FACE_ROWS) -> dict[str, str]:
    """Return the metadata of a folder's table of rows, such as `classes` and `detector`.

    Raises:
        DatasetError: the table is missing, damaged, or of another schema.
    """
    return read_metadata(faces / FILE, schema)


def class_names(faces: Path, schema: pa.Schema = FACE_ROWS) -> list[str]:
    """Return the names of the expression classes, in label order.

    Raises:
        DatasetError: the table is missing, damaged, or names no classes.
    """
    try:
        names = json.loads(metadata(faces, schema).get("classes", "[]"))
    except ValueError:
        names = None
    if not names or not isinstance(names, list):
        raise DatasetError(f"{faces / FILE} names no classes in its metadata. Run `dvc repro` to rebuild it.")
    return [str(name) for name in names]


def num_rows(faces: Path) -> int:
    """Return how many rows a folder's table has.

    Raises:
        DatasetError: the table is missing or damaged.
    """
    with readable(faces / FILE):
        return int(pq.read_metadata(faces / FILE).num_rows)


def has_crop(rows: pa.Table) -> pa.ChunkedArray:
    """Return which rows have a crop that is published: kept ones, and unlabelled ones that were cropped.

    Rows left out for poor quality or redundancy may have a crop, which no later stage needs.
    """
    kept = pc.equal(rows["state"], str(RowState.KEPT))
    unlabelled = pc.equal(rows["state"], str(RowState.UNLABELLED))
    return pc.or_(kept, pc.and_(unlabelled, pc.is_valid(rows["box"])))


def is_given(rows: pa.Table) -> pa.ChunkedArray:
    """Return which rows have a crop that was given: it has a box, and nobody was detected."""
    return pc.and_(pc.is_valid(rows["box"]), pc.is_null(rows["detector_score"]))


def all_given(faces: Path) -> bool:
    """Say whether `align` made no crop itself, so that given ones lie there as they are.

    Raises:
        DatasetError: the table is missing, damaged, or of another schema.
    """
    detector = json.loads(metadata(faces).get("detector", "{}"))
    return bool(detector) and detector["name"] is None


def subject_splits(faces: Path) -> list[SubjectSplits]:
    """Return where each task puts each subject, in the order of the table.

    Raises:
        DatasetError: the table is missing, damaged, or of another schema.
    """
    columns = ["subject_id", "video_id", *map(split_column, TASKS)]
    found: dict[tuple[str, ...], None] = {}
    for table in iterate_table(
        faces / FILE, FACE_ROWS, columns
    ):  # a run of rows a subject: few of them differ
        rows = table.group_by(columns, use_threads=False).aggregate([])
        found |= dict.fromkeys(zip(*(rows[name].to_pylist() for name in columns), strict=True))
    return [
        SubjectSplits(subject, video, dict(zip(TASKS, splits, strict=True)))
        for subject, video, *splits in found
    ]


def per_subject(faces: Path, columns: list[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
    """Yield every subject's rows, or some of their columns, one subject in memory at a time.

    Raises:
        DatasetError: the table is missing, damaged, of another schema, or a subject's rows are not together.
    """
    seen: set[str] = set()
    held: list[pa.Table] = []
    for table in iterate_table(faces / FILE, FACE_ROWS, columns):
        for piece in _runs(table):
            if held and _subject(held[0]) != _subject(piece):
                yield _whole(held, seen)
                held = []
            held.append(piece)
    if held:
        yield _whole(held, seen)


def _runs(table: pa.Table) -> Iterator[pa.Table]:
    ends = pc.run_end_encode(table["subject_id"].combine_chunks()).run_ends.to_pylist() if len(table) else []
    for start, end in zip([0, *ends], ends, strict=False):
        yield table.slice(start, end - start)


def _subject(table: pa.Table) -> str:
    return str(table["subject_id"][0].as_py())


def _whole(pieces: list[pa.Table], seen: set[str]) -> tuple[str, pa.Table]:
    subject = _subject(pieces[0])
    if subject in seen:
        raise DatasetError(
            f"The rows of subject {subject!r} must stand together. Run `dvc repro align` to rebuild."
        )
    seen.add(subject)
    return subject, compact(pa.concat_tables(pieces))
