"""Predictions of any task: the schema of its table, one row an annotated frame and resolution, and the record of it.

What a task's table looks like follows from the kind of its labels (`core/labels/tasks.py`): a class, values, or units.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Float64, Int64, Mask
from fer_data.core.labels.tasks import EXPRESSION, LABELS, TASKS, UNITS, VALENCE_AROUSAL, LabelSpec
from fer_data.core.metrics.calibration import probabilities
from fer_data.core.metrics.clips import clip_numbers
from fer_data.core.metrics.head_outputs import THRESHOLD, unit_probabilities
from fer_data.core.metrics.units import Drawn, drawn_units
from fer_data.tables.schemas import PREDICTIONS

__all__ = [
    "ACTION_UNIT_PREDICTIONS",
    "FILES",
    "TABLES",
    "VALENCE_AROUSAL_PREDICTIONS",
    "WHOSE",
    "Answers",
    "Columns",
    "Predictions",
    "TaskTable",
    "is_plain",
    "row_series",
    "schema_of",
    "table_units",
    "texts_of",
    "unit_struct",
]

Columns = Mapping[str, pa.ChunkedArray | pa.Array]

_KEYS = [
    PREDICTIONS.field(name) for name in ("row_id", "subject_id", "video_id", "frame_index", "resolution")
]
_SOURCE = pa.field("source", pa.string(), nullable=False)

WHOSE = pa.schema(
    [pa.field(name, pa.string(), nullable=False) for name in ("corpus", "subject_source", "label_scope")]
)
"""Columns behind those of a task where rows are of several corpora, of people or of single pictures, or a row stands
for a segment or clip; without them rows are frames of one corpus, each subject in one video."""

_WITHOUT = {"corpus": "", "subject_source": "video", "label_scope": "frame"}


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Rows of one resolution and what was answered: what every score, interval and submission is made from.

    Attributes:
        subjects: subject of each row.
        videos: video of each row, of a single picture its id.
        series: what each row is a frame of: one person in one video; a segment or a picture is one of its own.
        corpora: name of the source of each row; empty where the table does not say.
        subject_sources: whether the subject of each row is a person that the corpus names, a video, or nobody known.
        frames: (n,) 0-based frame.
        actual: the labels: (n,) class, (n, k) values, or (n, units) 1, 0 or -1.
        answers: of that shape: the class, the values, or the probabilities of the units, 0 for one without an output.
        own: rows that the model saw.
        sources: where each row's answer comes from.
        logits: (own rows, classes); None of other kinds of labels.
    """

    subjects: Sequence[str]
    videos: Sequence[str]
    series: Sequence[str]
    corpora: NDArray[np.str_]
    subject_sources: NDArray[np.str_]
    frames: NDArray[np.int64]
    actual: NDArray[Any]
    answers: NDArray[Any]
    own: Mask
    sources: Sequence[str]
    logits: Float64 | None = None

    @property
    def clips(self) -> Int64:
        """Return the number of what each row is a frame of: neighbouring frames are those of a clip."""
        return clip_numbers(self.series, self.series)

    def units(self) -> tuple[NDArray[np.str_], Drawn]:
        """Return the unit that intervals draw of each row, and what units are."""
        return drawn_units(self.subject_sources.tolist(), self.subjects, self.videos)

    def take(self, mask: Mask) -> "Predictions":
        """Return the rows of a mask."""
        return Predictions(
            subjects=_chosen(self.subjects, mask),
            videos=_chosen(self.videos, mask),
            series=_chosen(self.series, mask),
            corpora=self.corpora[mask],
            subject_sources=self.subject_sources[mask],
            frames=self.frames[mask],
            actual=self.actual[mask],
            answers=self.answers[mask],
            own=self.own[mask],
            sources=_chosen(self.sources, mask),
            logits=None if self.logits is None else self.logits[mask[self.own]],
        )


