"""A subject's label files and lists, joined into one row a frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.classes import ClassPlaces
from fer_data.core.labels.rows import row_id
from fer_data.core.labels.tasks import (
    LABELS,
    NO_LABEL,
    TASKS,
    AnnotatedTask,
    Task,
    label_columns,
    split_column,
)
from fer_data.corpora.contents import read_content
from fer_data.corpora.labels import Labels, parse_labels
from fer_data.corpora.subjects import Subject
from fer_data.errors import LabelFileError
from fer_data.shell.files.reading import LABEL_BYTES
from fer_data.tables.label_fields import no_details
from fer_data.tables.schemas import ROWS

__all__ = [
    "SubjectLabels",
    "TaskLabels",
    "is_sparse",
    "is_trusted",
    "read_subject",
    "subject_frames",
    "subject_table",
]

SPLIT_COLUMNS: dict[AnnotatedTask, str] = {task: split_column(task) for task in TASKS}


@dataclass(frozen=True, slots=True, eq=False)
class TaskLabels:
    """One task's labels of one subject, by frame.

    Attributes:
        file: where they come from, relative to the corpus root.
        frames: (n,) 0-based, rising.
        labels: by those frames.
    """

    file: str
    frames: NDArray[np.intp]
    labels: Labels


SubjectLabels = Mapping[AnnotatedTask, TaskLabels]


def read_subject(root: Path, subject: Subject) -> dict[AnnotatedTask, TaskLabels]:
    """Return what each task says of a subject's frames; test sets without labels say nothing.

    Raises:
        LabelFileError: a label file does not follow its format, or is of another task than its folder.
        CorpusError: a label file cannot be read.
    """
    found: dict[AnnotatedTask, TaskLabels] = {}
    for task, annotation in subject.annotations.items():
        if annotation.is_label_file:
            labels = _read_labels(root, annotation.file, task)
            found[task] = TaskLabels(annotation.file, np.arange(len(labels)), labels)
        elif annotation.frames is not None:
            for labels in annotation.frames.labels:
                if labels.header.task == task:
                    found[task] = TaskLabels(annotation.file, annotation.frames.frames, labels)
    return found


def _read_labels(root: Path, file: str, task: AnnotatedTask) -> Labels:
    labels = parse_labels(read_content(root, file, LABEL_BYTES), file)
    if labels.header.task != task:
        raise LabelFileError(
            f"The header is one of {labels.header.task}, but the folder one of {task}. Move the file.",
            rule="label-header",
            file=file,
            line=1,
        )
    return labels


def subject_frames(subject: Subject, labels: SubjectLabels, video_frames: int) -> NDArray[np.intp]:
    """Return the frames that get a row, in rising order: every label line, and every frame to be predicted.

    `video_frames` is the number of the video's packets (or of the last of the organisers' crops), which a test
    subject without a sample file is predicted for.
    """
    sources = [task.frames for task in labels.values()]
    for annotation in subject.annotations.values():
        if annotation.frames is not None:
            sources.append(annotation.frames.frames)
        elif not annotation.is_label_file:
            sources.append(np.arange(video_frames))
    return np.unique(np.concatenate(sources)).astype(np.intp) if sources else np.zeros(0, np.intp)


def is_sparse(subject: Subject) -> bool:
    """Say whether a subject's rows list some frames only, so that frames behind the last one are no fault."""
    return all(annotation.frames is not None for annotation in subject.annotations.values())


def is_trusted(subject: Subject, task: Task) -> bool:
    """Say whether a subject's frame numbers are sure, because a test set of the task asks for them."""
    tasks = subject.annotations if task == "multi_task" else (task,)
    return any(name in subject.annotations and subject.annotations[name].split == "test" for name in tasks)


