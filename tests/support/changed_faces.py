"""Published datasets of the faces of `conftest.py` after planted changes, made by the stages' own functions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from conftest import write_faces
from published_with import published_of

from fer_data.core.arrays import Image
from fer_data.params.document import Params, load_params
from fer_data.pictures.images import encode_jpeg
from fer_data.tables.schemas import (
    CROPS,
    FACE_ROWS,
    read_arrow,
    read_metadata,
    read_table,
    write_arrow,
    write_table,
)

__all__ = ["Row", "dataset", "plain_params"]

ROOT = Path(__file__).parents[2]
Row = dict[str, Any]
Change = Callable[[Row], Row]


def plain_params(**balance: object) -> Params:
    """Return the shipped parameters, without augmented copies unless `balance` says otherwise."""
    params = load_params(ROOT / "params.yaml")
    section = params.balance.model_copy(update={"strategy": "none", **balance})
    return params.model_copy(update={"balance": section})


def dataset(
    folder: Path,
    change: Change | None = None,
    *,
    pictures: dict[str, Image] | None = None,
    params: Params | None = None,
    classes: str | None = None,
) -> Path:
    """Publish the faces at 32 px, without a picture, after `change` of each row; one whose crop is taken has no box.

    `pictures` are other crops by row; `classes` replaces the stated names of the classes, as JSON.
    """
    faces = write_faces(folder / "faces")
    path = faces / "rows.parquet"
    rows = [(change or dict)(row) for row in read_table(path, FACE_ROWS).to_pylist()]
    stated = read_metadata(path, FACE_ROWS) | ({"classes": classes} if classes else {})
    write_table(path, [pa.Table.from_pylist(rows, FACE_ROWS)], FACE_ROWS, stated)
    kept = {row["row_id"]: row for row in rows if row["box"]}
    for crops in faces.glob("*.arrow"):
        table = pa.Table.from_batches(list(read_arrow(crops, CROPS)), CROPS).to_pylist()
        written = [_crop(row, kept[row["row_id"]], pictures or {}) for row in table if row["row_id"] in kept]
        crops.unlink()
        if written:
            write_arrow(crops, [pa.Table.from_pylist(written, CROPS)], CROPS)
    with pytest.MonkeyPatch.context() as patch:
        # Each change would be drawn anew, for longer than all else takes, and nobody looks at it.
        patch.setattr("fer_data.publish.card_files.plot_labels", lambda *_: None)
        return published_of(faces, folder, params or plain_params())


def _crop(crop: Row, row: Row, pictures: dict[str, Image]) -> Row:
    known = {name: row[name] for name in CROPS.names if name in row}
    row_id = row["row_id"]
    if row_id not in pictures:
        return {**crop, **known}
    return {**crop, **known, "image": encode_jpeg(pictures[row_id], 95)}
