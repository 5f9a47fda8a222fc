"""Write a catalog back as the organisers' label files, in ABAW2's folders."""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fer_data.core.labels.tasks import DIMENSIONS, EXPRESSION, AnnotatedTask
from fer_data.corpora.labels import NO_ACTION_UNIT, NO_EXPRESSION, NO_VALENCE_AROUSAL
from fer_data.corpora.lists import MTL_HEADER, MTL_UNITS, SAMPLE_HEADER
from fer_data.corpora.rows import SPLIT_COLUMNS
from fer_data.shell.files.atomic import atomic_file

__all__ = ["write_label_files"]

_METADATA = ("classes", "action_units", "sparse_subjects")
_FOLDERS: dict[AnnotatedTask, str] = {
    "expression": "EXPR_Set",
    "valence_arousal": "VA_Set",
    "action_units": "AU_Set",
}
_SPLIT_FOLDERS = {"train": "Train_Set", "validation": "Validation_Set"}


def write_label_files(rows: pa.Table, output: Path) -> list[Path]:
    """Write the label files, lists and sample files that `ingest` reads as these rows, and return them in order.

    `rows` are a catalog's (`ROWS`, with its metadata). A label file gets a line for every row of its subject, so that
    files of two tasks end up equally long. Subjects whose rows list some frames only go to multi-task lists, those
    of the test set to a sample file.
    """
    stored = rows.schema.metadata or {}
    metadata = {name: json.loads(stored[name.encode()]) for name in _METADATA if name.encode() in stored}
    headers = _headers(metadata)
    sparse = set(metadata["sparse_subjects"])
    lists: dict[Path, list[str]] = {}
    written = []
    for subject_id, subject in _subjects(rows):
        for task, column in SPLIT_COLUMNS.items():
            split = subject[column][0].as_py()
            if subject_id in sparse:
                _add_to_list(lists, output, subject, (task, split))
            elif split in _SPLIT_FOLDERS:
                path = output / "annotations" / _FOLDERS[task] / _SPLIT_FOLDERS[split] / f"{subject_id}.txt"
                _write(path, headers[task], _WRITERS[task](subject, metadata))
                written.append(path)
            elif split == "test":
                lists.setdefault(output / f"{task}_test_set.txt", []).append(subject_id)
    for path, lines in lists.items():
        _write(path, lines[0], lines[1:])
    return sorted([*written, *lists])


def _headers(metadata: dict[str, list[str]]) -> dict[AnnotatedTask, str]:
    return {
        "expression": ",".join(metadata["classes"]),
        "valence_arousal": "valence,arousal",
        "action_units": ",".join(f"AU{int(unit[2:])}" for unit in metadata["action_units"]),
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
        columns = [_valence_arousal(subject, {}), _expressions(subject, {}), _units(subject, MTL_UNITS)]
        rows = (",".join(fields) for fields in zip(names, *columns, strict=True))
        lists.setdefault(path, [MTL_HEADER]).extend(rows)


def _write(path: Path, header: str, lines: Iterable[str]) -> None:
    with atomic_file(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8")


def _expressions(subject: pa.Table, _: dict[str, list[str]]) -> list[str]:
    return [str(value) for value in subject["expression"].fill_null(NO_EXPRESSION).to_pylist()]


def _valence_arousal(subject: pa.Table, _: dict[str, list[str]]) -> list[str]:
    columns = (map(_decimal, subject[name].to_pylist()) for name in DIMENSIONS)
    return [",".join(pair) for pair in zip(*columns, strict=True)]


def _decimal(value: float | None) -> str:
    """Return the shortest text that gives the same float32 again."""
    return str(NO_VALENCE_AROUSAL) if value is None else str(np.float32(value))


def _action_units(subject: pa.Table, metadata: dict[str, list[str]]) -> list[str]:
    return _units(subject, metadata["action_units"])


def _units(subject: pa.Table, units: Iterable[str]) -> list[str]:
    struct = subject["action_units"].combine_chunks()
    columns = [pc.struct_field(struct, unit).fill_null(NO_ACTION_UNIT).to_pylist() for unit in units]
    return [",".join(map(str, values)) for values in zip(*columns, strict=True)]


_WRITERS: dict[AnnotatedTask, Callable[[pa.Table, dict[str, list[str]]], list[str]]] = {
    "expression": _expressions,
    "valence_arousal": _valence_arousal,
    "action_units": _action_units,
}
