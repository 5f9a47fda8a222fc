"""The rows of every series of `data/faces`, with the split that a published dataset gives each of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.labels.published_splits import NEAR_DUPLICATE, RowPlaces, SplitCodes, published_splits
from fer_data.core.labels.tasks import SPLITS, TASKS, split_column
from fer_data.tables.face_rows import corpora, iterate_rows, per_series

__all__ = ["PLACE_COLUMNS", "PublishedSeries", "published_series", "row_places", "row_splits"]

PLACE_COLUMNS = ["subject_id", "video_id", *map(split_column, TASKS)]
"""What says whom and what a row shows, and where each task puts it."""


@dataclass(frozen=True, slots=True, eq=False)
class PublishedSeries:
    """One series.

    Attributes:
        series_id: its name, that of its file of crops.
        corpus: the name of its source.
        rows: in the order of the table.
        splits: (n,) the split of each in a published dataset, as `published_splits` gives it.
    """

    series_id: str
    corpus: str
    rows: pa.Table
    splits: SplitCodes

    def places(self, split: str) -> Int64:
        """Return the places of the rows that are published in a split."""
        return np.flatnonzero(self.splits == SPLITS.index(split))


def row_splits(faces: Path, task: str, leaving: pa.Array | None = None) -> SplitCodes:
    """Return the split of every row in a dataset made for `task`, in the order of the tables: one byte a row.

    `leaving` are the ids of training rows that are near-duplicates of others.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema.
    """
    found = published_splits(row_places(iterate_rows(faces, PLACE_COLUMNS)), task)
    if leaving is not None and len(leaving):
        gone = [pc.is_in(table["row_id"], leaving).to_numpy() for table in iterate_rows(faces, ["row_id"])]
        found[np.concatenate(gone) & (found == SPLITS.index("train"))] = NEAR_DUPLICATE
    return found


def row_places(tables: Iterable[pa.Table]) -> RowPlaces:
    """Return whom and what all rows show, and where each task puts them, from tables with `PLACE_COLUMNS`."""
    names: dict[str, list[pa.Array]] = {"subject_id": [], "video_id": []}
    splits: dict[str, list[SplitCodes]] = {task: [np.zeros(0, np.int8)] for task in TASKS}
    for table in tables:
        for name, parts in names.items():
            parts.append(pc.dictionary_encode(table[name].combine_chunks()))
        for task, codes in splits.items():
            codes.append(_codes(table[split_column(task)]))
    by_task = {task: np.concatenate(codes) for task, codes in splits.items()}
    return RowPlaces(_numbers(names["subject_id"]), _numbers(names["video_id"]), by_task)


def _codes(splits: pa.ChunkedArray) -> SplitCodes:
    places = pc.fill_null(pc.index_in(splits, value_set=pa.array(SPLITS)), -1)
    return np.asarray(places.cast(pa.int8()).to_numpy())


def _numbers(parts: list[pa.DictionaryArray]) -> NDArray[np.int32]:
    """Return the number of each name: equal ones have one, whichever part they stand in."""
    joined = pa.chunked_array(parts, pa.dictionary(pa.int32(), pa.string())).unify_dictionaries()
    return np.concatenate([np.zeros(0, np.int32), *(part.indices.to_numpy() for part in joined.chunks)])


def corpora_of_rows(faces: Path, columns: list[str]) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of every source, some thousand at a time, in the order of `iterate_rows`, with its name.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema.
    """
    for corpus, folder in corpora(faces).items():
        for table in iterate_rows(folder, columns):
            yield corpus, table


def published_series(
    faces: Path, splits: SplitCodes, columns: list[str] | None = None
) -> Iterator[PublishedSeries]:
    """Yield every series, one in memory at a time; `splits` are those of `row_splits`.

    Raises:
        DatasetError: a table is missing, damaged, or of another schema.
    """
    first = 0
    for corpus, folder in corpora(faces).items():
        for series_id, rows in per_series(folder, columns):
            yield PublishedSeries(series_id, corpus, rows, splits[first : first + len(rows)])
            first += len(rows)
