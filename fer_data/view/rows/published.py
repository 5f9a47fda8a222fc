"""The rows of a published dataset, originals and augmented copies, with the pictures of its resolution."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Int64
from fer_data.core.labels.rows import RowState
from fer_data.published.shards import Shards, are_copies, split_batches
from fer_data.tables.batch_digests import image_digest, image_digests
from fer_data.tables.schemas import stream_batches
from fer_data.view.rows.listing import Picture

__all__ = ["PublishedPart"]

COPY, ORIGINAL = "augmented copy", "original"


@dataclass(eq=False)
class PublishedPart:
    """All rows of a dataset, split after split, each in its order.

    Attributes:
        shards: the dataset.
        about: what holds of every row of it, for the page.
        has_copies: whether some rows are augmented copies of others.
    """

    shards: Shards
    about: dict[str, Any] = field(default_factory=dict)
    has_copies: bool = True

    @property
    def has_pictures(self) -> bool:
        """Whether any of its rows may have one."""
        return True

    def chunks(self) -> Iterator[pa.Table]:
        """Yield `COLUMNS` of all rows, every label and place checked; pictures are not looked at."""
        for split in self.shards.splits:
            for _, batch, _ in split_batches(self.shards, split):
                yield self._chunk(split, batch)

    def _chunk(self, split: str, batch: pa.RecordBatch) -> pa.Table:
        count, own = len(batch), set(batch.schema.names)
        copied = are_copies(batch["parent_id"])
        known = pc.greater_equal(batch["expression"], 0)
        codes = pc.if_else(known, batch["expression"], pa.scalar(None, pa.int64()))
        corpus = batch["corpus"] if "corpus" in own else pa.nulls(count, pa.string())
        numbers = {
            name: batch[name] if name in own else pa.nulls(count, pa.float32())
            for name in ("detector_score", "sharpness", "frame_index")
        }
        return pa.table(
            {
                "row_id": batch["row_id"],
                "split": pa.repeat(split, count),
                "expression": pa.array(self.shards.classes, pa.string()).take(codes),
                "state": pa.repeat(str(RowState.KEPT), count),
                "kind": pc.if_else(copied, COPY, ORIGINAL),
                "corpus": corpus,
                **numbers,
            }
        )

    def records(self, places: Int64) -> dict[int, dict[str, Any]]:
        """Return all columns but the picture of some rows."""
        found: dict[int, dict[str, Any]] = {}
        for split, _, first, batch, _ in self._batches():
            own = _within(places, first, len(batch))
            if not len(own):
                continue
            rows = batch.drop_columns(["image"]).take(pa.array(own - first)).to_pylist()
            found |= {int(place): {**row, "split": split} for place, row in zip(own, rows, strict=True)}
        return found

    def pictures(self, places: Int64) -> Iterator[tuple[int, Picture]]:
        """Yield pictures, each held against the hash that it was written with."""
        for _, path, first, batch, metadata in self._batches():
            own = _within(places, first, len(batch))
            stated = image_digests(metadata, len(batch)) if len(own) else None
            for place in own.tolist():
                encoded = batch["image"].field("bytes")[place - first].as_py() or b""
                if stated is not None and image_digest(encoded) != stated[place - first]:
                    yield place, Picture(fault=f"altered or damaged in {path.name}")
                else:
                    yield place, Picture(encoded)

    def find(self, row_ids: pa.Array) -> dict[str, int]:
        """Return the places of some rows by their ids."""
        found: dict[str, int] = {}
        for _, _, first, batch, _ in self._batches():
            here = np.flatnonzero(pc.is_in(batch["row_id"], row_ids).to_numpy(zero_copy_only=False))
            found |= {batch["row_id"][place].as_py(): first + place for place in here.tolist()}
        return found

    def _batches(self) -> Iterator[tuple[str, Path, int, pa.RecordBatch, dict[bytes, bytes]]]:
        """Yield record batches, each with its split, its shard, and the place of its first row."""
        first = 0
        for split, documents in self.shards.splits.items():
            for path in documents.shards:
                for batch, metadata in stream_batches(path, None):
                    yield split, path, first, batch, metadata
                    first += len(batch)


def _within(places: Int64, first: int, count: int) -> Int64:
    """Return those of rising places that lie among the next rows."""
    start, stop = np.searchsorted(places, (first, first + count))
    return places[start:stop]
