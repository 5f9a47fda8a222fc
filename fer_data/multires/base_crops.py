"""The base crops of `data/faces`, read and decoded."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Image
from fer_data.errors import DatasetError, MediaError
from fer_data.pictures.images import decode
from fer_data.tables.schemas import CROPS, read_arrow

__all__ = ["base_crops", "decoded"]

_BATCH_ROWS = 256


def base_crops(source: Path, row_ids: pa.Array) -> Iterator[pa.Table]:
    """Yield the wanted crops in small tables; never an empty one.

    Raises:
        DatasetError: the file lacks one of the rows.
    """
    found = 0
    for batch in read_arrow(source, CROPS):
        table = pa.Table.from_batches([batch]).select(["row_id", "image"])
        table = table.filter(pc.is_in(table["row_id"], row_ids))
        found += len(table)
        yield from (table.slice(start, _BATCH_ROWS) for start in range(0, len(table), _BATCH_ROWS))
    if found != len(row_ids):
        raise DatasetError(
            f"{source} holds {found} of the {len(row_ids)} crops that rows.parquet lists. "
            "Run `dvc repro align` to rebuild the faces."
        )


def decoded(row_id: str, encoded: bytes) -> Image:
    """Return the crop of a row.

    Raises:
        DatasetError: it cannot be decoded.
    """
    try:
        return decode(encoded)
    except MediaError as error:
        raise DatasetError(
            f"The crop of row {row_id}: {error} Run `dvc repro align` to rebuild it."
        ) from error
