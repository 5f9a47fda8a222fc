"""The table of what a model says of every face in new material."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from fer_data.prediction.recognise import SourceFaces
from fer_data.tables import write_table

__all__ = ["FRAME_PREDICTIONS", "write_predictions"]

_BOX = pa.list_(pa.float32(), 4)
_LANDMARKS = pa.list_(pa.list_(pa.float32(), 2), 5)

FRAME_PREDICTIONS = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("frame_index", pa.int32(), nullable=False),
        pa.field("pts_seconds", pa.float64(), nullable=False),
        pa.field("track_id", pa.int32(), nullable=False),
        pa.field("box", _BOX, nullable=False),
        pa.field("landmarks", _LANDMARKS, nullable=False),
        pa.field("detector_score", pa.float32(), nullable=False),
        pa.field("expression", pa.string(), nullable=False),
        pa.field("probability", pa.list_(pa.float32()), nullable=False),
        pa.field("logits", pa.list_(pa.float32()), nullable=False),
    ]
)
"""One row a face; probabilities are after temperature and smoothing."""


def write_predictions(folder: Path, results: Sequence[SourceFaces], classes: Sequence[str]) -> None:
    """Write `predictions.parquet` and `predictions.csv`, sources in their order, one row a face."""
    tables = [_table(found, classes) for found in results]
    write_table(folder / "predictions.parquet", tables, FRAME_PREDICTIONS)
    _write_csv(folder / "predictions.csv", tables, classes)


def _table(found: SourceFaces, classes: Sequence[str]) -> pa.Table:
    best = found.probability.argmax(axis=1) if len(found.probability) else np.zeros(0, np.int64)
    return pa.table(
        {
            "source": pa.array([found.name] * len(best), pa.string()),
            "frame_index": found.frame_index.astype(np.int32),
            "pts_seconds": found.pts_seconds[found.frame_index],
            "track_id": found.track_id.astype(np.int32),
            "box": pa.array(found.faces.boxes.tolist(), _BOX),
            "landmarks": pa.array(found.faces.landmarks.tolist(), _LANDMARKS),
            "detector_score": found.faces.scores,
            "expression": pa.array([classes[place] for place in best], pa.string()),
            "probability": pa.array(found.probability.tolist(), FRAME_PREDICTIONS.field("probability").type),
            "logits": pa.array(found.logits.tolist(), FRAME_PREDICTIONS.field("logits").type),
        }
    )


def _write_csv(path: Path, tables: Iterable[pa.Table], classes: Sequence[str]) -> None:
    plain = ("source", "frame_index", "pts_seconds", "track_id", "detector_score", "expression")
    header = [*plain, "x_min", "y_min", "x_max", "y_max", *(f"p_{name}" for name in classes)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for table in tables:
            for row in table.to_pylist():
                chances = (f"{chance:.6f}" for chance in row["probability"])
                writer.writerow([*(row[name] for name in plain), *row["box"], *chances])
