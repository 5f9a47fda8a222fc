"""What a model says of the faces of new material, task by task, and how each kind of labels is stored and shown.

`core/labels/tasks.py` says of which kind a task's labels are. Columns of the first task of a kind have short names
(`probability`), those of a further one begin with the task's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Float32, Float64
from fer_data.core.labels.tasks import LABELS, first_of_kind
from fer_data.core.metrics.head_outputs import THRESHOLD
from fer_data.predictions.schemas import TABLES, unit_struct

__all__ = ["Curves", "Kind", "TaskAnswers", "answers_of", "kind_of", "summary_key"]


@dataclass(frozen=True, slots=True, eq=False)
class TaskAnswers:
    """What a model says of faces for one task.

    Attributes:
        task: name of the task.
        names: of the outputs, in order.
        outputs: (n, outputs) float32, as the network gives them.
        values: (n, outputs): probabilities of classes or units, or values within the limits of the annotation; averaged
            over a window of frames where smoothing is asked for.
    """

    task: str
    names: Sequence[str]
    outputs: Float32
    values: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What is drawn over time.

    Attributes:
        title: of the figure, after the source's name.
        label: of the vertical axis.
        limits: of the vertical axis.
        names: one a curve.
        values: (faces, curves).
    """

    title: str
    label: str
    limits: tuple[float, float]
    names: Sequence[str]
    values: Float64


def answers_of(task: str, names: Sequence[str], outputs: Float32, temperature: float) -> TaskAnswers:
    """Return what the outputs of a task's head, (n, outputs), mean."""
    values = TABLES[task].answers(outputs, temperature=temperature)
    return TaskAnswers(task, names, outputs, np.asarray(values, np.float64))


class Kind(Protocol):
    """How answers of one kind of labels are stored and shown."""

    def fields(self, task: str, names: Sequence[str]) -> list[pa.Field]:
        """Return the columns of the table."""

    def columns(self, found: TaskAnswers) -> dict[str, pa.Array | NDArray[Any]]:
        """Return the values of these columns."""

    def headers(self, task: str, names: Sequence[str]) -> list[str]:
        """Return the headers of the numbers in the CSV file."""

    def numbers(self, task: str, row: Mapping[str, Any]) -> list[float]:
        """Return these numbers of a row of the table."""

    def summary(self, found: TaskAnswers) -> dict[str, Any]:
        """Return what is said of all faces of a source together, by the names of the outputs."""

    def note(self, found: TaskAnswers, face: int) -> list[str]:
        """Return the words that stand at a face in a drawing."""

    def curves(self, found: TaskAnswers) -> Curves:
        """Return what is drawn over time."""


def kind_of(task: str) -> Kind:
    """Return how the answers of a task are stored and shown."""
    return _KINDS[LABELS[task].kind]


def summary_key(task: str) -> str:
    """Return the key under which the summary of a source has a task.

    >>> [summary_key(task) for task in ("expression", "valence_arousal", "action_units")]
    ['expressions', 'mean_valence_arousal', 'action_units']
    """
    return {"classes": f"{task}s", "values": f"mean_{task}", "units": task}[LABELS[task].kind]


def _named(task: str, short: str) -> str:
    return short if first_of_kind(task) else f"{task}_{short}"


class _Classes:
    def fields(self, task: str, names: Sequence[str]) -> list[pa.Field]:
        del names
        lists = [pa.field(_named(task, one), pa.list_(pa.float32()), nullable=False) for one in _LISTS]
        return [pa.field(LABELS[task].columns[0], pa.string(), nullable=False), *lists]

    def columns(self, found: TaskAnswers) -> dict[str, pa.Array | NDArray[Any]]:
        best = found.values.argmax(axis=1)
        lists = zip(_LISTS, (found.values.tolist(), found.outputs.tolist()), strict=True)
        stored = {_named(found.task, one): pa.array(of, pa.list_(pa.float32())) for one, of in lists}
        return {
            LABELS[found.task].columns[0]: pa.array([found.names[b] for b in best], pa.string()),
            **stored,
        }

    def headers(self, task: str, names: Sequence[str]) -> list[str]:
        return [_named(task, f"p_{name}") for name in names]

    def numbers(self, task: str, row: Mapping[str, Any]) -> list[float]:
        return list(row[_named(task, "probability")])

    def summary(self, found: TaskAnswers) -> dict[str, Any]:
        counts = Counter(found.values.argmax(axis=1).tolist())
        return {name: counts[index] for index, name in enumerate(found.names)}

    def note(self, found: TaskAnswers, face: int) -> list[str]:
        return [found.names[int(found.values[face].argmax())]]

    def curves(self, found: TaskAnswers) -> Curves:
        return _probability_curves(found, LABELS[found.task].title)


