"""How much the pixels of pairs of base crops differ; only crops that are in a pair are decoded."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.core.arrays import Float32, Image, Int64
from fer_data.core.copies.hash_search import Pairs
from fer_data.core.copies.picture_difference import picture_difference, sketch
from fer_data.multires.base_crops import base_crops, decoded
from fer_data.shell.progress import progress
from fer_data.tables.face_rows import corpora

__all__ = ["crop_differences"]


def crop_differences(faces: Path, rows: pa.Table, pairs: Pairs) -> Float32:
    """Return the difference of each pair of rows, whose `row_id`, `series_id` and `corpus` are known: 4 KiB a row.

    Raises:
        DatasetError: a crop is missing or damaged.
    """
    sketches = _sketches(faces, rows, np.unique(np.concatenate([pairs.first, pairs.second])))
    found = np.empty(len(pairs.first), np.float32)
    with progress("near-duplicates", len(found), "pairs") as work:
        for place, (first, second) in enumerate(
            zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
        ):
            found[place] = picture_difference(sketches[first], sketches[second])
            work.advance(1)
    return found


def _sketches(faces: Path, rows: pa.Table, wanted: Int64) -> dict[int, Image]:
    """Return the sketches of wanted rows, by their place."""
    folders, ids = corpora(faces), ["corpus", "series_id"]
    chosen = rows.select(["row_id", *ids]).take(pa.array(wanted)).append_column("place", pa.array(wanted))
    found: dict[int, Image] = {}
    for series in (
        chosen.group_by(ids, use_threads=False).aggregate([("row_id", "list"), ("place", "list")]).to_pylist()
    ):
        places = dict(zip(series["row_id_list"], series["place_list"], strict=True))
        path = folders[series["corpus"]] / f"{series['series_id']}.arrow"
        for table in base_crops(path, pa.array(list(places))):
            for row_id, picture in zip(table["row_id"].to_pylist(), table["image"], strict=True):
                found[places[row_id]] = sketch(decoded(row_id, picture.as_py()))
    return found
