"""The shards of a catalog of pictures as tasks, and the key of what is made of each."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.assignment.requests import row_masks, series_slices
from fer_data.core.arrays import Float32
from fer_data.core.labels.tasks import Task
from fer_data.errors import DatasetError
from fer_data.execution.store import content_key
from fer_data.params.align import AlignParams
from fer_data.tables.schemas import compact

__all__ = ["PictureRecipe", "Shard", "boxes_of", "shard_key", "shards_of"]

_OF_VIDEOS = frozenset(
    {"decoder", "identity", "max_pixels", "pixel_aspect", "smoothing", "span_frames", "tracking"}
)
"""Parameters of `align` that a picture alone does not feel."""


@dataclass(frozen=True, slots=True)
class PictureRecipe:
    """What all shards of a run have in common.

    Attributes:
        params: section `align`.
        root: absolute folder of the corpus.
        given: the pictures are crops already, and are taken as they are.
        environment: what every worker must compute with.
        store: absolute folder of the resume store.
    """

    params: AlignParams
    root: Path
    given: bool
    environment: dict[str, str]
    store: Path


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """The pictures of one series, and what is wanted of each.

    Attributes:
        series_id: of the shard.
        rows: row_id, subject_id, frame_index, path, content_hash, width, box; `needed` (the task wants it), `train`
            (it may be dropped as low_quality) and `withdrawn` (nothing of it is written), a row each.
    """

    series_id: str
    rows: pa.Table

    def __len__(self) -> int:
        return len(self.rows)


def shards_of(rows: pa.Table, pictures: pa.Table, task: Task) -> Iterator[Shard]:
    """Yield the shards of a catalog in their order.

    Raises:
        DatasetError: the tables of rows and of pictures are not of the same rows.
    """
    if not rows["row_id"].equals(pictures["row_id"]):
        raise DatasetError(
            "pictures.parquet of the catalog does not have the rows of its rows.parquet. Run `dvc repro ingest` to "
            "rebuild both."
        )
    start = 0
    for part in series_slices(rows):
        masks, own = row_masks(part, task), pictures.slice(start, len(part))
        columns = {
            **{name: part[name] for name in ("row_id", "subject_id", "frame_index")},
            **{name: own[name] for name in ("path", "content_hash", "width", "box")},
            "needed": pa.array(masks.needed),
            "train": pa.array(masks.train),
            "withdrawn": pa.array(masks.withdrawn),
        }
        yield Shard(part["series_id"][0].as_py(), compact(pa.table(columns)))
        start += len(part)


def shard_key(shard: Shard, recipe: PictureRecipe, weights_sha256: str) -> str:
    """Return the key under which the result of a shard is kept; where it is computed is no part of it."""
    digest = hashlib.sha256()
    gone = shard.rows["withdrawn"]
    for name in ("row_id", "subject_id", "frame_index", "path", "content_hash", "needed", "train"):
        values = shard.rows[name]
        if name in {"row_id", "subject_id"}:  # pseudonyms change when others withdraw
            values = pc.if_else(gone, pa.scalar("withdrawn"), values)
        digest.update("\n".join(map(str, values.to_pylist())).encode() + b"\0")
    digest.update(boxes_of(shard.rows).tobytes())
    return content_key(
        {
            "kind": "pictures",
            "series": shard.series_id,
            "rows": digest.hexdigest(),
            "align": recipe.params.model_dump(mode="json", exclude=set(_OF_VIDEOS)),
            "given": recipe.given,
            "weights": None if recipe.given else weights_sha256,
            "environment": recipe.environment,
        }
    )


def boxes_of(rows: pa.Table) -> Float32:
    """Return the corpus' boxes, (n, 4), NaN where it has none."""
    boxes = np.full((len(rows), 4), np.nan, np.float32)
    for index, box in enumerate(rows["box"].to_pylist()):
        if box is not None:
            boxes[index] = box
    return boxes
