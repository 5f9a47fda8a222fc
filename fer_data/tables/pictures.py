"""The table of pictures in the catalog of a corpus that lies as pictures."""

import pyarrow as pa

__all__ = ["PICTURES", "PICTURES_FILE", "SHARD_ROWS", "of_pictures"]

PICTURES_FILE = "pictures.parquet"

SHARD_ROWS = 5_000
"""Of one series, and so of one file of crops: 100 to 200 MB of them."""

PICTURES = pa.schema(
    [
        *(pa.field(name, pa.string(), nullable=False) for name in ("row_id", "path", "content_hash")),
        *(pa.field(name, pa.int32(), nullable=False) for name in ("width", "height")),
        pa.field("codec", pa.string(), nullable=False),
        pa.field("box", pa.list_(pa.float32(), 4)),
    ]
)
"""`data/catalog/NAME/pictures.parquet`, of corpora of pictures alone: a row for each of `rows.parquet`, in its order.

Paths are relative to the corpus root; width and height are those of the picture as viewers show it, 0 where it cannot
be read. The box picks the face that the row is about: x_min, y_min, x_max, y_max in px of the same picture, null where
the corpus has none.
"""


def of_pictures(rows: pa.Table) -> bool:
    """Say whether the rows of a catalog are of a corpus of pictures, by their metadata."""
    return bool((rows.schema.metadata or {}).get(b"medium") == b"pictures")
