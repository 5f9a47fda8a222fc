"""Predictions of valence and arousal and of action units as tables, and as arrays to score."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.answers import THRESHOLD, unit_probabilities, within_range
from fer_data.model_files import Model
from fer_data.task_tables import unit_struct
from train.predictions import Seen

__all__ = [
    "TaskRows",
    "action_unit_rows",
    "action_unit_table",
    "valence_arousal_rows",
    "valence_arousal_table",
]

Int64 = NDArray[np.int64]
Float64 = NDArray[np.float64]

DIMENSIONS = ("valence", "arousal")


@dataclass(frozen=True, slots=True, eq=False)
class TaskRows:
    """Annotated rows of one resolution and what was answered.

    Attributes:
        subjects: subject of each row.
        videos: video of each row, the unit that is drawn.
        frames: (n,) 0-based frame.
        actual: (n, 2) valence and arousal, or (n, units) 1, 0 or -1.
        answers: of that shape: valence and arousal, or probabilities of the units, 0 for one that the model lacks.
        own: (n,) rows that the model saw.
        sources: where each row's answer comes from.
    """

    subjects: Sequence[str]
    videos: Sequence[str]
    frames: Int64
    actual: NDArray[Any]
    answers: Float64
    own: NDArray[np.bool_]
    sources: Sequence[str]


def valence_arousal_table(model: Model, seen: Seen, side_px: int) -> pa.Table:
    """Return the `VALENCE_AROUSAL_PREDICTIONS` of the rows that the task annotates, clipped to [-1, 1].

    A row without a crop takes its subject's nearest row's answer, else the mean over the training rows.
    """
    seen = seen.of_task("valence_arousal", model.network.columns["valence_arousal"])
    means = [model.stated("train_means")[name] for name in DIMENSIONS]
    answers, how = _answered(seen, within_range(seen.outputs), np.array(means), "training_mean")
    columns = seen.place_columns(side_px) | {name: seen.rows[name] for name in DIMENSIONS}
    for place, name in enumerate(DIMENSIONS):
        columns[f"predicted_{name}"] = pa.array(answers[:, place].astype(np.float32))
    return pa.table(columns | {"source": how})


def action_unit_table(model: Model, seen: Seen, side_px: int) -> pa.Table:
    """Return the `ACTION_UNIT_PREDICTIONS` of the rows that the task annotates.

    A row without a crop takes its subject's nearest row's answer, else each unit's most frequent value in training.
    """
    seen = seen.of_task("action_units", model.network.columns["action_units"])
    counts = [model.stated("train_unit_counts")[unit] for unit in model.units]
    usual = np.array([float(count["present"] > count["absent"]) for count in counts])
    chances, how = _answered(seen, unit_probabilities(seen.outputs), usual, "most_frequent")
    answers = chances.astype(np.float32)  # as they are stored, so that the table explains its own answers
    present = (answers >= THRESHOLD).astype(np.int8)
    return pa.table(
        seen.place_columns(side_px)
        | {
            "action_units": seen.rows["action_units"],
            "predicted": unit_struct(present, model.units, pa.int8()),
            "probability": unit_struct(answers, model.units, pa.float32()),
            "source": how,
        }
    )


def _answered(seen: Seen, own: Float64, usual: Float64, last_resort: str) -> tuple[Float64, pa.Array]:
    """Return the answer of every row, (n, k), and where it comes from."""
    source = seen.sources()
    answers = np.tile(usual, (len(source), 1))
    answers[seen.has_crop] = own
    answers = np.where((source >= 0)[:, None], answers[source], usual)
    how = np.where(seen.has_crop, "model", np.where(source >= 0, "nearest", last_resort))
    return answers, pa.array(how.astype(object), pa.string())


def valence_arousal_rows(table: pa.Table) -> TaskRows:
    """Return a table of `VALENCE_AROUSAL_PREDICTIONS` as arrays."""
    actual = np.stack([table[name].to_numpy().astype(np.float64) for name in DIMENSIONS], axis=1)
    answers = [table[f"predicted_{name}"].to_numpy().astype(np.float64) for name in DIMENSIONS]
    return _rows(table, actual, np.stack(answers, axis=1))


def action_unit_rows(table: pa.Table) -> TaskRows:
    """Return a table of `ACTION_UNIT_PREDICTIONS` as arrays over all `ACTION_UNITS`."""
    actual = [pc.fill_null(one, -1).to_numpy() for one in table["action_units"].combine_chunks().flatten()]
    answers = [pc.fill_null(one, 0.0).to_numpy() for one in table["probability"].combine_chunks().flatten()]
    return _rows(
        table, np.stack(actual, axis=1).astype(np.int64), np.stack(answers, axis=1).astype(np.float64)
    )


def _rows(table: pa.Table, actual: NDArray[Any], answers: Float64) -> TaskRows:
    sources = table["source"].to_pylist()
    return TaskRows(
        subjects=table["subject_id"].to_pylist(),
        videos=table["video_id"].to_pylist(),
        frames=table["frame_index"].to_numpy().astype(np.int64),
        actual=actual,
        answers=answers,
        own=np.array([source == "model" for source in sources], np.bool_),
        sources=sources,
    )