class _Values:
    def fields(self, task: str, names: Sequence[str]) -> list[pa.Field]:
        del names
        return [pa.field(name, pa.float32(), nullable=False) for name in LABELS[task].columns]

    def columns(self, found: TaskAnswers) -> dict[str, pa.Array | NDArray[Any]]:
        columns = LABELS[found.task].columns
        return {name: found.values[:, at].astype(np.float32) for at, name in enumerate(columns)}

    def headers(self, task: str, names: Sequence[str]) -> list[str]:
        del names
        return list(LABELS[task].columns)

    def numbers(self, task: str, row: Mapping[str, Any]) -> list[float]:
        return [row[name] for name in LABELS[task].columns]

    def summary(self, found: TaskAnswers) -> dict[str, Any]:
        means = found.values.mean(axis=0).tolist() if len(found.values) else [None] * len(found.names)
        return dict(zip(found.names, means, strict=True))

    def note(self, found: TaskAnswers, face: int) -> list[str]:
        pairs = zip(found.names, found.values[face], strict=True)
        return [f"{name[0].upper()}{value:+.2f}" for name, value in pairs]

    def curves(self, found: TaskAnswers) -> Curves:
        spec = LABELS[found.task]
        low, high = spec.limits or (float(found.values.min(initial=0)), float(found.values.max(initial=1)))
        pad = 0.02 * (high - low)
        return Curves(spec.title, "value", (low - pad, high + pad), found.names, found.values)


class _Units:
    def fields(self, task: str, names: Sequence[str]) -> list[pa.Field]:
        kinds = {LABELS[task].columns[0]: pa.int8(), _named(task, "unit_probability"): pa.float32()}
        return [
            pa.field(name, pa.struct([(unit, kind) for unit in names]), nullable=False)
            for name, kind in kinds.items()
        ]

    def columns(self, found: TaskAnswers) -> dict[str, pa.Array | NDArray[Any]]:
        probability = found.values.astype(np.float32)
        present = (probability >= THRESHOLD).astype(np.int8)
        return {
            LABELS[found.task].columns[0]: unit_struct(present, found.names, pa.int8(), found.names),
            _named(found.task, "unit_probability"): unit_struct(
                probability, found.names, pa.float32(), found.names
            ),
        }

    def headers(self, task: str, names: Sequence[str]) -> list[str]:
        return [_named(task, f"p_{name}") for name in names]

    def numbers(self, task: str, row: Mapping[str, Any]) -> list[float]:
        return list(row[_named(task, "unit_probability")].values())

    def summary(self, found: TaskAnswers) -> dict[str, Any]:
        present = (found.values.astype(np.float32) >= THRESHOLD).sum(axis=0).tolist()
        return dict(zip(found.names, present, strict=True))

    def note(self, found: TaskAnswers, face: int) -> list[str]:
        pairs = zip(found.names, found.values[face], strict=True)
        return [unit for unit, probability in pairs if probability >= THRESHOLD]

    def curves(self, found: TaskAnswers) -> Curves:
        return _probability_curves(found, LABELS[found.task].title.removesuffix("s"))


_LISTS = ("probability", "logits")


def _probability_curves(found: TaskAnswers, one: str) -> Curves:
    return Curves(f"probability of each {one}", "probability", (-0.02, 1.02), found.names, found.values)


_KINDS: Mapping[str, Kind] = {"classes": _Classes(), "values": _Values(), "units": _Units()}
