"""Label files: a header, then one line a frame; -1 and -5 end here."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fer_data.core.arrays import Mask
from fer_data.core.labels.tasks import (
    ACTION_UNITS,
    DIMENSIONS,
    EIGHT_CLASSES,
    EXPRESSION,
    SEVEN_CLASSES,
    VALENCE_AROUSAL,
    AnnotatedTask,
)
from fer_data.errors import LabelFileError

__all__ = [
    "Header",
    "Labels",
    "content_lines",
    "parse_header",
    "parse_integer",
    "parse_labels",
    "parse_number",
    "parse_whole",
]

NO_EXPRESSION, NO_ACTION_UNIT, NO_VALENCE_AROUSAL = -1, -1, -5
"""What the organisers write for "no annotation"; for valence and arousal either value will do."""

_INTEGER = re.compile(r" *[+-]?[0-9]{1,9} *")
_WHOLE_LIMIT = 1_000_000_000
_NUMBER = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)? *")
_MAX_LINE_ENDS = 1_000_000
"""Nine hours at 30 frames a second, the longest of Aff-Wild2 has half of one; more cost 1 GB and half a minute."""
_MAX_LINE_BYTES = 4096
_HEADERS = "expression names (7, or 8 with Other), valence,arousal, or action units (AU1,AU2,...)"


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
    for classes in (SEVEN_CLASSES, EIGHT_CLASSES):
        if names == tuple(name.lower() for name in classes):
            return Header("expression", tuple(str(name) for name in classes))
    if names == DIMENSIONS:
        return Header("valence_arousal", names)
    units = tuple(f"AU{int(name[2:]):02d}" for name in names if re.fullmatch("au[0-9]{1,2}", name))
    if len(units) == len(names) == len(set(units)) and set(units) <= set(ACTION_UNITS):
        return Header("action_units", units)
    raise LabelFileError(
        f"Header {line[:80]!a} is unknown. Expected {_HEADERS}; restore the organisers' file.",
        rule="label-header",
        file=file,
        line=1,
    )


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
    parse = parse_number if header.task == VALENCE_AROUSAL else parse_whole
    format_ = _Format(parse, 1 if header.task == EXPRESSION else len(header.names), file)
    distinct: dict[str, int] = {}
    index = np.array([distinct.setdefault(row, len(distinct)) for row in rows], np.intp)
    try:
        table = [format_.values(row) for row in distinct]
    except ValueError:
        raise _first_error(rows, numbers, format_) from None
    written = np.array(table, np.float64).reshape(-1, format_.width)[index]
    return _labels(header, written, numbers)


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


def annotated_values(task: AnnotatedTask, written: NDArray[np.float64], classes: int) -> tuple[Mask, Mask]:
    """Return which values are annotated, and which rows hold a value that the format does not know.

    Args:
        task: whose missing-value code to apply; valence and arousal are annotated together, action units one by one.
        written: (n, k) values as the file has them.
        classes: number of expression classes.
    """
    match task:
        case "expression":
            known, missing = (written >= 0) & (written < classes), written == NO_EXPRESSION
        case "valence_arousal":
            known = np.repeat((np.abs(written) <= 1.0).all(axis=1, keepdims=True), 2, axis=1)
            missing = np.repeat((written == NO_VALENCE_AROUSAL).any(axis=1, keepdims=True), 2, axis=1)
        case "action_units":
            known, missing = (written == 0) | (written == 1), written == NO_ACTION_UNIT
    return known, ~(known | missing).all(axis=1)


def _labels(header: Header, written: NDArray[np.float64], numbers: NDArray[np.intp]) -> Labels:
    annotated, unknown = annotated_values(header.task, written, len(header.names))
    dtype = np.float32 if header.task == VALENCE_AROUSAL else np.int8
    values = np.where(annotated, written, 0).astype(dtype)
    return Labels(header, values, annotated, np.flatnonzero(unknown), numbers)
