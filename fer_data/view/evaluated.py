"""What an evaluation answered of the rows of videos: class, probability, what smoothing makes of it, values, units."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Int64, Mask
from fer_data.core.labels.tasks import ACTION_UNITS, DIMENSIONS, EXPRESSION, LABELS, UNITS, VALENCE_AROUSAL
from fer_data.core.metrics.calibration import probabilities
from fer_data.core.metrics.clips import clip_numbers
from fer_data.core.metrics.smoothing import smooth
from fer_data.predictions.schemas import FILES, WHOSE, row_series, schema_of
from fer_data.tables.schemas import read_table
from fer_data.view.evaluation import Evaluation, at, number

if TYPE_CHECKING:
    from fer_data.view.predictions import Answers
    from fer_data.view.videos import VideoRows

__all__ = ["ClassAnswers", "Evaluated", "evaluated", "scored_rows"]

_KEYS = ("row_id", "subject_id", "video_id", "frame_index")


@dataclass(frozen=True, eq=False)
class ClassAnswers:
    """Which class was answered of each row, as `Answers` has it.

    Attributes:
        predicted: (n,) class, -1 for a row that was not scored.
        own: (n,) rows that the model saw: the others were filled from their nearest frame, or with the largest class.
        confidence: (n,) probability of the answer; NaN where the model saw nothing.
        label_probability: (n,) that of the label; NaN too where there is none.
        smoothed: (n,) class after smoothing, -1 where the model saw nothing; None where nothing was smoothed.
        window: frames to either side of the smoothing, as the evaluation chose it; None where it does not say.
    """

    predicted: NDArray[np.int16]
    own: Mask
    confidence: Float32
    label_probability: Float32
    smoothed: NDArray[np.int16] | None
    window: int | None


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What was answered of each of some rows, at one resolution.

    Attributes:
        resolution: the side in px of the pictures, of the headline scores.
        names: of the classes that labels and answers count: those of the rows, then the model's further ones.
        classes: None without that task.
        values: by `valence` and `arousal`, (n,), NaN for none; empty without that task.
        units: by action unit, (n,) probability, NaN for none; empty without that task.
    """

    resolution: int
    names: tuple[str, ...]
    classes: ClassAnswers | None
    values: Mapping[str, Float32]
    units: Mapping[str, Float32]


def scored_rows(evaluation: Evaluation | None) -> tuple[pa.Table | None, tuple[str, ...]]:
    """Return the rows that an evaluation scored, with their labels, and the names of its classes; None without one."""
    if evaluation is None or not evaluation.tasks:
        return None, ()
    found: pa.Table | None = None
    names: tuple[str, ...] = ()
    for task in evaluation.tasks:
        said = next(iter(evaluation.answers(task).values()))
        names = said.names if task == EXPRESSION else names
        rows = pa.table({**{name: said.rows[name] for name in _KEYS}, **_labels(said)})
        found = rows if found is None else found.join(rows, keys=list(_KEYS), join_type="full outer")
    return None if found is None else _with_units(found), names


def _with_units(rows: pa.Table) -> pa.Table:
    """Return rows with their units in one column; tables are joined without, as pyarrow joins no structs."""
    flat = [name for name in rows.column_names if name.startswith(f"{UNITS}.")]
    if not flat:
        return rows
    fields = [rows[name].combine_chunks() for name in flat]
    units = pa.StructArray.from_arrays(fields, [name.removeprefix(f"{UNITS}.") for name in flat])
    return rows.drop_columns(flat).append_column(UNITS, units)


def _labels(said: "Answers") -> dict[str, pa.Array]:
    if said.task == UNITS:
        return {f"{UNITS}.{name}": pa.array(said.actual[:, at]) for at, name in enumerate(said.names)}
    if said.actual.ndim == 1:
        return {LABELS[said.task].columns[0]: pa.array(said.actual)}
    return {name: pa.array(said.actual[:, index]) for index, name in enumerate(said.names)}


