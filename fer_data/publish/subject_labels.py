"""Which subjects a published dataset holds, in which split, and with which of their labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.published_splits import SubjectSplits, published_splits, staying_tasks
from fer_data.core.labels.tasks import EXPRESSION, TASKS
from fer_data.published.features import blank_labels, labelled
from fer_data.tables.face_rows import corpora, per_subject, subject_splits

__all__ = ["PublishedSubject", "lost_labels", "own_labels", "published_subjects", "task_rows"]


@dataclass(frozen=True, slots=True)
class PublishedSubject:
    """One subject's place in the dataset; `split` is None where it is left out, `corpus` the name of its source."""

    splits: SubjectSplits
    split: str | None
    corpus: str


def published_subjects(faces: Path, task: str) -> dict[str, PublishedSubject]:
    """Return the subjects that the task, or any of several, annotates, in the order of the table.

    Raises:
        DatasetError: the table is missing, damaged, or of another schema.
    """
    listed = [
        (subject, name) for name, folder in corpora(faces).items() for subject in subject_splits(folder)
    ]
    splits = published_splits([subject for subject, _ in listed], task)
    evaluated = TASKS if task == "multi_task" else (task,)
    return {
        subject.subject_id: PublishedSubject(subject, splits[subject.subject_id], corpus)
        for subject, corpus in listed
        if any(subject.by_task[name] for name in evaluated)
    }


def own_labels(rows: pa.Table, subject: PublishedSubject, classes: int) -> pa.Table:
    """Return the rows with the labels that may stay: of tasks that agree on the split, and of known classes."""
    rows = blank_labels(rows, staying_tasks(subject.splits, subject.split or "train"))
    known = pc.less(rows["expression"], classes)
    expression = pc.if_else(known, rows["expression"], pa.scalar(None, pa.int8()))
    index = rows.schema.get_field_index("expression")
    return rows.set_column(index, rows.schema.field(index), expression)


def lost_labels(rows: pa.Table, subject: PublishedSubject, classes: int) -> dict[str, int]:
    """Return how many labels `own_labels` drops: by task, and as `classes` those beyond the known classes."""
    staying = staying_tasks(subject.splits, subject.split or "train")
    lost: dict[str, int] = {
        task: pc.sum(labelled(rows, task)).as_py() or 0 for task in TASKS if task not in staying
    }
    if EXPRESSION in staying:
        lost["classes"] = pc.sum(pc.greater_equal(rows["expression"], classes)).as_py() or 0
    return lost


def task_rows(faces: Path, subjects: Mapping[str, PublishedSubject], classes: int) -> Iterator[pa.Table]:
    """Yield every row of the task, whatever state it ended in, with the labels that may stay."""
    for subject_id, rows in per_subject(faces):
        if subject_id in subjects:
            yield own_labels(rows, subjects[subject_id], classes)
