"""The batches of a dataset out of blocks of rows, and the rows of `rows.parquet` beside them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Int64
from fer_data.core.labels.published_splits import LEFT_OUT, NEAR_DUPLICATE
from fer_data.core.labels.tasks import SPLITS
from fer_data.errors import DatasetError
from fer_data.publish.batches import PublishedBatch, SeriesRows, batch_makers
from fer_data.publish.hf_writer import fitted
from fer_data.publish.row_blocks import RowBlock
from fer_data.publish.row_labels import is_of_task, lost_labels, series_labels, split_names
from fer_data.publish.stored_images import StoredImages, open_images
from fer_data.published.feature_forms import Features, arrow_schema
from fer_data.published.features import published_rows
from fer_data.tables.face_rows import has_crop
from fer_data.tables.near_duplicates import NearDuplicates
from fer_data.tables.same_person import ConfirmedPeople
from fer_data.tables.schemas import COPIES, VARIANT

__all__ = ["BlockBatches", "SplitPart"]

_BATCH_ROWS, _LARGE_PX = 256, 256
"""Rows of a record batch at this side in px; smaller pictures come in as many more."""


@dataclass(frozen=True, slots=True, eq=False)
class SplitPart:
    """The rows of a block that are published in one split.

    Attributes:
        split: its name.
        corpus: of all of them.
        rows: of the faces' table.
        columns: of the same rows in a dataset, but for the pictures.
        makers: what makes each of their batches.
    """

    split: str
    corpus: str
    rows: pa.Table
    columns: pa.RecordBatch
    makers: Iterator[Callable[[], PublishedBatch]]


@dataclass(frozen=True, eq=False)
class BlockBatches:
    """What batches are made from, and what is counted of all rows on the way.

    Attributes:
        variant: folder of the pictures.
        balanced: folder of the augmented copies.
        features: of the dataset.
        duplicates: which pictures are near-duplicates of others.
        people: who is one person under several names.
        left_out: rows and labels that could not go in, by the reason.
        corpora: rows of `rows.parquet` by corpus.
    """

    variant: Path
    balanced: Path
    features: Features
    resolution: int
    duplicates: NearDuplicates
    people: ConfirmedPeople
    left_out: Counter[str] = field(default_factory=Counter)
    corpora: Counter[str] = field(default_factory=Counter)

    @property
    def _classes(self) -> int:
        return len(self.features["expression"]["names"])

    def of_block(self, block: RowBlock, write_rows: Callable[[list[pa.Table]], None]) -> Iterator[SplitPart]:
        """Yield the parts of a block's splits; its rows of the task are given to be written first, series by series."""
        of_task = np.flatnonzero(is_of_task(block.rows, block.splits))
        if not len(of_task):
            return
        spans = [(first, last) for _, first, last in block.parts(of_task)]
        firsts = np.array([first for first, _ in spans])
        rows = block.rows.take(pa.array(of_task))
        labels = series_labels(rows, block.splits[of_task], firsts, self._classes)
        write_rows([labels.take(pa.array(np.arange(*span))) for span in spans])
        self.corpora[block.corpus] += len(of_task)
        cropped = np.flatnonzero(has_crop(block.rows).fill_null(False).to_numpy())
        self._count_lost(block, cropped)
        series = _Series(self.variant, block, cropped)
        for code, name in enumerate(SPLITS):
            places = cropped[block.splits[cropped] == code]
            if len(places):
                yield self._part(
                    labels.take(pa.array(np.searchsorted(of_task, places))), (block, places), name, series
                )

    def _part(self, labels: pa.Table, of: tuple[RowBlock, Int64], split: str, series: "_Series") -> SplitPart:
        block, places = of
        columns = fitted(self._columns(labels, block.corpus), self._others, split)
        makers = self._makers(columns, (block, places), split, series)
        return SplitPart(split, block.corpus, block.rows.take(pa.array(places)), columns, makers)

    def _count_lost(self, block: RowBlock, cropped: Int64) -> None:
        splits = block.splits[cropped]
        self.left_out["rows"] += int((splits == LEFT_OUT).sum())
        self.left_out["near_duplicates"] += int((splits == NEAR_DUPLICATE).sum())
        published = cropped[splits > LEFT_OUT]
        rows = block.rows.take(pa.array(published))
        self.left_out.update(lost_labels(rows, split_names(block.splits[published]), self._classes))

    @property
    def _others(self) -> pa.Schema:
        """Return the columns of the dataset but for the pictures."""
        schema = arrow_schema(self.features)
        return schema.remove(schema.get_field_index("image"))

    def _columns(self, rows: pa.Table, corpus: str) -> pa.Table:
        named = rows.append_column("corpus", pa.repeat(corpus, len(rows)))
        named = named.append_column("person_id", self.people.person_ids(rows["subject_id"]))
        named = named.append_column("duplicate_group", self.duplicates.groups_of(rows["row_id"]))
        return published_rows(named, self._classes)

    def _makers(
        self, columns: pa.RecordBatch, of: tuple[RowBlock, Int64], split: str, series: "_Series"
    ) -> Iterator[Callable[[], PublishedBatch]]:
        block, places = of
        options: dict[str, Any] = {
            "batch_rows": max(_BATCH_ROWS, _BATCH_ROWS * _LARGE_PX // self.resolution),
            "schema": arrow_schema(self.features),
        }
        for name, first, last in block.parts(places):
            images, at = series.pictures(name, places[first:last])
            copies = self._copies(name) if split == "train" else None
            yield from batch_makers(SeriesRows(columns, first, images, at), copies, **options)

    def _copies(self, series_id: str) -> StoredImages | None:
        """Return the augmented copies of a series' rows, where there are any."""
        path = self.balanced / f"{series_id}.arrow"
        return open_images(path, COPIES) if path.exists() else None


class _Series:
    """The pictures of a block's series, each of which is opened once."""

    def __init__(self, variant: Path, block: RowBlock, cropped: Int64) -> None:
        self._variant, self._rows, self._cropped = variant, block.rows, cropped
        self._spans = {name: (first, last) for name, first, last in block.parts(cropped)}
        self._opened: dict[str, StoredImages] = {}

    def pictures(self, name: str, rows: Int64) -> tuple[StoredImages, Int64]:
        """Return the pictures of all rows of a series that have a crop, and where those of some rows are among them.

        Raises:
            DatasetError: the file is missing or damaged, or has the pictures of other rows.
        """
        first, last = self._spans[name]
        cropped = self._cropped[first:last]
        if name not in self._opened:
            self._opened[name] = self._open(name, cropped)
        return self._opened[name], np.searchsorted(cropped, rows)

    def _open(self, name: str, cropped: Int64) -> StoredImages:
        path = self._variant / f"{name}.arrow"
        pictures = open_images(path, VARIANT)
        expected = self._rows["row_id"].take(pa.array(cropped))
        if not pictures.table["row_id"].combine_chunks().equals(expected.combine_chunks()):
            raise DatasetError(f"{path} holds other rows than the faces. Run `dvc repro multires`.")
        return pictures
