"""The table of what a model says of every face in new material."""

import csv
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.labels.tasks import DIMENSIONS, EXPRESSION, UNITS, VALENCE_AROUSAL
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.model.files import Model
from fer_data.predict.recognise import SourceFaces
from fer_data.tables.schemas import write_table

__all__ = ["FRAME_PREDICTIONS", "frame_predictions", "write_predictions"]

_BOX = pa.list_(pa.float32(), 4)
_LANDMARKS = pa.list_(pa.list_(pa.float32(), 2), 5)

_FACE = [
    pa.field("source", pa.string(), nullable=False),
    pa.field("frame_index", pa.int32(), nullable=False),
    pa.field("pts_seconds", pa.float64(), nullable=False),
    pa.field("track_id", pa.int32(), nullable=False),
    pa.field("person_id", pa.int32(), nullable=False),
    pa.field("box", _BOX, nullable=False),
    pa.field("landmarks", _LANDMARKS, nullable=False),
    pa.field("detector_score", pa.float32(), nullable=False),
]
_MODEL = [pa.field("trained_on", pa.string(), nullable=False)]
_EXPRESSION = [
    pa.field("expression", pa.string(), nullable=False),
    pa.field("probability", pa.list_(pa.float32()), nullable=False),
    pa.field("logits", pa.list_(pa.float32()), nullable=False),
]
_VALENCE_AROUSAL = [
    pa.field("valence", pa.float32(), nullable=False),
    pa.field("arousal", pa.float32(), nullable=False),
]

FRAME_PREDICTIONS = pa.schema([*_FACE, *_EXPRESSION, *_MODEL])
"""One row a face, of a model for expression; probabilities are after temperature and smoothing.

`trained_on` says of every row which data the model knows, and whether their faces were rendered.
"""


def frame_predictions(tasks: Collection[str], units: Sequence[str]) -> pa.Schema:
    """Return the schema for a model with heads for these tasks: what it says of expression, affect and action units.

    `action_units` holds 1 or 0 by unit, `unit_probability` the probability behind it.
    """
    fields = [*_FACE]
    fields += _EXPRESSION if EXPRESSION in tasks else []
    fields += _VALENCE_AROUSAL if VALENCE_AROUSAL in tasks else []
    if UNITS in tasks:
        for name, kind in (("action_units", pa.int8()), ("unit_probability", pa.float32())):
            fields.append(pa.field(name, pa.struct([(unit, kind) for unit in units]), nullable=False))
    return pa.schema([*fields, *_MODEL])


def write_predictions(folder: Path, results: Sequence[SourceFaces], model: Model) -> None:
    """Write `predictions.parquet` and `predictions.csv`, sources in their order, one row a face."""
    schema = frame_predictions(model.tasks, model.units)
    tables = [_table(found, model, schema) for found in results]
    write_table(folder / "predictions.parquet", tables, schema)
    _write_csv(folder / "predictions.csv", tables, model)


def _table(found: SourceFaces, model: Model, schema: pa.Schema) -> pa.Table:
    count = len(found.frame_index)
    columns = {
        "source": pa.array([found.name] * count, pa.string()),
        "frame_index": found.frame_index.astype(np.int32),
        "pts_seconds": found.pts_seconds[found.frame_index],
        "track_id": found.track_id.astype(np.int32),
        "person_id": found.person_id.astype(np.int32),
        "box": pa.array(found.faces.boxes.tolist(), _BOX),
        "landmarks": pa.array(found.faces.landmarks.tolist(), _LANDMARKS),
        "detector_score": found.faces.scores,
    }
    if EXPRESSION in model.tasks:
        best = found.probability.argmax(axis=1)
        columns["expression"] = pa.array([model.classes[index] for index in best], pa.string())
        columns["probability"] = pa.array(found.probability.tolist(), schema.field("probability").type)
        columns["logits"] = pa.array(found.logits.tolist(), schema.field("logits").type)
    if VALENCE_AROUSAL in model.tasks:
        for index, name in enumerate(DIMENSIONS):
            columns[name] = found.valence_arousal[:, index].astype(np.float32)
    if UNITS in model.tasks:
        chances = found.units.astype(np.float32)
        columns["action_units"] = _by_unit((chances >= THRESHOLD).astype(np.int8), model.units)
        columns["unit_probability"] = _by_unit(chances, model.units)
    columns["trained_on"] = pa.array([model.trained_on] * count, pa.string())
    return pa.table(columns)


def _by_unit(values: NDArray[Any], units: Sequence[str]) -> pa.StructArray:
    return pa.StructArray.from_arrays([pa.array(one) for one in values.T], names=list(units))


def _write_csv(path: Path, tables: Iterable[pa.Table], model: Model) -> None:
    plain = ["source", "frame_index", "pts_seconds", "track_id", "person_id", "detector_score"]
    plain += [EXPRESSION] if EXPRESSION in model.tasks else []
    affect = list(DIMENSIONS) if VALENCE_AROUSAL in model.tasks else []
    corners = ["x_min", "y_min", "x_max", "y_max"]
    named = [f"p_{name}" for name in (*model.classes, *model.units)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*plain, *corners, *named, *affect, "trained_on"])
        for table in tables:
            for row in table.to_pylist():
                chances = [*row.get("probability", []), *row.get("unit_probability", {}).values()]
                said = [f"{value:.6f}" for value in (*chances, *(row[name] for name in affect))]
                writer.writerow([*(row[name] for name in plain), *row["box"], *said, row["trained_on"]])
