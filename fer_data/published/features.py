"""The columns of a published dataset, and rows of our tables in that form."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.arrays import Int64, Mask
from fer_data.core.labels.tasks import LABELS, NO_LABEL, TASKS
from fer_data.published.feature_forms import Feature, class_label, image, list_of, value
from fer_data.tables.label_fields import DETAILS

__all__ = [
    "CLASS_DETAILS",
    "IMAGE",
    "NO_LABEL",
    "OF_COPIES",
    "blank_labels",
    "detail_features",
    "labelled",
    "missing",
    "published_features",
    "published_images",
    "published_rows",
    "with_copies",
]

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])

OF_COPIES = ("row_id", "parent_id", "augmentation")
"""What a copy has of its own, beside its picture."""

CLASS_DETAILS = ("expression_intended",)
"""The columns of details that are the index of a class."""


def published_features(classes: list[str]) -> dict[str, Feature]:
    """Return the features of a published dataset whose expressions have these names."""
    return {
        "image": image(),
        **{name: feature for task in TASKS for name, feature in _label_features(task, classes).items()},
        **detail_features(classes),
        "row_id": value("string"),
        "subject_id": value("string"),
        "person_id": value("string"),
        "video_id": value("string"),
        "frame_index": value("int32"),
        "pts_seconds": value("float64"),
        "corpus": value("string"),
        "duplicate_group": value("int32"),
        "box": list_of(value("float32"), 4),
        "landmarks": list_of(list_of(value("float32"), 2), 5),
        "detector_score": value("float32"),
        "track_id": value("int32"),
        "sharpness": value("float32"),
        "brightness": value("float32"),
        "face_blur": value("float32"),
        "face_brightness": value("float32"),
        "face_contrast": value("float32"),
        "outside_fraction": value("float32"),
        "native_px": value("int32"),
        "parent_id": value("string"),
        "augmentation": value("string"),
    }


def _label_features(task: str, classes: list[str]) -> dict[str, Feature]:
    spec = LABELS[task]
    if spec.kind == "classes":
        return {name: class_label(spec.names or classes) for name in spec.columns}
    if spec.kind == "values":
        return {name: value("float32") for name in spec.columns}
    return {name: {unit: value("int8") for unit in spec.names} for name in spec.columns}


def detail_features(classes: list[str]) -> dict[str, Feature]:
    """Return the features of the columns that say more of the labels, one vote a class."""
    return {name: _detail_feature(name, kind, classes) for name, kind in DETAILS.items()}


def _detail_feature(name: str, kind: pa.DataType, classes: list[str]) -> Feature:
    if name in CLASS_DETAILS:
        return class_label(classes)
    if pa.types.is_struct(kind):
        return {field.name: value(_dtype(field.type)) for field in kind}
    if pa.types.is_list(kind):
        return list_of(value(_dtype(kind.value_type)), len(classes))
    return value(_dtype(kind))


def _dtype(kind: pa.DataType) -> str:
    """Return what `datasets` calls a type of plain values.

    >>> _dtype(pa.int16()), _dtype(pa.float32()), _dtype(pa.string())
    ('int16', 'float32', 'string')
    """
    return {"float": "float32", "double": "float64"}.get(str(kind), str(kind))


def labelled(rows: pa.Table, task: str) -> pa.ChunkedArray:
    """Return which rows carry a label of the task."""
    columns = [rows[name] for name in LABELS[task].columns]
    if LABELS[task].kind == "units":
        columns = [pa.chunked_array([field]) for field in columns[0].combine_chunks().flatten()]
    known = pc.is_valid(columns[0])
    for column in columns[1:]:
        known = pc.or_(known, pc.is_valid(column))
    return known


def blank_labels(rows: pa.Table, staying: Mapping[str, pa.ChunkedArray]) -> pa.Table:
    """Return the rows with the labels of each task, and what is known of them, null but in the rows where they stay."""
    for task, stays in staying.items():
        spec = LABELS[task]
        for name in () if pc.all(stays).as_py() else (*spec.columns, *spec.details):
            index, field = rows.schema.get_field_index(name), rows.schema.field(name)
            rows = rows.set_column(index, field, _blank(rows[name].combine_chunks(), stays.combine_chunks()))
    return rows


def _blank(labels: pa.Array, stays: pa.Array) -> pa.Array:
    kind = labels.type
    if not pa.types.is_struct(kind):
        return pc.if_else(stays, labels, pa.scalar(None, kind))
    return pa.StructArray.from_arrays([_blank(one, stays) for one in labels.flatten()], fields=list(kind))


def published_rows(rows: pa.Table, classes: int) -> pa.Table:
    """Return rows of the faces table in the columns of a dataset of so many classes, but for their pictures.

    The rows have the columns `person_id`, `corpus`, the name of the source that they are of, and `duplicate_group` as
    well.

    Nothing is null, because PyTorch's default collation refuses null and numpy turns whole numbers beside it to
    floats. What is missing is what `missing` says, and originals have an empty `parent_id` and `augmentation`.
    """
    nothing = pa.nulls(len(rows), pa.string())
    made = {
        **{name: rows[name].cast(pa.int64()) for name in (*_class_columns(), *CLASS_DETAILS)},
        **{name: _votes(rows[name], classes) for name, kind in DETAILS.items() if pa.types.is_list(kind)},
        "parent_id": nothing,
        "augmentation": nothing,
    }
    names = [name for name in published_features([]) if name != "image"]
    return pa.table([_filled(made[name] if name in made else rows[name]) for name in names], names=names)


def _class_columns() -> list[str]:
    return [name for task in TASKS if LABELS[task].kind == "classes" for name in LABELS[task].columns]


def _votes(column: pa.Array | pa.ChunkedArray, classes: int) -> pa.Array:
    """Return lists of votes in lists of one length, one vote a class; a null list is one of nulls.

    >>> _votes(pa.array([[3, 1], None], pa.list_(pa.int16())), 2).to_pylist()
    [[3, 1], None]
    """
    lists = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return lists.cast(pa.list_(lists.type.value_type, classes))


def missing(kind: pa.DataType) -> Any:  # noqa: ANN401 - a value of any type
    """Return what stands in a published dataset where a value of a type is missing.

    >>> missing(pa.int8()), missing(pa.string()), missing(pa.list_(pa.float32(), 2))
    (-1, '', [nan, nan])
    """
    if pa.types.is_fixed_size_list(kind):
        return [missing(kind.value_type)] * kind.list_size
    if pa.types.is_floating(kind):
        return float("nan")
    return NO_LABEL if pa.types.is_integer(kind) else ""


def _filled(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if not pa.types.is_struct(values.type):
        nothing = pa.scalar(missing(values.type), values.type)
        if 0 < values.null_count == len(values):
            return pa.repeat(nothing, len(values))
        return pc.fill_null(values, nothing)
    return pa.StructArray.from_arrays(
        [_filled(field) for field in values.flatten()], fields=list(values.type)
    )


def published_images(encoded: pa.BinaryArray) -> pa.StructArray:
    """Return encoded pictures in the form of a dataset: beside a path, which nobody needs."""
    return pa.StructArray.from_arrays([encoded, pa.repeat("", len(encoded))], fields=list(IMAGE))


def with_copies(originals: pa.RecordBatch, source: Int64, copied: Mask, own: pa.Table) -> pa.RecordBatch:
    """Return published rows without pictures, and augmented copies (`COPIES`) each after its parent.

    `source` is the row of each, or of its parent, and `copied` says which are copies; `own` has these in their order.
    A copy has its parent's labels and its parent's place in the source video.
    """
    joined = originals.take(pa.array(source))
    place = np.where(copied, len(joined) + np.cumsum(copied) - 1, np.arange(len(joined)))
    for name in OF_COPIES if len(own) else ():
        index, field = originals.schema.get_field_index(name), originals.schema.field(name)
        both = pa.concat_arrays([joined[name], *own[name].cast(field.type).chunks])
        joined = joined.set_column(index, field, both.take(pa.array(place)))
    return joined
