"""`data/faces` as every later stage reads it: classes, and the rows of one series at a time.

A folder is that of one source (`data/faces/sample`), or the one in which the folders of all sources lie; their rows
are then read one source after another, in the order of their names.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fer_data.core.labels.rows import RowState
from fer_data.errors import DatasetError
from fer_data.tables.corpus_classes import check_class_map, joined_labels
from fer_data.tables.label_fields import LABEL_METADATA
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
    "iterate_rows",
    "metadata",
    "num_rows",
    "per_series",
]

_OF_ALL = (*LABEL_METADATA, "action_units", "origin", "detector")
"""What the metadata of several sources' rows say together; the rest is of each."""


def metadata(faces: Path, schema: pa.Schema = FACE_ROWS) -> dict[str, str]:
    """Return the metadata of a folder's rows, such as `classes` and `detector`; of several sources what holds of all.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema; two sources have other classes.
    """
    folders = source_folders(faces)
    stated = [read_metadata(folder / ROWS_FILE, schema) for folder in folders]
    if len(stated) == 1:
        return stated[0]
    detectors = [one["detector"] for one in stated if "detector" in one and not _is_given(one)]
    found = {**stated[0], **joined_labels(folders, stated), **joined_origin(stated).metadata()}
    found |= {"detector": detectors[0]} if detectors else {}
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


def per_series(faces: Path, columns: list[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
    """Yield every series' rows, or some of their columns, one series in memory at a time.

    Raises:
        DatasetError: a table is missing, damaged, of another schema, or a series' rows are not together.
    """
    seen: set[str] = set()
    held: list[pa.Table] = []
    for table in iterate_rows(faces, columns):
        for piece in _runs(table):
            if held and _series(held[0]) != _series(piece):
                yield _whole(held, seen)
                held = []
            held.append(piece)
    if held:
        yield _whole(held, seen)


def iterate_rows(faces: Path, columns: list[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of every source, or some of their columns, some thousand at a time.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema.
    """
    for folder in source_folders(faces):
        yield from iterate_table(folder / ROWS_FILE, FACE_ROWS, columns)


def _runs(table: pa.Table) -> Iterator[pa.Table]:
    ends = pc.run_end_encode(table["series_id"].combine_chunks()).run_ends.to_pylist() if len(table) else []
    for start, end in zip([0, *ends], ends, strict=False):
        yield table.slice(start, end - start)


def _series(table: pa.Table) -> str:
    return str(table["series_id"][0].as_py())


def _whole(pieces: list[pa.Table], seen: set[str]) -> tuple[str, pa.Table]:
    series = _series(pieces[0])
    if series in seen:
        raise DatasetError(
            f"The rows of series {series!r} must stand together. Run `dvc repro align` to rebuild."
        )
    seen.add(series)
    return series, compact(pa.concat_tables(pieces))


def check_disjoint(faces: Path) -> None:
    """Refuse sources of which two have a subject, a video or a series of the same id, or that a class map does not fit.

    Raises:
        DatasetError: two sources share an id, no source has a class that dataset.class_map names, or a table is missing
            or damaged.
    """
    check_class_map(metadata(faces))
    folders = source_folders(faces)
    for name in ("subject_id", "video_id", "series_id") if len(folders) > 1 else ():
        known: list[tuple[Path, pa.Array]] = []
        for folder in folders:
            own = unique_values(folder, name)
            for other, theirs in known:
                shared = own.filter(pc.is_in(own, theirs))
                if len(shared):
                    raise DatasetError(
                        f"{name} {shared[0].as_py()!r} is in source {other.name} and in source {folder.name}. Give one "
                        f"of them a prefix that keeps their ids apart: sources.{folder.name}.prefix."
                    )
            known.append((folder, own))


def unique_values(faces: Path, column: str) -> pa.Array:
    """Return the values of a text column, each once, in the order in which they first stand there."""
    found = [pc.unique(table[column]) for table in iterate_rows(faces, [column])]
    return pc.unique(pa.chunked_array(found, pa.string()))
