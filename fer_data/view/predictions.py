"""What a model answered for each row, as several sections of the page read it: numbers without an object a row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Mask
from fer_data.core.labels.tasks import EXPRESSION, LABELS, NO_LABEL
from fer_data.core.metrics.calibration import probabilities
from fer_data.predictions.rows import read_rows, stated_classes

if TYPE_CHECKING:
    from fer_data.view.material import Material

__all__ = ["Answers", "answers", "read_answers"]

_KEYS = ("row_id", "subject_id", "video_id", "frame_index", "source")
_ATTENDANT = ("corpus", "subject_source", "label_scope")
_AT_ONCE = 1 << 16
"""Rows whose probabilities are computed together."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What was answered for the rows of one task at one resolution, in the order of the evaluation's table.

    Probabilities of classes are the softmax of the model's logits as they are: not calibrated, the temperature of
    `scores.json` is not applied. Those of action units are the logistic function of theirs.

    Attributes:
        task: expression, valence_arousal or action_units.
        resolution: of the pictures, in px.
        names: the classes, the values or the action units.
        rows: row_id, subject_id, video_id, frame_index and source (`model`; `nearest`: the answer for the nearest frame
            with a crop; `most_frequent` or `training_mean`: there was none), and corpus where rows are of several.
        actual: (n,) int16 class, -1 where there is none; (n, 2) float32 values, NaN; (n, units) int8 0 or 1, -1.
        predicted: (n,) int16 class; (n, 2) float32 values; (n, units) float32 probabilities, NaN of a unit that the
            model does not answer.
        confidence: (n,) probability of the answered class; NaN where the model saw no picture. None of other tasks.
        label_probability: (n,) probability of the labelled class; NaN too without a label. None of other tasks.
        loss: (n,) cross-entropy in nats; mean absolute error of the values; share of the annotated units that are
            answered wrongly. NaN without a label, of classes also where the model saw no picture.
    """

    task: str
    resolution: int
    names: tuple[str, ...]
    rows: pa.Table
    actual: NDArray[Any]
    predicted: NDArray[Any]
    loss: Float32
    confidence: Float32 | None = None
    label_probability: Float32 | None = None

    def places(self, row_ids: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
        """Return where each of some rows stands in these columns, -1 for one that was not answered."""
        found = pc.index_in(row_ids, pa.array(self.rows["row_id"].combine_chunks()))
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)


def answers(material: "Material", resolution: int | None = None, task: str = EXPRESSION) -> Answers | None:
    """Return what the given evaluation answered; None without one, or where it lacks the task or the resolution.

    Without a resolution it is that of the headline scores, whose confusion matrix counts these rows.

    Raises:
        DatasetError: the table of predictions is damaged, or holds what no model says.
    """
    if material.evaluation is None:
        return None
    found = material.evaluation.answers(task)
    return next(iter(found.values()), None) if resolution is None else found.get(resolution)


def read_answers(folder: Path, task: str) -> dict[int, Answers]:
    """Return what an evaluation answered for a task, by resolution.

    Raises:
        DatasetError: the table is missing or damaged, or holds what no model says.
    """
    table = read_rows(folder, task)
    sides = sorted(pc.unique(table["resolution"]).to_pylist(), reverse=True)
    read = _READ[LABELS[task].kind]
    found = {}
    for px in sides:
        own = table.filter(pc.equal(table["resolution"], px)) if len(sides) > 1 else table
        rows = own.select([name for name in (*_KEYS, *_ATTENDANT) if name in own.column_names])
        found[int(px)] = Answers(task, int(px), rows=rows.replace_schema_metadata(None), **read(own, task))
    return found


def _classes(table: pa.Table, task: str) -> dict[str, Any]:
    actual = table[LABELS[task].columns[0]].to_numpy().astype(np.int16)
    predicted = table["predicted"].to_numpy().astype(np.int16)
    own = np.asarray(pc.equal(table["source"], "model").to_numpy(zero_copy_only=False), np.bool_)
    confidence, right = _probabilities(table["logits"], own, np.stack([predicted, actual]))
    with np.errstate(divide="ignore"):
        loss = np.where(np.isnan(right), np.nan, -np.log(np.maximum(right, np.finfo(np.float32).tiny)))
    return {
        "names": _class_names(table, predicted, actual),
        "actual": actual,
        "predicted": predicted,
        "confidence": confidence,
        "label_probability": right,
        "loss": loss.astype(np.float32),
    }


def _class_names(table: pa.Table, predicted: NDArray[Any], actual: NDArray[Any]) -> tuple[str, ...]:
    """Return the stated names of the classes; tables of earlier versions have none, theirs are numbers."""
    stated = stated_classes(table)
    count = int(max(predicted.max(initial=0), actual.max(initial=0))) + 1
    return stated or tuple(f"class {index}" for index in range(count))


def _probabilities(logits: pa.ChunkedArray, own: Mask, wanted: NDArray[np.int16]) -> tuple[Float32, Float32]:
    """Return the probabilities of two classes of each row; NaN where there are no logits or no such class."""
    found = np.full((2, len(own)), np.nan, np.float32)
    first = 0
    for chunk in logits.iterchunks():
        for start in range(0, len(chunk), _AT_ONCE):
            part = chunk.slice(start, _AT_ONCE)
            rows = first + start + np.flatnonzero(own[first + start : first + start + len(part)])
            if not len(rows):
                continue
            values = pc.list_flatten(part).to_numpy(zero_copy_only=False).reshape(len(rows), -1)
            likely = probabilities(values)
            for index in range(2):
                classes = wanted[index, rows]
                known = classes != NO_LABEL
                found[index, rows[known]] = likely[np.flatnonzero(known), classes[known]]
        first += len(chunk)
    return found[0], found[1]


def _values(table: pa.Table, task: str) -> dict[str, Any]:
    names = LABELS[task].columns
    actual, predicted = (
        np.stack([table[prefix + name].to_numpy().astype(np.float32) for name in names], axis=1)
        for prefix in ("", "predicted_")
    )
    loss = np.abs(actual - predicted).mean(axis=1)
    return {"names": names, "actual": actual, "predicted": predicted, "loss": loss}


def _units(table: pa.Table, task: str) -> dict[str, Any]:
    actual = _struct(table[LABELS[task].columns[0]], pa.int8(), -1)
    predicted = _struct(table["probability"], pa.float32(), np.nan)
    answer = _struct(table["predicted"], pa.int8(), -1)
    both = (actual >= 0) & (answer >= 0)
    wrong, counted = (both & (actual != answer)).sum(axis=1), both.sum(axis=1)
    loss = np.divide(wrong, counted, out=np.full(len(table), np.nan, np.float32), where=counted > 0)
    return {"names": LABELS[task].names, "actual": actual, "predicted": predicted, "loss": loss}


def _struct(column: pa.ChunkedArray, kind: pa.DataType, missing: float) -> NDArray[Any]:
    """Return the fields of a struct as an array, (n, fields)."""
    fields = column.combine_chunks().flatten()
    return np.stack([pc.fill_null(one.cast(kind), missing).to_numpy() for one in fields], axis=1)


_READ: Mapping[str, Callable[[pa.Table, str], dict[str, Any]]] = {
    "classes": _classes,
    "values": _values,
    "units": _units,
}
