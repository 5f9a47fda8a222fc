"""Make one augmented picture of a published dataset again, from its parent and its record."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Image
from fer_data.errors import DatasetError
from fer_data.pictures.images import decode, encode_jpeg, encode_png
from fer_data.pictures.sheet import RED, Tile, contact_sheet
from fer_data.published.licences import stated_licence_of
from fer_data.published.shards import REMEDY, Shards, open_shards, split_batches
from fer_data.tables.batch_digests import damaged_images

if TYPE_CHECKING:
    from fer_data.media.augmentation import Augmentation

__all__ = ["Replay", "replay", "side_by_side"]

_TILE_PX = 272
_TIMES = 8
"""How many times a difference between two pictures is drawn, so that a grey value is seen."""
_COLUMNS = ["row_id", "parent_id", "augmentation", "image"]


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """One augmented picture, as it is stored and as it was made again.

    Attributes:
        row_id: the copy.
        parent_id: its original.
        record: how it was made, as stored with it.
        operations_equal: whether the same operations and parameters were drawn.
        bytes_equal: whether the encoded pictures are equal to the last bit.
        library: what drew the operations just now.
        parent: the original's picture.
        stored: the copy's picture as published.
        rebuilt: the copy's picture as made again, encoded and decoded.
        restricted: whether the licence keeps the pictures from being passed on.
    """

    row_id: str
    parent_id: str
    record: "Augmentation"
    operations_equal: bool
    bytes_equal: bool
    library: str
    parent: Image
    stored: Image
    rebuilt: Image
    restricted: bool


def replay(dataset: Path, row_id: str) -> Replay:
    """Return an augmented picture of the training split made again beside the stored one.

    Raises:
        DatasetError: the folder is no published dataset, or the row is missing or an original.
    """
    shards = open_shards(dataset)
    copy = _row(shards, row_id)
    if not copy["augmentation"]:
        raise DatasetError(f"ROW_ID ({row_id!a}) is an original. {_example(shards, row_id)}")
    parent = _row(shards, copy["parent_id"])
    from fer_data.media.augmentation import LIBRARY, Augmentation, augment

    record = Augmentation.from_json(copy["augmentation"])
    image = decode(parent["image"]["bytes"])
    made, operations = augment(image, record.seed)
    encoded = encode_png(made) if record.quality is None else encode_jpeg(made, record.quality)
    again = Augmentation(record.seed, record.copy, LIBRARY, record.encoder, record.quality, operations)
    return Replay(
        row_id=row_id,
        parent_id=copy["parent_id"],
        record=record,
        operations_equal=again.to_json() == copy["augmentation"],
        bytes_equal=encoded == copy["image"]["bytes"],
        library=LIBRARY,
        parent=image,
        stored=decode(copy["image"]["bytes"]),
        rebuilt=decode(encoded),
        restricted=stated_licence_of(shards.documents.provenance)["kind"] != "open",
    )


def side_by_side(result: Replay) -> Image:
    """Return a sheet of parent, stored and rebuilt picture with what they are, and their difference where there is one.

    What was done stands at the top, in the order in which it was done.
    """
    equal = "bytes are equal" if result.bytes_equal else "bytes differ"
    tiles = [
        Tile(result.parent, ["parent", result.parent_id]),
        Tile(result.stored, ["augmented copy, as published", result.row_id]),
        Tile(
            result.rebuilt, [f"made again: {equal}", result.library], *([] if result.bytes_equal else [RED])
        ),
    ]
    apart = np.abs(result.stored.astype(np.int16) - result.rebuilt)
    if apart.any():
        shown = np.minimum(apart * _TIMES, 255).astype(np.uint8)
        tiles.append(
            Tile(shown, [f"difference, {_TIMES} times", f"mean {apart.mean():.2f} of 255 grey values"], RED)
        )
    done = ", ".join(operation["name"] for operation in result.record.operations)
    return contact_sheet(
        tiles, columns=len(tiles), tile_px=_TILE_PX, note=f"Seed {result.record.seed}: {done}."
    )


def _row(shards: Shards, row_id: str) -> dict[str, Any]:
    for path, batch, metadata in split_batches(shards, "train"):
        found = pc.index(batch["row_id"], pa.scalar(row_id)).as_py()
        if found >= 0:
            if found in damaged_images(batch, metadata):
                raise DatasetError(f"{path}: the picture of row {row_id} was altered or damaged. {REMEDY}")
            return dict(batch.select(_COLUMNS).slice(found, 1).to_pylist()[0])
    raise DatasetError(
        f"ROW_ID ({row_id!a:.100}) is not in the train split of {shards.folder}. {_example(shards, row_id)}"
    )


def _example(shards: Shards, row_id: str) -> str:
    """Return which row to name instead: a copy of the same original where it has one, else the first copy."""
    original, first = row_id.partition("+")[0], None
    for _, batch, _ in split_batches(shards, "train"):
        for row, parent in zip(batch["row_id"].to_pylist(), batch["parent_id"].to_pylist(), strict=True):
            if parent and parent == original:
                return f"Name an augmented copy, such as {row!a}."
            first = first or (row if parent else None)
    if first is None:
        return "This dataset has no augmented copies: `balance.strategy` decides whether there are any."
    return f"Name an augmented copy, such as {first!a}."
