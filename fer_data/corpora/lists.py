"""Lists that the organisers send beside the label files: test sets, sample files, multi-task lists."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fer_data.core.labels.tasks import EIGHT_CLASSES
from fer_data.corpora.labels import (
    Labels,
    content_lines,
    labels_of,
    parse_header,
    parse_number,
    parse_whole,
)
from fer_data.corpora.names import check_name, parse_image_location
from fer_data.errors import LabelFileError

__all__ = [
    "LOCATION_HEADERS",
    "MTL_HEADER",
    "MTL_UNITS",
    "SAMPLE_HEADER",
    "FrameList",
    "parse_multi_task_list",
    "parse_sample_file",
    "parse_test_list",
]

MTL_HEADER = "image,valence,arousal,expression,aus"
"""Five names over lines of 16 fields."""

SAMPLE_HEADER = "image_location"
"""First name of the organisers' sample file of a test set."""

LOCATION_HEADERS = frozenset({SAMPLE_HEADER, "image"})
"""First names under which lists name their pictures; some copies have no header at all."""

_UNITS_HEADER = parse_header("AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26", file="")
_TASKS = (
    (parse_header("valence,arousal", file=""), slice(0, 2)),
    (parse_header(",".join(EIGHT_CLASSES), file=""), slice(2, 3)),
    (_UNITS_HEADER, slice(3, 15)),
)
_WIDTH = 16
_MAX_SUBJECTS = 20_000
"""Of one list, in which Aff-Wild2 has 600; more cost minutes, and are another kind of file."""
MTL_UNITS = _UNITS_HEADER.names
"""The action units of a multi-task list, in its order."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameList:
    """Some frames of one subject, in rising order, each once.

    Attributes:
        frames: (n,) 0-based.
        labels: of each task, by those frames; empty in a list that only names them.
        duplicates: lines that repeat an earlier one with equal values.
        conflicts: lines that repeat an earlier one with other values; such a frame is not annotated.
    """

    frames: NDArray[np.intp]
    labels: tuple[Labels, ...]
    duplicates: tuple[int, ...]
    conflicts: tuple[int, ...]


def parse_test_list(content: bytes, file: str) -> dict[str, int]:
    """Return the subjects of a test-set list with their lines; a suffix `.txt` or `.mp4` is taken off.

    Raises:
        CorpusError: a name is unsafe, or the file is not text.
    """
    names: dict[str, int] = {}
    for line, name in enumerate(content_lines(content, file), 1):
        stem = name.rsplit(".", 1)[0] if name.lower().endswith((".txt", ".mp4", ".avi")) else name
        if stem:
            names.setdefault(check_name(stem, file=file, line=line), line)
            _check_count(len(names), file, line)
    return names


def parse_sample_file(content: bytes, file: str) -> dict[str, FrameList]:
    """Return the frames that the organisers ask predictions for, by subject.

    Raises:
        CorpusError: a line is no image location, or the file is not text.
    """
    frames: dict[str, dict[int, int]] = {}
    repeats: dict[str, list[int]] = {}
    for line, row in _rows(content, file):
        subject, frame = parse_image_location(row.split(",", 1)[0].strip(), file=file, line=line)
        if frames.setdefault(subject, {}).setdefault(frame, line) != line:
            repeats.setdefault(subject, []).append(line)
        _check_count(len(frames), file, line)
    return {
        subject: FrameList(np.array(sorted(found), np.intp), (), tuple(repeats.get(subject, ())), ())
        for subject, found in frames.items()
    }


def parse_multi_task_list(content: bytes, file: str) -> dict[str, FrameList]:
    """Return frames and labels of a multi-task list, by subject.

    Raises:
        CorpusError: a line is no image location with 15 numbers, or the file is not text.
    """
    subjects: dict[str, dict[int, tuple[int, tuple[float, ...]]]] = {}
    repeats: dict[str, list[tuple[int, int, bool]]] = {}
    for line, row in _rows(content, file):
        (subject, frame), values = _parse_row(row, file, line)
        first = subjects.setdefault(subject, {}).setdefault(frame, (line, values))
        if first[0] != line:
            repeats.setdefault(subject, []).append((line, frame, first[1] == values))
        _check_count(len(subjects), file, line)
    return {subject: _frame_list(found, repeats.get(subject, ())) for subject, found in subjects.items()}


def _check_count(subjects: int, file: str, line: int) -> None:
    if subjects > _MAX_SUBJECTS:
        raise LabelFileError(
            f"The list names more than {_MAX_SUBJECTS:,} subjects. Restore the organisers' file.",
            rule="too-large",
            file=file,
            line=line,
        )


def _rows(content: bytes, file: str) -> Iterator[tuple[int, str]]:
    for line, row in enumerate(content_lines(content, file), 1):
        if row and (line > 1 or row.split(",", 1)[0].strip().lower() not in LOCATION_HEADERS):
            yield line, row


def _parse_row(row: str, file: str, line: int) -> tuple[tuple[str, int], tuple[float, ...]]:
    location, *fields = row.split(",")
    if len(fields) + 1 != _WIDTH:
        raise LabelFileError(
            f"The line has {len(fields) + 1} field(s), expected {_WIDTH}: image, valence, arousal, expression and "
            "12 action units. Restore the organisers' file.",
            rule="label-line",
            file=file,
            line=line,
        )
    image = parse_image_location(location.strip(), file=file, line=line)
    try:
        return image, (*map(parse_number, fields[:2]), *map(parse_whole, fields[2:]))
    except ValueError as error:
        raise LabelFileError(
            f"{error}. Restore the organisers' file.", rule="label-line", file=file, line=line
        ) from error


def _frame_list(
    found: dict[int, tuple[int, tuple[float, ...]]], repeats: Sequence[tuple[int, int, bool]]
) -> FrameList:
    frames = np.array(sorted(found), np.intp)
    lines = np.array([found[frame][0] for frame in sorted(found)], np.intp)
    written = np.array([found[frame][1] for frame in sorted(found)], np.float64)
    disputed = np.isin(frames, [frame for _, frame, equal in repeats if not equal])
    return FrameList(
        frames,
        tuple(labels_of(header, written[:, own], lines, disputed=disputed) for header, own in _TASKS),
        tuple(line for line, _, equal in repeats if equal),
        tuple(line for line, _, equal in repeats if not equal),
    )
