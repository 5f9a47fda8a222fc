"""`data/faces` as every later stage reads it: classes, subjects, and the rows of one subject at a time.

A folder is that of one source (`data/faces/sample`), or the one in which the folders of all sources lie; their rows
are then read one source after another, in the order of their names.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_data.core.labels.published_splits import SubjectSplits
from fer_data.core.labels.rows import RowState
from fer_data.core.labels.tasks import TASKS, split_column
from fer_data.errors import DatasetError
from fer_data.tables.origin import joined_origin, source_name
from fer_data.tables.schemas import FACE_ROWS, compact, iterate_table, read_metadata, readable
from fer_data.tables.source_folders import ROWS_FILE, source_folders

__all__ = [
    "all_given",
    "check_disjoint",
    "class_names",
    "corpora",
    "has_crop",
    "is_given",
    "metadata",
    "num_rows",
    "per_subject",
    "subject_splits",
]
_OF_ALL = ("classes", "action_units", "origin", "detector")
"""What the metadata of several sources' rows say together; the rest is of each."""


def metadata(faces: Path, schema: pa.Schema = FACE_ROWS) -> dict[str, str]:
    """Return the metadata of a folder's rows, such as `classes` and `detector`; of several sources what holds of all.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema; two sources have other classes.
    """
    folders = source_folders(faces)
    stated = [read_metadata(folder / ROWS_FILE, schema) for folder in folders]
    first = stated[0]
    for folder, other in zip(folders, stated, strict=True):
        if other.get("classes") != first.get("classes"):
            raise DatasetError(
                f"{folder} has the expression classes {other.get('classes')}, but {folders[0]} has "
                f"{first.get('classes')}. Set dataset.classes to seven, which all have."
            )
    if len(stated) == 1:
        return first
    detectors = [one["detector"] for one in stated if "detector" in one and not _is_given(one)]
    found = {**first, **joined_origin(stated).metadata(), **({"detector": detectors[0]} if detectors else {})}
    return {key: value for key, value in found.items() if key in _OF_ALL}


def corpora(faces: Path) -> dict[str, Path]:
    """Return the folder of each source by its name, in order.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema.
    """
    folders = source_folders(faces)
    return {source_name(read_metadata(folder / ROWS_FILE, FACE_ROWS)): folder for folder in folders}


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
        raise DatasetError(f"{faces} names no classes in its metadata. Run `dvc repro` to rebuild it.")
    return [str(name) for name in names]


def num_rows(faces: Path) -> int:
    """Return how many rows a folder has.

    Raises:
        DatasetError: a table is missing or damaged.
    """
    return sum(_num_rows(folder / ROWS_FILE) for folder in source_folders(faces))


def _num_rows(path: Path) -> int:
    with readable(path):
        return int(pq.read_metadata(path).num_rows)


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
    """Say whether `align` made no crop of one source itself, so that given ones lie there as they are.

    Raises:
        DatasetError: the table is missing, damaged, or of another schema.
    """
    return _is_given(read_metadata(faces / ROWS_FILE, FACE_ROWS))


def _is_given(stated: Mapping[str, str]) -> bool:
    detector = json.loads(stated.get("detector", "{}"))
    return bool(detector) and detector["name"] is None


def subject_splits(faces: Path) -> list[SubjectSplits]:
    """Return where each task puts each subject, in the order of the table.

    Raises:
        DatasetError: the table is missing, damaged, or of another schema.
    """
    columns = ["subject_id", "video_id", *map(split_column, TASKS)]
    found: dict[tuple[str, ...], None] = {}
    for table in _tables(faces, columns):  # a run of rows a subject: few of them differ
        rows = table.group_by(columns, use_threads=False).aggregate([])
        found |= dict.fromkeys(zip(*(rows[name].to_pylist() for name in columns), strict=True))
    return [
        SubjectSplits(subject, video, dict(zip(TASKS, splits, strict=True)))
        for subject, video, *splits in found
    ]


def per_subject(faces: Path, columns: list[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
    """Yield every subject's rows, or some of their columns, one subject in memory at a time.

    Raises:
        DatasetError: a table is missing, damaged, of another schema, or a subject's rows are not together.
    """
    seen: set[str] = set()
    held: list[pa.Table] = []
    for table in _tables(faces, columns):
        for piece in _runs(table):
            if held and _subject(held[0]) != _subject(piece):
                yield _whole(held, seen)
                held = []
            held.append(piece)
    if held:
        yield _whole(held, seen)


def _tables(faces: Path, columns: list[str] | None) -> Iterator[pa.Table]:
    """Yield the rows of every source, or some of their columns, some thousand at a time."""
    for folder in source_folders(faces):
        yield from iterate_table(folder / ROWS_FILE, FACE_ROWS, columns)


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


def check_disjoint(faces: Path) -> None:
    """Refuse sources of which two have a subject or a video of the same id; rows are called after subjects.

    Raises:
        DatasetError: two sources share an id, or a table is missing or damaged.
    """
    first: dict[tuple[str, str], Path] = {}
    folders = source_folders(faces)
    for folder in folders if len(folders) > 1 else ():
        for subject in subject_splits(folder):
            for named in (("subject_id", subject.subject_id), ("video_id", subject.video_id)):
                other = first.setdefault(named, folder)
                if other != folder:
                    raise DatasetError(
                        f"{named[0]} {named[1]!r} is in source {other.name} and in source {folder.name}. Give one of "
                        f"them a prefix that keeps their ids apart: sources.{folder.name}.prefix."
                    )
