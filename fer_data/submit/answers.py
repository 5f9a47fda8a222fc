"""What a model answers for each frame of a submission, from a table of predictions of one task.

The rule for a frame without a prediction of its own: it takes the answer for its subject's nearest predicted frame, the
earlier one of two as near. A subject without any takes, of classes, the one predicted most often (the first of two as
often), of valence and arousal the mean over all own predictions, of each action unit the value predicted most often
(absent of two as often). An action unit that the model has no output for is answered absent.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fer_data.core.arrays import Int64
from fer_data.core.labels.tasks import EXPRESSION, LABELS
from fer_data.core.metrics.nearest_frame import nearest_frames
from fer_data.corpora.labels import Header
from fer_data.errors import DatasetError, ParamsError
from fer_data.predictions.rows import read_rows, stated_classes, table_prefixes
from fer_data.predictions.schemas import FILES, TABLES
from fer_data.shell.suggestions import did_you_mean

__all__ = ["Answers", "FrameAnswers", "read_predictions"]


@dataclass(frozen=True, slots=True, eq=False)
class FrameAnswers:
    """What a model said of each frame it saw.

    Attributes:
        frames: predicted frames of each subject, as rows are called after it, 0-based, ascending.
        values: the answer for each of those frames: (n,) class, (n, 2) valence and arousal, or (n, 13) presence of
            `ACTION_UNITS`.
        usual: the answer for a subject without any.
        task: expression, valence_arousal or action_units.
        classes: names of the model's classes in order, where the table states them; of action units, those that the
            model has an output for.
        prefixes: what stands before the subjects of each source, by its name, where the table states it.
    """

    frames: Mapping[str, Int64]
    values: Mapping[str, NDArray[Any]]
    usual: NDArray[Any] | int
    task: str = EXPRESSION
    classes: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def prefix_of(self, asked: Collection[str]) -> str:
        """Return the prefix of the one source whose subjects are asked for, by names without it.

        Raises:
            ParamsError: subjects of several sources have these names.
        """
        held = {
            source: prefix
            for source, prefix in self.prefixes.items()
            if any(prefix + subject in self.frames for subject in asked)
        }
        if len(held) > 1:
            raise ParamsError(
                f"--sample names subjects of several sources: {', '.join(held)}. Say whose it is with "
                f"--catalog, such as data/catalog/{next(iter(held))}."
            )
        return next(iter(held.values()), "")

    def without(self, prefix: str) -> "FrameAnswers":
        """Return the answers for the subjects with this prefix, by their names in the corpus itself."""
        names = {name: name.removeprefix(prefix) for name in self.frames if name.startswith(prefix)}
        return replace(
            self,
            frames={own: self.frames[name] for name, own in names.items()},
            values={own: self.values[name] for name, own in names.items()},
        )

    @property
    def highest(self) -> int:
        """Return the highest class that was predicted."""
        return max(int(classes.max()) for classes in self.values.values()) if self.values else -1

    def unpredicted(self, asked: Mapping[str, int]) -> dict[str, int]:
        """Return the subjects, of those asked for with their numbers of frames, that have no prediction at all."""
        return {subject: count for subject, count in asked.items() if subject not in self.frames}

    def unanswerable(self, header: Header) -> tuple[str, ...]:
        """Return what a header asks for that the model has no output for, as far as its table states its outputs."""
        if LABELS[self.task].kind == "values" or header.task != self.task or not self.classes:
            return ()
        known = {name.casefold() for name in self.classes}
        return tuple(name for name in header.names if name.casefold() not in known)

    def answer(self, subject: str, frames: Int64) -> tuple[NDArray[Any], "Answers"]:
        """Return the answer for each frame asked for, and how many were filled, by the rule of this module."""
        if subject not in self.frames:
            return np.repeat(np.asarray(self.usual)[None], frames.size, axis=0), Answers(0, 0, frames.size)
        known = self.frames[subject]
        nearest = nearest_frames(frames, known)
        own = int((known[nearest] == frames).sum())
        return self.values[subject][nearest], Answers(own, frames.size - own, 0)

    def lines(self, answers: NDArray[Any], header: Header) -> list[str]:
        """Return answers as the label format of a header writes them.

        Raises:
            DatasetError: the header is of another task, or lacks a class that was predicted.
        """
        if header.task != self.task:
            raise DatasetError(
                f"The predictions are of {self.task}, but {header.task} is asked for. Name the table "
                f"{FILES[header.task]} of the evaluation of a model with such a head."
            )
        return _FORMS[LABELS[self.task].kind].lines(self, answers, header)


@dataclass(frozen=True, slots=True)
class Answers:
    """Where the rows of a submission come from.

    Attributes:
        predicted: the frame's own prediction.
        nearest: the nearest predicted frame of its subject.
        most_frequent: the usual answer, since its subject has none.
    """

    predicted: int
    nearest: int
    most_frequent: int

    def __add__(self, other: "Answers") -> "Answers":
        return Answers(
            self.predicted + other.predicted,
            self.nearest + other.nearest,
            self.most_frequent + other.most_frequent,
        )


def read_predictions(path: Path, resolution: int | None, task: str = EXPRESSION) -> FrameAnswers:
    """Return the model's own predictions of a task at one resolution; None: the only one there is.

    Raises:
        DatasetError: the table is missing, of another task or schema, or holds no prediction of a model.
        ParamsError: the table lacks that resolution, or holds several and none is named.
    """
    table = _own(path, resolution, task)
    read, form = TABLES[task].read(table), _FORMS[LABELS[task].kind]
    values, frames = form.values(table), read.frames
    series = pc.replace_substring_regex(table["row_id"], "/[^/]*$", "").combine_chunks().dictionary_encode()
    numbers = series.indices.to_numpy()
    order = np.lexsort((frames, numbers))
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    by_subject = dict(zip(series.dictionary.to_pylist(), parts, strict=True))
    return FrameAnswers(
        {name: frames[part] for name, part in by_subject.items()},
        {name: values[part] for name, part in by_subject.items()},
        form.usual(values),
        task,
        form.outputs(table),
        table_prefixes(table),
    )


def _own(path: Path, resolution: int | None, task: str) -> pa.Table:
    table = read_rows(path, task)
    table = table.filter(pc.equal(table["source"], "model"))
    if not table.num_rows:
        raise DatasetError(f"{path} holds no prediction of a model. Run `dvc repro evaluate` to make some.")
    stored = sorted(pc.unique(table["resolution"]).to_pylist())
    if resolution is None and len(stored) != 1:
        raise ParamsError(f"{path} holds predictions at {stored} px. Name one with --resolution.")
    resolution = stored[0] if resolution is None else resolution
    if resolution not in stored:
        raise ParamsError(f"--resolution ({resolution}) is not in {path}. {did_you_mean(resolution, stored)}")
    return table.filter(pc.equal(table["resolution"], resolution))


class _Form(Protocol):
    """How answers of one kind of labels are submitted."""

    def outputs(self, table: pa.Table) -> tuple[str, ...]:
        """Return the names of the model's outputs, as far as its table states them."""

    def values(self, table: pa.Table) -> NDArray[Any]:
        """Return the submitted answer of each row."""

    def usual(self, values: NDArray[Any]) -> NDArray[Any] | int:
        """Return the answer for a subject without any."""

    def lines(self, known: FrameAnswers, answers: NDArray[Any], header: Header) -> list[str]:
        """Return answers as the header's label format writes them."""