def evaluated(evaluation: Evaluation, rows: "VideoRows") -> Evaluated | None:
    """Return what an evaluation says of these rows at the resolution of its headline; None where it is of none."""
    said = {task: next(iter(evaluation.answers(task).values())) for task in evaluation.tasks}
    places = {task: one.places(rows.row_ids) for task, one in said.items()}
    said = {task: one for task, one in said.items() if (places[task] >= 0).any()}
    if not said:
        return None
    names, classes = rows.classes, None
    if EXPRESSION in said:
        names, classes = _classes(evaluation, said[EXPRESSION], places[EXPRESSION], rows.classes)
    values, units = (
        _columns(said[task], places[task]) if task in said else {} for task in (VALENCE_AROUSAL, UNITS)
    )
    return Evaluated(next(iter(said.values())).resolution, names, classes, values=values, units=units)


def _classes(
    evaluation: Evaluation, said: "Answers", places: Int64, known: tuple[str, ...]
) -> tuple[tuple[str, ...], ClassAnswers]:
    names = (*known, *(name for name in said.names if name not in known))
    ours = np.array([names.index(name) for name in said.names], np.int16)
    stated = evaluation.scores, "resolutions", str(said.resolution)
    window = at(*stated, "smoothing", "window_frames")
    window = window if isinstance(window, int) and 0 <= window < 1 << 20 else None
    smoothed = None
    if window:
        temperature = number(*stated, "calibration", "temperature") or 1.0
        smoothed = _taken(ours[_smoothed(evaluation, said.resolution, temperature, window)], places, -1)
        smoothed[~_taken(_own(said), places, none=False)] = -1
    nothing = np.full(len(said.rows), np.nan, np.float32)
    return names, ClassAnswers(
        predicted=_taken(ours[said.predicted], places, -1),
        own=_taken(_own(said), places, none=False),
        confidence=_taken(nothing if said.confidence is None else said.confidence, places, np.nan),
        label_probability=_taken(
            nothing if said.label_probability is None else said.label_probability, places, np.nan
        ),
        smoothed=smoothed,
        window=window,
    )


def _taken(values: NDArray[Any], places: Int64, none: float) -> NDArray[Any]:
    """Return the value at each place, `none` where that is below 0."""
    return np.where(places >= 0, values[np.maximum(places, 0)], np.array(none, values.dtype))


def _own(said: "Answers") -> Mask:
    return np.asarray(pc.equal(said.rows["source"], "model").to_numpy(), np.bool_)


def _smoothed(evaluation: Evaluation, resolution: int, temperature: float, window: int) -> Int64:
    """Return the class of each row after smoothing, as `evaluate` smooths; 0 where the model saw nothing."""
    path = evaluation.folder / FILES[EXPRESSION]
    stored = pq.read_schema(path).names
    columns = [name for name in (*_KEYS, "resolution", "source", "logits", *WHOSE.names) if name in stored]
    table = read_table(path, schema_of(stored, EXPRESSION), columns)
    table = table.filter(pc.equal(table["resolution"], resolution))
    own = np.asarray(pc.equal(table["source"], "model").to_numpy(), np.bool_)
    logits = pc.list_flatten(table["logits"].filter(pa.array(own))).to_numpy(zero_copy_only=False)
    series = row_series(table)
    clips = clip_numbers(series, series)[own]
    means = smooth(
        probabilities(logits.reshape(int(own.sum()), -1), temperature),
        clips,
        table["frame_index"].to_numpy()[own],
        window=window,
    )
    found = np.zeros(len(table), np.int64)
    found[own] = means.argmax(axis=1)
    return found


def _columns(said: "Answers", places: Int64) -> dict[str, Float32]:
    columns = DIMENSIONS if said.task == VALENCE_AROUSAL else ACTION_UNITS
    found = {}
    for index, name in enumerate(said.names):
        values = _taken(said.predicted[:, index].astype(np.float32), places, np.nan)
        if name in columns and np.isfinite(values).any():
            found[name] = values
    return found
