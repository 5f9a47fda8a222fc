"""Label files: a header, then one line a frame; -1 and -5 end here.

How the labels of a task are written follows from its entry in `core/labels/tasks.py`.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import LABELS, TASKS, AnnotatedTask, LabelSpec
from fer_data.errors import LabelFileError

__all__ = [
    "Header",
    "Labels",
    "content_lines",
    "header_line",
    "labels_of",
    "parse_header",
    "parse_integer",
    "parse_labels",
    "parse_number",
    "parse_whole",
]

_INTEGER = re.compile(r" *[+-]?[0-9]{1,9} *")
_WHOLE_LIMIT = 1_000_000_000
_NUMBER = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)? *")
_MAX_LINE_ENDS = 1_000_000
"""Nine hours at 30 frames a second, the longest of Aff-Wild2 has half of one; more cost 1 GB and half a minute."""
_MAX_LINE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line of a label file says: the task and the names of its classes, units or dimensions."""

    task: AnnotatedTask
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """One label file, line by line.

    Attributes:
        header: what the first line says.
        values: (n, k) int8 (expression k = 1, action units) or float32 (valence, arousal); 0 where not annotated.
        annotated: (n, k) bool.
        out_of_range: rows with a value that the format does not know; not annotated.
        lines: (n,) 1-based line of each row, blank lines counted.
    """

    header: Header
    values: NDArray[Any]
    annotated: NDArray[np.bool_]
    out_of_range: NDArray[np.intp]
    lines: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def blank_lines(self) -> int:
        """Number of blank lines between rows; those at the end do not count."""
        return int(self.lines[-1]) - 1 - len(self.lines) if len(self.lines) else 0


