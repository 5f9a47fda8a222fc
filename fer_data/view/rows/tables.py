"""The rows of aligned faces that have a crop, with it; those of a catalog; those of predictions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import TASKS, split_column
from fer_data.errors import DatasetError
from fer_data.tables.batch_digests import image_digest, image_digests
from fer_data.tables.schemas import CROPS, FACE_ROWS, iterate_table, stream_batches
from fer_data.view.predictions import Answers
from fer_data.view.rows.listing import Picture
from fer_data.view.rows.published import ORIGINAL

__all__ = ["AnsweredPart", "TablePart"]

_NUMBERS = ("detector_score", "sharpness", "frame_index")


@dataclass(eq=False)
class TablePart:
    """The rows of one source's `rows.parquet`.

    Attributes:
        table: the file.
        schema: that of faces or of a catalog.
        source: the name of the source.
        classes: in label order.
        task: whose split counts where it has one.
        about: what holds of every row of it, for the page.
        has_copies: whether some rows are augmented copies of others.
        without: ids of rows that are shown from elsewhere.
        linked: ids of rows that are shown whether they have a crop or not.
    """

    table: Path
    schema: pa.Schema
    source: str
    classes: Sequence[str]
    task: str | None = None
    about: dict[str, Any] = field(default_factory=dict)
    has_copies: bool = False
    without: pa.Array | None = None
    linked: pa.Array | None = None

    @property
    def has_pictures(self) -> bool:
        """Whether any of its rows may have one: those of faces."""
        return self.schema is FACE_ROWS

    def chunks(self) -> Iterator[pa.Table]:
        """Yield `COLUMNS` of the rows that are shown: those with a crop, of a catalog all."""
        for chunk in self._tables(["row_id"]):
            yield self._chunk(chunk)

    def _tables(self, columns: Sequence[str] | None) -> Iterator[pa.Table]:
        """Yield the rows that are shown, or some of their columns beside those of `COLUMNS`."""
        splits = [split_column(task) for task in TASKS]
        needed = ["row_id", "expression", "frame_index", *splits]
        if self.has_pictures:
            needed += ["state", "box", "detector_score", "sharpness"]
        names = None if columns is None else list(dict.fromkeys([*columns, *needed]))
        for table in iterate_table(self.table, self.schema, names):
            shown = (
                pc.is_valid(table["box"]) if self.has_pictures else pa.array(np.ones(len(table), np.bool_))
            )
            if self.linked is not None:
                shown = pc.or_(shown, pc.is_in(table["row_id"], self.linked))
            if self.without is not None:
                shown = pc.and_(shown, pc.invert(pc.is_in(table["row_id"], self.without)))
            yield table.take(pa.array(np.flatnonzero(shown.to_numpy(zero_copy_only=False))))

    def _chunk(self, rows: pa.Table) -> pa.Table:
        count = len(rows)
        nothing = pa.nulls(count, pa.float32())
        return pa.table(
            {
                "row_id": rows["row_id"],
                "split": self._split(rows),
                "expression": pa.array(self.classes, pa.string()).take(rows["expression"]),
                "state": rows["state"] if self.has_pictures else pa.nulls(count, pa.string()),
                "kind": pa.repeat(ORIGINAL, count),
                "corpus": pa.repeat(self.source, count),
                **{name: rows[name] if name in rows.column_names else nothing for name in _NUMBERS},
            }
        )

    def _split(self, rows: pa.Table) -> pa.ChunkedArray:
        tasks = sorted(TASKS, key=lambda task: task != self.task)
        return pc.coalesce(*(rows[split_column(task)] for task in tasks))

    def records(self, places: Int64) -> dict[int, dict[str, Any]]:
        """Return all columns of some rows."""
        found: dict[int, dict[str, Any]] = {}
        for own, rows in self._taken(places, None):
            splits = self._split(rows).to_pylist()
            for place, row, split in zip(own, rows.to_pylist(), splits, strict=True):
                found[place] = {**row, "split": split, "corpus": self.source}
        return found

    def _taken(self, places: Int64, columns: Sequence[str] | None) -> Iterator[tuple[list[int], pa.Table]]:
        """Yield the rows at these places, which rise, some of them at a time, with their places."""
        first = 0
        for table in self._tables(columns):
            start, stop = np.searchsorted(places, (first, first + len(table)))
            own = places[start:stop]
            if len(own):
                yield own.tolist(), table.take(pa.array(own - first))
            first += len(table)

    def pictures(self, places: Int64) -> Iterator[tuple[int, Picture]]:
        """Yield base crops, each held against the hash that it was written with; none of a catalog."""
        if not self.has_pictures:
            return
        wanted: dict[str, dict[str, int]] = {}
        for own_places, rows in self._taken(places, ["series_id"]):
            for place, series, row_id in zip(
                own_places, rows["series_id"].to_pylist(), rows["row_id"].to_pylist(), strict=True
            ):
                wanted.setdefault(series, {})[row_id] = place
        for series, own in wanted.items():
            found = self._crops(series, own)
            yield from ((place, found.get(row_id, Picture(fault="no crop"))) for row_id, place in own.items())

    def _crops(self, series: str, wanted: dict[str, int]) -> dict[str, Picture]:
        path = self.table.parent / f"{series}.arrow"
        found: dict[str, Picture] = {}
        if "/" in series or not path.is_file():
            return {row_id: Picture(fault=f"{series}.arrow is missing") for row_id in wanted}
        ids = pa.array(list(wanted), pa.string())
        try:
            for batch, metadata in stream_batches(path, CROPS):
                stated = image_digests(metadata, len(batch))
                here = np.flatnonzero(pc.is_in(batch["row_id"], ids).to_numpy(zero_copy_only=False))
                for place in here.tolist():
                    encoded = batch["image"][place].as_py()
                    whole = stated is None or image_digest(encoded) == stated[place]
                    damaged = f"altered or damaged in {path.name}"
                    found[batch["row_id"][place].as_py()] = (
                        Picture(encoded) if whole else Picture(fault=damaged)
                    )
        except DatasetError:
            return {row_id: found.get(row_id, Picture(fault=f"{path.name} is damaged")) for row_id in wanted}
        return found

    def find(self, row_ids: pa.Array) -> dict[str, int]:
        """Return the places of some rows by their ids."""
        found: dict[str, int] = {}
        first = 0
        for table in self._tables(["row_id"]):
            here = np.flatnonzero(pc.is_in(table["row_id"], row_ids).to_numpy(zero_copy_only=False))
            found |= {table["row_id"][place].as_py(): first + place for place in here.tolist()}
            first += len(table)
        return found


@dataclass(eq=False)
class AnsweredPart:
    """The rows that an evaluation answered, where nothing else was given.

    Attributes:
        answers: of a model.
        about: what holds of every row of it, for the page.
        has_copies: whether some rows are augmented copies of others.
    """

    answers: Answers
    about: dict[str, Any] = field(default_factory=dict)
    has_copies: bool = False

    @property
    def has_pictures(self) -> bool:
        """Whether any of its rows may have one."""
        return False

    def chunks(self) -> Iterator[pa.Table]:
        """Yield `COLUMNS` of all rows."""
        rows, count = self.answers.rows, len(self.answers.rows)
        labels = pa.nulls(count, pa.string())
        if self.answers.confidence is not None:
            codes = np.where(self.answers.actual < 0, 0, self.answers.actual)
            known = pa.array(self.answers.actual >= 0)
            labels = pc.if_else(
                known, pa.array(self.answers.names).take(pa.array(codes)), pa.scalar(None, pa.string())
            )
        yield pa.table(
            {
                "row_id": rows["row_id"],
                "split": pa.nulls(count, pa.string()),
                "expression": labels,
                "state": pa.nulls(count, pa.string()),
                "kind": pa.repeat(ORIGINAL, count),
                "corpus": rows["corpus"] if "corpus" in rows.column_names else pa.nulls(count, pa.string()),
                "detector_score": pa.nulls(count, pa.float32()),
                "sharpness": pa.nulls(count, pa.float32()),
                "frame_index": rows["frame_index"],
            }
        )

    def records(self, places: Int64) -> dict[int, dict[str, Any]]:
        """Return the columns that say which rows they are."""
        rows = self.answers.rows.take(pa.array(places)).to_pylist()
        own = self.answers.actual[places]
        for row, label in zip(rows, own, strict=True):
            if self.answers.confidence is not None:
                row["expression"] = int(label)
        return dict(zip(places.tolist(), rows, strict=True))

    def pictures(self, _places: Int64) -> Iterator[tuple[int, Picture]]:
        """Yield nothing: predictions have no pictures."""
        yield from ()

    def find(self, row_ids: pa.Array) -> dict[str, int]:
        """Return the places of some rows by their ids."""
        places = pc.index_in(row_ids, self.answers.rows["row_id"].combine_chunks())
        both = zip(row_ids.to_pylist(), places.to_pylist(), strict=True)
        return {row_id: place for row_id, place in both if place is not None}