def subject_table(
    subject: Subject, labels: SubjectLabels, frames: NDArray[np.intp], places: ClassPlaces
) -> pa.Table:
    """Return a subject's rows of the catalog (`ROWS`); an expression that the dataset lacks becomes null."""
    n = len(frames)
    columns: dict[str, pa.Array] = {
        "row_id": pa.array([row_id(subject.subject_id, frame) for frame in frames.tolist()], pa.string()),
        "series_id": _repeat(subject.subject_id, n),
        "subject_id": _repeat(subject.subject_id, n),
        "video_id": _repeat(subject.video_id, n),
        "side": _repeat(subject.side, n),
        "frame_index": pa.array(frames, pa.int32()),
    }
    for task, column in SPLIT_COLUMNS.items():
        annotation = subject.annotations.get(task)
        columns[column] = _repeat(annotation.split if annotation else None, n)
    for task in TASKS:
        columns |= _label_columns(task, labels.get(task), frames)
    columns |= _details(columns, places)
    return pa.table([columns[name] for name in ROWS.names], schema=ROWS)


def _repeat(value: str | None, n: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, pa.string()), n)


def _column(task: TaskLabels | None, column: int, frames: NDArray[np.intp], type_: pa.DataType) -> pa.Array:
    """Return column `column` of a task's labels over `frames`, null where there is none."""
    if task is None:
        return pa.nulls(len(frames), type_)
    values = np.zeros(len(frames), task.labels.values.dtype)
    missing = np.ones(len(frames), np.bool_)
    index = np.searchsorted(frames, task.frames)
    values[index] = task.labels.values[:, column]
    missing[index] = ~task.labels.annotated[:, column]
    return pa.array(values, type_, mask=missing)


def _label_columns(
    task: AnnotatedTask, found: TaskLabels | None, frames: NDArray[np.intp]
) -> dict[str, pa.Array]:
    spec = LABELS[task]
    if spec.kind == "units":
        return {name: _units(found, frames, spec.names) for name in spec.columns}
    kind = pa.int8() if spec.kind == "classes" else pa.float32()
    return {name: _column(found, index, frames, kind) for index, name in enumerate(spec.columns)}


def _details(columns: Mapping[str, pa.Array], places: ClassPlaces) -> dict[str, pa.Array]:
    """Return the expression as the dataset has it, and what is known of the labels, which speak of one frame each."""
    n = len(columns["row_id"])
    found = no_details(n) | {"subject_source": _repeat("video", n)}
    said = ~np.logical_and.reduce([_missing(columns[name]) for name in label_columns()])
    found |= {
        name: pa.array([text] * n, pa.string(), mask=~said)
        for name, text in (("label_source", "annotated"), ("label_scope", "frame"))
    }
    for spec in (LABELS[task] for task in TASKS if LABELS[task].kind == "classes"):
        (name,), names = spec.columns, spec.schemes[-1]
        index = columns[name].fill_null(len(names)).to_numpy(zero_copy_only=False)
        place = np.array([*map(places.place, names), NO_LABEL], np.int8)[index]
        found[name] = pa.array(place, pa.int8(), mask=place < 0)
        found[f"{name}_given"] = pa.array([*names, None], pa.string()).take(pa.array(index))
    return found


def _missing(column: pa.Array) -> Mask:
    """Return where a column, or every field of a struct, is null."""
    if not pa.types.is_struct(column.type):
        return np.asarray(column.is_null().to_numpy(zero_copy_only=False), np.bool_)
    return np.asarray(np.logical_and.reduce([_missing(field) for field in column.flatten()]), np.bool_)


def _units(task: TaskLabels | None, frames: NDArray[np.intp], names: Sequence[str]) -> pa.Array:
    indices = {unit: index for index, unit in enumerate(task.labels.header.names)} if task else {}
    units = [
        _column(task if unit in indices else None, indices.get(unit, 0), frames, pa.int8()) for unit in names
    ]
    return pa.StructArray.from_arrays(units, fields=[pa.field(unit, pa.int8()) for unit in names])