def content_lines(content: bytes, file: str) -> list[str]:
    """Return the lines of a text file without line ends of any system, byte-order mark and outer blanks.

    Raises:
        LabelFileError: the file is not UTF-8 text, or has too many or too long lines (rule `too-large`).
    """
    _check_lines(content, file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LabelFileError(
            "The file must be UTF-8 text. Restore the organisers' file.",
            rule="not-text",
            file=file,
            line=line,
        ) from error
    return [line.strip(" \t") for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _check_lines(content: bytes, file: str) -> None:
    """Refuse what would cost far more memory than it has bytes, before it is taken apart."""
    if content.count(b"\n") + content.count(b"\r") > _MAX_LINE_ENDS:
        raise LabelFileError(
            f"The file has more than {_MAX_LINE_ENDS:,} line ends. Restore the organisers' file.",
            rule="too-large",
            file=file,
        )
    start = 0
    while len(content) - start > _MAX_LINE_BYTES:
        ends = (content.rfind(end, start, start + _MAX_LINE_BYTES + 1) for end in (b"\n", b"\r"))
        if (last := max(ends)) < 0:
            raise LabelFileError(
                f"The line has more than {_MAX_LINE_BYTES:,} bytes. Restore the organisers' file.",
                rule="too-large",
                file=file,
                line=content.count(b"\n", 0, start) + 1,
            )
        start = last + 1


def parse_header(line: str, *, file: str) -> Header:
    """Return task and names of a label file's first line.

    Raises:
        LabelFileError: no edition writes such a header.
    """
    names = tuple(name.strip().lower() for name in line.split(","))
    for task in TASKS:
        if found := _names_of(LABELS[task], names):
            return Header(task, found)
    *others, last = (_described(LABELS[task]) for task in TASKS)
    raise LabelFileError(
        f"Header {line[:80]!a} is unknown. Expected {', '.join(others)}, or {last}; restore the organisers' file.",
        rule="label-header",
        file=file,
        line=1,
    )


def _names_of(spec: LabelSpec, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return a task's label names as a header in lower case lists them; none where it is no header of the task."""
    if spec.kind == "classes":
        found = (s for s in spec.schemes if names == tuple(name.lower() for name in s))
        return tuple(map(str, next(found, ())))
    if spec.kind == "values":
        return spec.names if names == tuple(name.lower() for name in spec.names) else ()
    units = tuple(unit for name in names if (unit := _unit(name, spec.schemes[0])))
    return units if len(units) == len(names) == len(set(units)) else ()


def _unit(name: str, units: Sequence[str]) -> str | None:
    """Return the unit that a header names, with or without leading zeros in its number."""
    numbered = re.fullmatch("([a-z]+)([0-9]{1,2})", name)
    text = f"{numbered[1]}{int(numbered[2]):02d}" if numbered else name
    return next((unit for unit in units if unit.lower() == text), None)


def _described(spec: LabelSpec) -> str:
    """Return what a task's header looks like, for errors."""
    if spec.kind == "classes":
        first, *more = spec.schemes
        longer = (f", or {len(one)} with {', '.join(one[len(first) :])}" for one in more)
        return f"{spec.title} names ({len(first)}{''.join(longer)})"
    if spec.kind == "values":
        return ",".join(spec.names)
    return f"{spec.title} ({','.join(map(_written, spec.schemes[0][:2]))},...)"


def _written(unit: str) -> str:
    """Return a unit's name as the organisers write it, without leading zeros in its number."""
    return re.sub("(?<=[A-Za-z])0+(?=[0-9])", "", unit)


def header_line(header: Header) -> str:
    """Return the first line of a label file, units written as the organisers do.

    >>> header_line(Header("action_units", ("AU01", "AU12")))
    'AU1,AU12'
    """
    names = map(_written, header.names) if LABELS[header.task].kind == "units" else header.names
    return ",".join(names)


def parse_integer(text: str) -> int:
    """Return a whole number, written as one.

    Raises:
        ValueError: the text is anything else.
    """
    if _INTEGER.fullmatch(text) is None:
        raise ValueError(f"{text[:40]!a} is not a whole number")
    return int(text)


def parse_whole(text: str) -> int:
    """Return a whole number that may be written as a decimal one, as spreadsheets and numpy do.

    >>> [parse_whole(text) for text in ("4", "4.0", "-1.", "4e0")]
    [4, 4, -1, 4]

    Raises:
        ValueError: the text is anything else, or 1,000,000,000 and more on either side of 0.
    """
    if _INTEGER.fullmatch(text):
        return int(text)
    if not _is_whole(text):
        raise ValueError(f"{text[:40]!a} is not a whole number")
    return int(float(text))


def _is_whole(text: str) -> bool:
    """Say whether a decimal number below the limit has nothing behind its point, to the last digit."""
    if _NUMBER.fullmatch(text) is None or not abs(float(text)) < _WHOLE_LIMIT:
        return False
    try:
        number = Decimal(text.strip())
    except InvalidOperation:  # an exponent of some twenty digits
        return False
    return number == number.to_integral_value()


def parse_number(text: str) -> float:
    """Return a finite decimal number.

    Raises:
        ValueError: the text is anything else.
    """
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]!a} is not a number")
    return number


def parse_labels(content: bytes, file: str) -> Labels:
    """Return a label file's rows.

    Raises:
        LabelFileError: an unknown header, a line with another number of fields, or a value that is no number.
    """
    lines = content_lines(content, file)
    header = parse_header(lines[0], file=file)
    numbers = np.array([number for number, line in enumerate(lines[1:], 2) if line], np.intp)
    rows = [line for line in lines[1:] if line]
    kind = LABELS[header.task].kind
    parse = parse_number if kind == "values" else parse_whole
    format_ = _Format(parse, 1 if kind == "classes" else len(header.names), file)
    distinct: dict[str, int] = {}
    index = np.array([distinct.setdefault(row, len(distinct)) for row in rows], np.intp)
    try:
        table = [format_.values(row) for row in distinct]
    except ValueError:
        raise _first_error(rows, numbers, format_) from None
    written = np.array(table, np.float64).reshape(-1, format_.width)[index]
    return labels_of(header, written, numbers)


@dataclass(frozen=True, slots=True)
class _Format:
    parse: Callable[[str], float]
    width: int
    file: str

    def values(self, row: str) -> list[float]:
        fields = row.split(",")
        if len(fields) != self.width:
            raise ValueError(f"The line has {len(fields)} field(s)")
        return [self.parse(field) for field in fields]


def _first_error(rows: Sequence[str], numbers: NDArray[np.intp], format_: _Format) -> LabelFileError:
    for row, number in zip(rows, numbers, strict=True):
        try:
            format_.values(row)
        except ValueError as error:
            return LabelFileError(
                f"{error}, expected {format_.width} number(s) separated by commas. Restore the organisers' file.",
                rule="label-line",
                file=format_.file,
                line=int(number),
            )
    raise ValueError("no row is wrong")


def labels_of(
    header: Header, written: NDArray[np.float64], lines: NDArray[np.intp], *, disputed: Mask | None = None
) -> Labels:
    """Return labels from the numbers of a file, (n, k), and their lines; of `disputed` rows none is annotated."""
    annotated, unknown = _annotated(header, written)
    if disputed is not None:
        annotated = annotated & ~disputed[:, None]
    dtype = np.float32 if LABELS[header.task].kind == "values" else np.int8
    values = np.where(annotated, written, 0).astype(dtype)
    return Labels(header, values, annotated, np.flatnonzero(unknown), lines)


def _annotated(header: Header, written: NDArray[np.float64]) -> tuple[Mask, Mask]:
    """Return which numbers (n, k) are annotations, and which rows hold one that the format does not know.

    The values of a row are annotated together, and one of them that is missing will do; units are one by one.
    """
    spec = LABELS[header.task]
    missing = written == spec.missing
    if spec.kind == "classes":
        known = (written >= 0) & (written < len(header.names))
    elif spec.kind == "units":
        known = (written == 0) | (written == 1)
    else:
        low, high = spec.limits or (-math.inf, math.inf)
        inside = ((written >= low) & (written <= high)).all(axis=1, keepdims=True)
        known, missing = (
            np.repeat(one, written.shape[1], axis=1) for one in (inside, missing.any(axis=1, keepdims=True))
        )
    return known, ~(known | missing).all(axis=1)