class _Classes:
    """One class a line."""

    def outputs(self, table: pa.Table) -> tuple[str, ...]:
        return stated_classes(table)

    def values(self, table: pa.Table) -> NDArray[Any]:
        return np.asarray(table["predicted"].to_numpy().astype(np.int64))

    def usual(self, values: NDArray[Any]) -> NDArray[Any] | int:
        return int(np.bincount(values).argmax())

    def lines(self, known: FrameAnswers, answers: NDArray[Any], header: Header) -> list[str]:
        pairs = zip(known.classes, header.names, strict=False)
        if any(ours.casefold() != theirs.casefold() for ours, theirs in pairs):
            raise DatasetError(
                f"The model's classes are {', '.join(known.classes)}, the header's {', '.join(header.names)}. "
                "Predict with a model of that edition's classes, in their order."
            )
        if known.highest >= len(header.names):
            raise DatasetError(
                f"The predictions hold class {known.highest}, but the header names {len(header.names)} classes. "
                "Predict with a model of that edition's classes."
            )
        return [f"{label}" for label in answers]


class _Values:
    """The values of a line, with six decimals."""

    def outputs(self, table: pa.Table) -> tuple[str, ...]:
        return stated_classes(table)

    def values(self, table: pa.Table) -> NDArray[Any]:
        names = [name for name in table.schema.names if name.startswith("predicted_")]
        return np.stack([table[name].to_numpy().astype(np.float64) for name in names], axis=1)

    def usual(self, values: NDArray[Any]) -> NDArray[Any] | int:
        return np.asarray(values.mean(axis=0))

    def lines(self, known: FrameAnswers, answers: NDArray[Any], header: Header) -> list[str]:
        del known, header
        return [",".join(f"{value:.6f}" for value in row) for row in answers]


class _Units:
    """1 or 0 a unit, those of the header in its order."""

    def outputs(self, table: pa.Table) -> tuple[str, ...]:
        units = table["predicted"].combine_chunks()
        return tuple(
            field.name
            for field, one in zip(units.type, units.flatten(), strict=True)
            if one.null_count < len(one)
        )

    def values(self, table: pa.Table) -> NDArray[Any]:
        units = table["predicted"].combine_chunks().flatten()
        return np.stack([pc.fill_null(one, 0).to_numpy() for one in units], axis=1).astype(np.int64)

    def usual(self, values: NDArray[Any]) -> NDArray[Any] | int:
        return np.asarray(2 * values.sum(axis=0) > len(values)).astype(np.int64)

    def lines(self, known: FrameAnswers, answers: NDArray[Any], header: Header) -> list[str]:
        indices = [LABELS[known.task].names.index(unit) for unit in header.names]
        return [",".join(str(one) for one in row) for row in answers[:, indices].tolist()]


_FORMS: Mapping[str, _Form] = {"classes": _Classes(), "values": _Values(), "units": _Units()}
"""By the kind of a task's labels."""
