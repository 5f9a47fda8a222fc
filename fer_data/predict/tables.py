"""The table of what a model says of every face in new material."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.core.labels.tasks import EXPRESSION, LABELS, TASKS
from fer_data.model.files import Model
from fer_data.predict.answers import kind_of
from fer_data.predict.recognise import SourceFaces
from fer_data.published.licences import licence_metadata, stated_model_licence
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


def frame_predictions(names: Mapping[str, Sequence[str]]) -> pa.Schema:
    """Return the schema for a model with heads for these tasks, whose outputs have these names.

    Of units the task's column holds 1 or 0 by unit, `unit_probability` the probability behind it.
    """
    own = [field for task in TASKS if task in names for field in kind_of(task).fields(task, names[task])]
    return pa.schema([*_FACE, *own, *_MODEL])


FRAME_PREDICTIONS = frame_predictions({EXPRESSION: ()})
"""One row a face, of a model for expression; probabilities are after temperature and smoothing.

`trained_on` says of every row which data the model knows, and whether their faces were rendered.
"""


def write_predictions(folder: Path, results: Sequence[SourceFaces], model: Model) -> None:
    """Write `predictions.parquet` and `predictions.csv`, sources in their order, one row a face."""
    schema = frame_predictions({task: model.outputs_of(task) for task in model.tasks})
    tables = [_table(found, model, schema) for found in results]
    stated = licence_metadata(stated_model_licence(model.description))
    write_table(folder / "predictions.parquet", tables, schema, stated)
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
    for task, answers in found.answers.items():
        columns |= kind_of(task).columns(answers)
    columns["trained_on"] = pa.array([model.trained_on] * count, pa.string())
    return pa.table({name: columns[name] for name in schema.names})


def _write_csv(path: Path, tables: Iterable[pa.Table], model: Model) -> None:
    classes = [LABELS[task].columns[0] for task in model.tasks if LABELS[task].kind == "classes"]
    plain = ["source", "frame_index", "pts_seconds", "track_id", "person_id", "detector_score", *classes]
    corners = ["x_min", "y_min", "x_max", "y_max"]
    ordered = sorted(model.tasks, key=lambda task: LABELS[task].kind == "values")  # probabilities first
    named = [name for task in ordered for name in kind_of(task).headers(task, model.outputs_of(task))]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*plain, *corners, *named, "trained_on"])
        for table in tables:
            for row in table.to_pylist():
                said = [f"{value:.6f}" for task in ordered for value in kind_of(task).numbers(task, row)]
                writer.writerow([*(row[name] for name in plain), *row["box"], *said, row["trained_on"]])
