"""Write a catalog back as the organisers' label files, in ABAW2's folders."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.tasks import EXPRESSION, LABELS, TASKS, UNITS, VALENCE_AROUSAL, AnnotatedTask
from fer_data.corpora.labels import Header, header_line
from fer_data.corpora.lists import MTL_HEADER, MTL_UNITS, SAMPLE_HEADER
from fer_data.corpora.rows import SPLIT_COLUMNS
from fer_data.shell.files.atomic import atomic_file

__all__ = ["write_label_files"]

_CLASSES = "given_classes"
_METADATA = (UNITS, "sparse_series", _CLASSES)
_SPLIT_FOLDERS = {"train": "Train_Set", "validation": "Validation_Set"}


def write_label_files(rows: pa.Table, output: Path) -> list[Path]:
    """Write the label files, lists and sample files that `ingest` reads as these rows, and return them in order.

    `rows` are a catalog's (`ROWS`, with its metadata). A label file gets a line for every row of its subject, so that
    files of two tasks end up equally long. Subjects whose rows list some frames only go to multi-task lists, those
    of the test set to a sample file.
    """
    stored = rows.schema.metadata or {}
    metadata = {name: json.loads(stored[name.encode()]) for name in _METADATA if name.encode() in stored}
    names = _names(metadata)
    sparse = set(metadata["sparse_series"])
    lists: dict[Path, list[str]] = {}
    written = []
    for subject_id, subject in _subjects(rows):
        for task, column in SPLIT_COLUMNS.items():
            split = subject[column][0].as_py()
            if subject_id in sparse:
                _add_to_list(lists, output, subject, (task, split))
            elif split in _SPLIT_FOLDERS:
                folder = output / "annotations" / LABELS[task].folder / _SPLIT_FOLDERS[split]
                path = folder / f"{subject_id}.txt"
                _write(path, header_line(Header(task, names[task])), _fields(subject, task, names[task]))
                written.append(path)
            elif split == "test":
                lists.setdefault(output / f"{task}_test_set.txt", []).append(subject_id)
    for path, lines in lists.items():
        _write(path, lines[0], lines[1:])
    return sorted([*written, *lists])


def _names(metadata: Mapping[str, Any]) -> dict[AnnotatedTask, tuple[str, ...]]:
    """Return the names in each task's header: the corpus' own classes or units, else those that a task always has."""
    given = next(iter(metadata.get(_CLASSES, {}).values()), ())
    stated = {EXPRESSION: given, UNITS: metadata.get(UNITS, ())}
    return {
        task: tuple(stated.get(task, ()) or (LABELS[task].schemes or (LABELS[task].names,))[0])
        for task in TASKS
    }


def _subjects(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows of each subject; they lie together in a catalog."""
    start = 0
    runs = pc.run_end_encode(rows["subject_id"].combine_chunks())
    for subject_id, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield subject_id, rows.slice(start, end - start)
        start = end


def _add_to_list(
    lists: dict[Path, list[str]], output: Path, subject: pa.Table, listed: tuple[AnnotatedTask, str | None]
) -> None:
    task, split = listed
    names = [f"{row_id}.jpg" for row_id in subject["row_id"].to_pylist()]
    if split == "test":
        lists.setdefault(output / f"{task}_test_set_sample.txt", [SAMPLE_HEADER]).extend(names)
    elif split in _SPLIT_FOLDERS and task == EXPRESSION:
        path = output / "annotations" / "MTL_Challenge" / f"{split}_set.txt"
        tasks = {VALENCE_AROUSAL: LABELS[VALENCE_AROUSAL].names, EXPRESSION: (), UNITS: MTL_UNITS}
        columns = [_fields(subject, name, units) for name, units in tasks.items()]
        rows = (",".join(fields) for fields in zip(names, *columns, strict=True))
        lists.setdefault(path, [MTL_HEADER]).extend(rows)


def _write(path: Path, header: str, lines: Iterable[str]) -> None:
    with atomic_file(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8")


def _fields(subject: pa.Table, task: str, names: Sequence[str]) -> list[str]:
    """Return a task's part of each line; of units those named."""
    spec = LABELS[task]
    if spec.kind == "classes":
        codes = {name: str(code) for code, name in enumerate(spec.schemes[-1])}
        given = subject[f"{spec.columns[0]}_given"].to_pylist()
        return [codes.get(name, str(spec.missing)) for name in given]
    if spec.kind == "values":
        columns = [[_decimal(v, spec.missing) for v in subject[name].to_pylist()] for name in spec.columns]
    else:
        struct = subject[spec.columns[0]].combine_chunks()
        filled = (pc.struct_field(struct, unit).fill_null(spec.missing) for unit in names)
        columns = [[str(value) for value in column.to_pylist()] for column in filled]
    return [",".join(values) for values in zip(*columns, strict=True)]


def _decimal(value: float | None, missing: int) -> str:
    """Return the shortest text that gives the same float32 again."""
    return str(missing) if value is None else str(np.float32(value))
