"""What is wrong with a submission file, ours or another's."""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from fer_data.core.labels.tasks import LABELS
from fer_data.corpora.labels import (
    Header,
    content_lines,
    header_line,
    parse_header,
    parse_integer,
    parse_number,
)
from fer_data.errors import LabelFileError, ReadingError
from fer_data.shell.files.findings import Finding, Severity
from fer_data.shell.files.reading import read_regular
from fer_data.submit.submission import SUBMISSION_BYTES, SampleFile

__all__ = ["one_file_faults", "subject_file_faults"]


def _fault(rule: str, message: str, file: str, line: int | None = None) -> Finding:
    return Finding(rule, Severity.ERROR, message, file=file, line=line)


def one_file_faults(path: Path, sample: SampleFile, sample_name: str) -> list[Finding]:
    """Return every fault of a file in the style of ABAW5 and later, by line; missing rows last.

    Raises:
        CorpusError: the file is not text.
        ReadingError: it is no regular file, or too large.
    """
    lines = content_lines(read_regular(path, SUBMISSION_BYTES), path.name)
    header_missing = _location(lines[0]) in set(sample.locations)
    faults = list(_header_faults(lines[0], sample.header, path.name, missing=header_missing))
    rows = [(number, line) for number, line in enumerate(lines, 1) if line and (number > 1 or header_missing)]
    faults += _row_faults(rows, sample, path.name)
    answered = {_location(line) for _, line in rows}
    return faults + list(_missing(sample, answered, sample_name))


def _location(line: str) -> str:
    return line.split(",", 1)[0].strip()


def _header_faults(found: str, expected: str, file: str, *, missing: bool) -> Iterator[Finding]:
    if missing:
        yield _fault("header", f"The header is missing; the first line must be {expected!r}.", file, 1)
    elif [name.strip() for name in found.split(",")] != [name.strip() for name in expected.split(",")]:
        yield _fault("header", f"The header is {found[:120]!a}; it must be {expected!r}.", file, 1)


def _row_faults(rows: list[tuple[int, str]], sample: SampleFile, file: str) -> Iterator[Finding]:
    indices = {location: index for index, location in enumerate(sample.locations)}
    first: dict[str, int] = {}
    last = -1
    for number, line in rows:
        location, *labels = (field.strip() for field in line.split(","))
        message = _label_fault(labels, sample.format)
        if message:
            yield _fault("label", message, file, number)
        if location not in indices:
            yield _fault(
                "unknown-row", f"{location[:80]!a} is not in the sample file; remove it.", file, number
            )
        elif location in first:
            yield _fault("duplicate-row", f"{location} was answered on line {first[location]}.", file, number)
        else:
            first[location] = number
            if indices[location] < last:
                yield _fault(
                    "order", f"{location} comes too late; keep the sample file's order.", file, number
                )
            last = max(last, indices[location])


def _label_fault(labels: list[str], header: Header) -> str | None:
    """Return what is wrong with the fields of a row behind its location, or None."""
    spec = LABELS[header.task]
    if spec.kind == "classes":
        return _class_fault(labels, len(header.names))
    if spec.kind == "values":
        low, high = spec.limits or (-math.inf, math.inf)
        return _numbers_fault(labels, header, parse_number, f"a number in [{low:g}, {high:g}]")
    return _numbers_fault(labels, header, parse_integer, "0 or 1")


def _class_fault(labels: list[str], classes: int) -> str | None:
    if len(labels) != 1:
        return f"The line has {len(labels) + 1} fields; it must be a location and one class."
    try:
        label = parse_integer(labels[0])
    except ValueError as error:
        return f"{error}; the class must be a whole number in [0, {classes - 1}]."
    return None if 0 <= label < classes else f"Class {label} must be in [0, {classes - 1}]."


def _numbers_fault(labels: list[str], header: Header, parse: Callable[[str], float], rule: str) -> str | None:
    if len(labels) != len(header.names):
        return (
            f"The line has {len(labels)} values; it must have {len(header.names)}: {', '.join(header.names)}."
        )
    for name, text in zip(header.names, labels, strict=True):
        try:
            value = parse(text)
        except ValueError as error:
            return f"{name}: {error}; it must be {rule}."
        low, high = LABELS[header.task].limits or (-math.inf, math.inf)
        if not low <= value <= high:
            return f"{name} ({text}) must be {rule}."
    return None


def _missing(sample: SampleFile, answered: set[str], sample_name: str) -> Iterator[Finding]:
    """Yield one fault for each run of neighbouring sample rows that nothing answers."""
    run: list[int] = []
    for index in range(len(sample.locations) + 1):
        if index < len(sample.locations) and sample.locations[index] not in answered:
            run.append(index)
        elif run:
            first, last = (sample.locations[end] for end in (run[0], run[-1]))
            what = first if len(run) == 1 else f"{first} to {last} ({len(run)} rows)"
            yield _fault("missing-row", f"No answer for {what}.", sample_name, sample.lines[run[0]])
            run = []


def subject_file_faults(folder: Path, frame_counts: Mapping[str, int], *, header: Header) -> list[Finding]:
    """Return every fault of a folder in the style of ABAW3 and before, file by file.

    Raises:
        CorpusError: a file is not text.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.txt"))}
    faults = [
        _fault("missing-file", f"Subject {subject} has no file.", f"{subject}.txt")
        for subject in frame_counts
        if subject not in files
    ]
    for subject, path in files.items():
        if subject not in frame_counts:
            faults.append(_fault("unknown-file", "No such subject is asked for; remove the file.", path.name))
        else:
            faults += _subject_faults(path, frame_counts[subject], header)
    return faults


def _subject_faults(path: Path, frames: int, header: Header) -> Iterator[Finding]:
    try:
        content = read_regular(path, SUBMISSION_BYTES)
    except ReadingError as error:
        yield _fault("unreadable", str(error), path.name)
        return
    lines = content_lines(content, path.name)
    try:
        if parse_header(lines[0], file=path.name) != header:
            yield _fault("header", f"The header must be {header_line(header)!r}.", path.name, 1)
    except LabelFileError as error:
        yield _fault("header", error.text, path.name, 1)
    rows = [(number, line) for number, line in enumerate(lines[1:], 2) if line]
    for number, line in rows:
        message = _label_fault([field.strip() for field in line.split(",")], header)
        if message:
            yield _fault("label", message, path.name, number)
    if len(rows) != frames:
        what = "are missing" if len(rows) < frames else "too many"
        yield _fault(
            "frames",
            f"The file has {len(rows)} lines for {frames} frames; {abs(frames - len(rows))} {what}.",
            path.name,
            rows[-1][0] if rows else 1,
        )