def _chosen(names: Sequence[str], mask: Mask) -> list[str]:
    return [name for name, one in zip(names, mask.tolist(), strict=True) if one]


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What is answered for rows, before it is a table.

    Attributes:
        values: the answer of every row, as `Predictions` has it.
        sources: where it comes from.
        outputs: of the head, of the rows that the model saw.
        names: of the outputs.
    """

    values: NDArray[Any]
    sources: Sequence[str]
    outputs: NDArray[np.float32]
    names: Sequence[str]


class TaskTable(Protocol):
    """How the predictions of one task are stored."""

    @property
    def schema(self) -> pa.Schema:
        """Return the columns."""

    @property
    def last_resort(self) -> str:
        """Return the source of answers for a subject without any crop."""

    def answers(self, outputs: NDArray[np.float32], *, temperature: float | None = None) -> NDArray[Any]:
        """Return what outputs of a head, (n, outputs), mean; with a temperature what can be averaged over frames.

        These are the same, but of classes, of which only probabilities have a mean.
        """

    def decided(self, means: Float64) -> NDArray[Any]:
        """Return the answers that averages over frames stand for."""

    def table(self, keys: Columns, labels: Columns, said: Answers) -> pa.Table:
        """Return the table of rows with these places and labels."""

    def read(self, table: pa.Table) -> Predictions:
        """Return a table of the schema, of one resolution, as arrays."""


class _ClassTable:
    """A class a row, with the logits behind it."""

    last_resort = "most_frequent"

    def __init__(self, stated: LabelSpec) -> None:
        self.column = stated.columns[0]
        label = pa.field(self.column, pa.int8(), nullable=False)
        self.schema = PREDICTIONS.set(PREDICTIONS.get_field_index(EXPRESSION), label)

    def answers(self, outputs: NDArray[np.float32], *, temperature: float | None = None) -> NDArray[Any]:
        if temperature is not None:
            return probabilities(outputs, temperature)
        return np.asarray(outputs.argmax(axis=1) if len(outputs) else np.zeros(0, np.int64))

    def decided(self, means: Float64) -> NDArray[Any]:
        return np.asarray(means.argmax(axis=1))

    def table(self, keys: Columns, labels: Columns, said: Answers) -> pa.Table:
        rows = iter(said.outputs.tolist())
        logits = [next(rows) if source == "model" else None for source in said.sources]
        predicted = pa.array(said.values.astype(np.int8))
        made = {"predicted": predicted, "logits": pa.array(logits, self.schema.field("logits").type)}
        return _table(self.schema, {**keys, **labels, **made}, said)

    def read(self, table: pa.Table) -> Predictions:
        own = pc.equal(table["source"], "model")
        rows = pa.chunked_array(table["logits"].filter(own)).combine_chunks()
        logits = rows.flatten().to_numpy(zero_copy_only=False).astype(np.float64)
        actual, predicted = (table[name].to_numpy().astype(np.int64) for name in (self.column, "predicted"))
        return _read(table, actual, predicted, logits.reshape(len(rows), -1) if len(rows) else None)


class _ValueTable:
    """A number a column, within the limits of the annotation."""

    last_resort = "training_mean"

    def __init__(self, stated: LabelSpec) -> None:
        self.columns, self.limits = stated.columns, stated.limits or (-np.inf, np.inf)
        names = (*self.columns, *(f"predicted_{name}" for name in self.columns))
        self.schema = pa.schema(
            [*_KEYS, *(pa.field(name, pa.float32(), nullable=False) for name in names), _SOURCE]
        )

    def answers(self, outputs: NDArray[np.float32], *, temperature: float | None = None) -> NDArray[Any]:
        del temperature
        return np.clip(np.asarray(outputs, np.float64), *self.limits)

    def decided(self, means: Float64) -> NDArray[Any]:
        return means

    def table(self, keys: Columns, labels: Columns, said: Answers) -> pa.Table:
        values = said.values.astype(np.float32)
        made = {f"predicted_{name}": pa.array(values[:, at]) for at, name in enumerate(self.columns)}
        return _table(self.schema, {**keys, **labels, **made}, said)

    def read(self, table: pa.Table) -> Predictions:
        actual, answers = (
            np.stack([table[prefix + name].to_numpy().astype(np.float64) for name in self.columns], axis=1)
            for prefix in ("", "predicted_")
        )
        return _read(table, actual, answers)


class _UnitTable:
    """Units present or absent, with their probabilities."""

    last_resort = "most_frequent"

    def __init__(self, stated: LabelSpec) -> None:
        self.column, self.names = stated.columns[0], stated.names
        kinds = {self.column: pa.int8(), "predicted": pa.int8(), "probability": pa.float32()}
        fields = [
            pa.field(name, pa.struct([(unit, kind) for unit in self.names]), nullable=False)
            for name, kind in kinds.items()
        ]
        self.schema = pa.schema([*_KEYS, *fields, _SOURCE])

    def answers(self, outputs: NDArray[np.float32], *, temperature: float | None = None) -> NDArray[Any]:
        del temperature
        return unit_probabilities(outputs)

    def decided(self, means: Float64) -> NDArray[Any]:
        return means

    def table(self, keys: Columns, labels: Columns, said: Answers) -> pa.Table:
        stored = said.values.astype(np.float32)  # so that the table explains its own answers
        present = (stored >= THRESHOLD).astype(np.int8)
        made = {
            "predicted": unit_struct(present, said.names, pa.int8(), self.names),
            "probability": unit_struct(stored, said.names, pa.float32(), self.names),
        }
        return _table(self.schema, {**keys, **labels, **made}, said)

    def read(self, table: pa.Table) -> Predictions:
        actual, answers = (
            np.stack([pc.fill_null(one, missing).to_numpy() for one in _fields(table[name])], axis=1)
            for name, missing in ((self.column, -1), ("probability", 0.0))
        )
        return _read(table, actual.astype(np.int64), answers.astype(np.float64))


def _fields(column: pa.ChunkedArray) -> list[pa.Array]:
    fields: list[pa.Array] = column.combine_chunks().flatten()
    return fields


def _table(schema: pa.Schema, columns: Columns, said: Answers) -> pa.Table:
    made = {**columns, "source": pa.array(said.sources, pa.string())}
    names = [*schema.names, *(name for name in WHOSE.names if name in columns)]
    return pa.table({name: made[name] for name in names})


def is_plain(texts: Mapping[str, NDArray[np.str_]]) -> bool:
    """Say whether a table needs no columns of `WHOSE`: all rows say what stands without them, and are of one corpus."""
    same = all((texts[name] == _WITHOUT[name]).all() for name in ("subject_source", "label_scope"))
    return same and len(np.unique(texts["corpus"])) < 2


def schema_of(names: Sequence[str], task: str) -> pa.Schema:
    """Return the schema of a task's table that has columns of these names: with those of `WHOSE` or without.

    >>> schema_of(["corpus"], EXPRESSION).names[-1]
    'corpus'
    """
    return pa.schema([*TABLES[task].schema, *(field for field in WHOSE if field.name in names)])


def texts_of(table: pa.Table, name: str) -> NDArray[np.str_]:
    """Return a column of `WHOSE` of every row, or what stands for it."""
    if name not in table.column_names:
        return np.full(len(table), _WITHOUT[name])
    return np.asarray(table[name].to_numpy(), np.str_)


def table_units(table: pa.Table) -> tuple[NDArray[np.str_], Drawn]:
    """Return the unit that intervals draw of each row of a table, and what units are."""
    subjects, videos = (table[name].to_pylist() for name in ("subject_id", "video_id"))
    return drawn_units(texts_of(table, "subject_source").tolist(), subjects, videos)


def row_series(table: pa.Table) -> list[str]:
    """Return what each row is a frame of, by its id and without the frame; a segment or clip is one of its own.

    >>> row_series(pa.table({"row_id": ["a/00001", "a/00002"]}))
    ['a', 'a']
    """
    names: list[str] = pc.replace_substring_regex(table["row_id"], "/[^/]*$", "").to_pylist()
    whole = texts_of(table, "label_scope") != "frame"
    if not whole.any():
        return names
    own = zip(names, table["row_id"].to_pylist(), whole.tolist(), strict=True)
    return [row if one else name for name, row, one in own]


def _read(
    table: pa.Table, actual: NDArray[Any], answers: NDArray[Any], logits: Float64 | None = None
) -> Predictions:
    sources = table["source"].to_pylist()
    return Predictions(
        subjects=table["subject_id"].to_pylist(),
        videos=table["video_id"].to_pylist(),
        series=row_series(table),
        corpora=texts_of(table, "corpus"),
        subject_sources=texts_of(table, "subject_source"),
        frames=table["frame_index"].to_numpy().astype(np.int64),
        actual=actual,
        answers=answers,
        own=np.array([source == "model" for source in sources], np.bool_),
        sources=sources,
        logits=logits,
    )


def unit_struct(
    values: NDArray[Any], units: Sequence[str], kind: pa.DataType, names: Sequence[str]
) -> pa.StructArray:
    """Return values (n, units) as a column with a field for each of `names`, null for those not in `units`."""
    fields = [
        pa.array(values[:, units.index(unit)], kind) if unit in units else pa.nulls(len(values), kind)
        for unit in names
    ]
    return pa.StructArray.from_arrays(fields, names=list(names))


_KINDS: Mapping[str, Callable[[LabelSpec], TaskTable]] = {
    "classes": _ClassTable,
    "values": _ValueTable,
    "units": _UnitTable,
}

TABLES: Mapping[str, TaskTable] = {task: _KINDS[LABELS[task].kind](LABELS[task]) for task in TASKS}
"""By task, in the order of `TASKS`."""

FILES: Mapping[str, str] = {
    task: f"{'' if task == EXPRESSION else f'{task}/'}predictions.parquet" for task in TASKS
}
"""Where an evaluation has the table of each task."""

VALENCE_AROUSAL_PREDICTIONS = TABLES[VALENCE_AROUSAL].schema
"""`reports/evaluation/valence_arousal/predictions.parquet`: source is `model`, `nearest` or `training_mean`."""

ACTION_UNIT_PREDICTIONS = TABLES[UNITS].schema
"""`reports/evaluation/action_units/predictions.parquet`: source is `model`, `nearest` or `most_frequent`. Units without
annotation are null in `action_units`, those that the model has no output for in `predicted` and `probability`, which is
1 or 0 where the most frequent value is the answer."""
