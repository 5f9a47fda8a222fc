"""The columns of a published dataset, and rows of our tables in that form."""

from collections.abc import Set as AbstractSet

import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Features, Image, List, Value

from fer_data.core.expressions import ACTION_UNITS
from fer_data.core.labels import TASKS
from fer_data.tables import ACTION_UNITS_TYPE

__all__ = [
    "IMAGE",
    "NO_LABEL",
    "blank_labels",
    "labelled",
    "published_features",
    "published_rows",
    "with_copies",
]

NO_LABEL = -1
"""What the Hub writes where a class is unknown."""

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_LABEL_COLUMNS = {
    "expression": ["expression"],
    "valence_arousal": ["valence", "arousal"],
    "action_units": ["action_units"],
}


def published_features(classes: list[str]) -> Features:
    """Return the features of a published dataset whose expressions have these names."""
    return Features(
        {
            "image": Image(),
            "expression": ClassLabel(names=classes),
            "valence": Value("float32"),
            "arousal": Value("float32"),
            "action_units": {unit: Value("int8") for unit in ACTION_UNITS},
            "row_id": Value("string"),
            "subject_id": Value("string"),
            "video_id": Value("string"),
            "frame_index": Value("int32"),
            "pts_seconds": Value("float64"),
            "box": List(Value("float32"), length=4),
            "landmarks": List(List(Value("float32"), length=2), length=5),
            "detector_score": Value("float32"),
            "track_id": Value("int32"),
            "sharpness": Value("float32"),
            "brightness": Value("float32"),
            "parent_id": Value("string"),
            "augmentation": Value("string"),
        }
    )


def labelled(rows: pa.Table, task: str) -> pa.ChunkedArray:
    """Return which rows carry a label of the task."""
    columns = [rows[name] for name in _LABEL_COLUMNS[task]]
    if task == "action_units":
        columns = [pa.chunked_array([field]) for field in columns[0].combine_chunks().flatten()]
    known = pc.is_valid(columns[0])
    for column in columns[1:]:
        known = pc.or_(known, pc.is_valid(column))
    return known


def blank_labels(rows: pa.Table, staying: AbstractSet[str]) -> pa.Table:
    """Return the rows with the labels of every task but the staying ones set to null."""
    for name in (name for task in TASKS if task not in staying for name in _LABEL_COLUMNS[task]):
        place, field = rows.schema.get_field_index(name), rows.schema.field(name)
        rows = rows.set_column(place, field, _no_labels(field.type, len(rows)))
    return rows


def _no_labels(kind: pa.DataType, count: int) -> pa.Array:
    if kind != ACTION_UNITS_TYPE:
        return pa.nulls(count, kind)
    return pa.StructArray.from_arrays([pa.nulls(count, pa.int8()) for _ in ACTION_UNITS], fields=list(kind))


def published_rows(rows: pa.Table, encoded: pa.ChunkedArray) -> pa.Table:
    """Return rows of the faces table and their encoded pictures in the columns of a published dataset.

    A missing label becomes what the Hub and numpy expect: -1 for a class or an action unit, NaN for a float.
    """
    units = rows["action_units"].combine_chunks()
    count = len(rows)
    made = {
        "image": _images(encoded),
        "expression": pc.fill_null(rows["expression"].cast(pa.int64()), NO_LABEL),
        "valence": pc.fill_null(rows["valence"], float("nan")),
        "arousal": pc.fill_null(rows["arousal"], float("nan")),
        "action_units": pa.StructArray.from_arrays(
            [pc.fill_null(field, NO_LABEL) for field in units.flatten()], names=list(ACTION_UNITS)
        ),
        "parent_id": pa.nulls(count, pa.string()),
        "augmentation": pa.nulls(count, pa.string()),
    }
    names = list(published_features([]))
    return pa.table([made[name] if name in made else rows[name] for name in names], names=names)


def _images(encoded: pa.ChunkedArray) -> pa.Array:
    data = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
    return pa.StructArray.from_arrays([data, pa.nulls(len(data), pa.string())], fields=list(IMAGE))


def with_copies(originals: pa.Table, copies: pa.Table) -> pa.Table:
    """Return published rows with their augmented copies (`COPIES`) each after its parent.

    A copy has its parent's labels and its parent's place in the source video; copies of other rows are left out.
    """
    parent = pc.index_in(copies["parent_id"], originals["row_id"].combine_chunks())
    here = pc.is_valid(parent)
    copies, parent = copies.filter(here), parent.filter(here)
    made = originals.take(parent)
    for name in ("row_id", "parent_id", "augmentation"):
        made = made.set_column(made.schema.get_field_index(name), name, copies[name])
    made = made.set_column(made.schema.get_field_index("image"), "image", _images(copies["image"]))
    place = pa.chunked_array([pa.array(range(len(originals)), pa.int32()), *parent.chunks], pa.int32())
    joined = pa.concat_tables([originals, made.cast(originals.schema)])
    order = pc.sort_indices(
        pa.table({"place": place, "nth": pa.array(range(len(joined)))}),
        [("place", "ascending"), ("nth", "ascending")],
    )
    return joined.take(order).combine_chunks()
